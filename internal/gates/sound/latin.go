package sound

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cyrillic gives the letters of Russian and its neighbours in Latin, as names
// are written in English.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "o", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "sh", 'ъ': "", 'ы': "i", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'і': "i", 'ї': "yi", 'є': "ye", 'ґ': "g", 'ў': "u",
}

// greek does the same for Greek.
var greek = map[rune]string{
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n",
	'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "i", 'φ': "f", 'χ': "h", 'ψ': "ps", 'ω': "o",
}

// kana gives the syllables of katakana, in rows of five vowels; what is left
// out in a row is a dot. Hiragana are 0x60 below.
var kana = func() map[rune]string {
	m := map[rune]string{'ン': "n", 'ッ': "", 'ー': "", 'ヴ': "v", 'ヲ': "o", '・': " ", 'ャ': "ya", 'ュ': "yu", 'ョ': "yo"}
	for row := range strings.FieldsSeq(`:アイウエオ :ァィゥェォ k:カキクケコ g:ガギグゲゴ s:サシスセソ z:ザジズゼゾ t:タチツテト d:ダヂヅデド n:ナニヌネノ
		h:ハヒフヘホ b:バビブベボ p:パピプペポ m:マミムメモ y:ヤ.ユ.ヨ r:ラリルレロ w:ワ....`) {
		head, letters, _ := strings.Cut(row, ":")
		i := 0
		for _, r := range letters {
			if r != '.' {
				m[r] = head + "aiueo"[i:i+1]
			}
			i++
		}
	}
	m['シ'], m['チ'], m['ツ'], m['フ'], m['ジ'] = "shi", "chi", "tsu", "fu", "ji"
	return m
}()

// The parts of a Hangul syllable, in the order of Unicode. The vowel ㅡ, which
// stands where other languages have none, is left out.
var (
	hangulFirst  = strings.Split("g kk n d tt r m b pp s ss  j jj ch k t p h", " ")
	hangulVowel  = strings.Split("a e ya ye o e yo ye o wa we we yo u wo we wi yu  i i", " ")
	hangulSecond = strings.Split(" g kk gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j ch k t p h", " ")
)

// fullLatin writes hiragana in Latin letters with all of their vowels.
func fullLatin(row string) string {
	var b strings.Builder
	for _, r := range row {
		if r >= 0x3041 && r <= 0x3096 {
			r += 0x60
		}
		b.WriteString(kana[r])
	}
	return b.String()
}

// latin writes a word in Latin letters, without accents and in lower case.
// Chinese characters are not among what it knows; see [readingsOf].
func latin(word string) string {
	var b strings.Builder
	runes := []rune(norm.NFKC.String(strings.ToLower(word)))
	for i, r := range runes {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case unicode.Is(unicode.Hangul, r) && r >= 0xac00 && r <= 0xd7a3:
			n := int(r - 0xac00)
			b.WriteString(hangulFirst[n/588] + hangulVowel[n%588/28] + hangulSecond[n%28])
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			if r >= 0x3041 && r <= 0x3096 {
				r += 0x60
			}
			syllable := kana[r]
			if silent := i+1 == len(runes) || runes[i+1] != 'ー'; silent && strings.ContainsRune("スクツズトドフルムグプブ", r) {
				syllable = strings.TrimRight(syllable, "uo") // masuku is Musk
			}
			if small(r) && b.Len() > 0 { // ティ is ti, ジェ is je
				s := b.String()
				b.Reset()
				b.WriteString(strings.TrimRight(s, "aiueo"))
			}
			b.WriteString(syllable)
		case cyrillic[r] != "":
			b.WriteString(cyrillic[r])
		case greek[r] != "":
			b.WriteString(greek[r])
		default:
			if i >= 0 {
				for _, d := range norm.NFD.String(string(r)) {
					if d < 0x80 {
						b.WriteRune(d)
					} else if s := special[d]; s != "" {
						b.WriteString(s)
					}
				}
			}
		}
	}
	return b.String()
}

var special = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i"}

func small(r rune) bool { return strings.ContainsRune("ァィゥェォャュョ", r) }

// spelling are groups of Latin letters that sound like others, tried in this
// order.
var spelling = strings.NewReplacer("sch", "S", "tch", "C", "tsch", "C", "ph", "f", "sh", "S", "zh", "Z", "ch", "C", "ck", "k", "th", "t",
	"gh", "g", "kh", "h", "qu", "kv", "q", "k", "x", "ks", "w", "v", "ce", "se", "ci", "si", "cy", "si", "c", "k", "y", "i",
	"ts", "s", "tz", "s",
	"dzh", "j", "dj", "j", "oo", "u", "ee", "i", "ea", "i", "ng", "n", "kn", "n", "mb", "m")

// sounds brings Latin letters to sounds: one letter each, no doubles.
func sounds(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, s)
	s = spelling.Replace(s)
	var b strings.Builder
	var last rune
	for _, r := range s {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
