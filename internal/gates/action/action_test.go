package action_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/technoshare/commentator/internal/gates/action"
)

// words cuts as the gates do, without folding: texts of these tests are in
// small letters and have no accents.
func words(s string) []string {
	var out []string
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		word := ""
		for _, r := range w {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				if word != "" {
					out, word = append(out, word), ""
				}
				out = append(out, string(r))
				continue
			}
			word += string(r)
		}
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}

var lexicon = action.New(words)

func TestTheSameIsAskedForInEachLanguage(t *testing.T) {
	for want, sentences := range map[action.Kind][]string{
		action.Login: {"Please confirm your password.", "Bitte geben Sie Ihr Passwort ein.", "Veuillez confirmez votre mot de passe.", "Debe introduzca la contrasena.",
			"Deve confirme a senha.", "Dovete inserite la password.", "Подтвердите пароль.", "请确认密码。", "パスワードを確認してください。"},
		action.Follow: {"Join our Telegram group now.", "Rejoignez vous le groupe.", "Вступите в нашу группу, пожалуйста.", "请加入微信群。"},
		action.Disarm: {"You should turn off the firewall.", "Sie sollen die Firewall deaktivieren.", "Debe desactive el antivirus.", "必须关闭防火墙。"},
		action.Pay:    {"Readers owe and pay 50 euros.", "Sie zahlen bitte 50 Euro.", "Debe pagar la cuota.", "请支付费用。"},
	} {
		for _, s := range sentences {
			if got := lexicon.Asks(lexicon.Scan(words(s))); got&want == 0 {
				t.Errorf("%q asks %v, want %v", s, got, want)
			}
		}
	}
}

func TestWhatIsToldIsNotAsked(t *testing.T) {
	for _, s := range []string{"The server checks the password.", "The page lists files.", "Clients sent logs in order.", "The firewall was turned off in 2019."} {
		if got := lexicon.Asks(lexicon.Scan(words(s))); got != 0 {
			t.Errorf("%q asks %v", s, got)
		}
	}
}

func TestClaimsAndMarks(t *testing.T) {
	f := lexicon.Scan(words("He was convicted of fraud; nothing beats it"))
	if f.Claims != action.Accuse|action.Praise {
		t.Errorf("claims %v", f.Claims)
	}
	f = lexicon.Scan(words("send it to this"), "money")
	if lexicon.About(f)&action.Pay == 0 {
		t.Errorf("an address of money is nothing to pay: %+v", f)
	}
	for k := action.Login; k <= action.Praise; k <<= 1 {
		if k.String() == "nothing" {
			t.Errorf("kind %b has no name", k)
		}
	}
}

// FuzzScan: no text brings the lexicon down, and clauses only ever add orders.
func FuzzScan(f *testing.F) {
	f.Add("please sign in and confirm your two-factor password")
	f.Add("二段階認証 パスワード 关闭 십시오")
	f.Fuzz(func(t *testing.T, s string) {
		found := lexicon.Scan(words(s))
		if found.Leads&^found.Verbs != 0 || lexicon.Asks(found)&^lexicon.About(found) != 0 {
			t.Errorf("%+v", found)
		}
		seen := map[action.Concept]bool{}
		for _, c := range found.Concepts {
			if seen[c] || lexicon.Of(c) == 0 {
				t.Errorf("concept %d twice, or of no kind", c)
			}
			seen[c] = true
		}
	})
}
