package pattern

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
)

func TestBeginningsAreKnown(t *testing.T) {
	for expression, want := range map[string][]string{
		`\bsk-[A-Za-z0-9_-]{20,}`:    {"sk-"},
		`gh[op]_[A-Za-z0-9]{30,}`:    {"gho_", "ghp_"},
		`A(KIA|SIA)[A-Z0-9]{16}\b`:   {"AKIA", "ASIA"},
		`[Bb]earer\s+x`:              {"Bearer", "bearer"},
		`(?i)ab1`:                    {"AB1", "Ab1", "aB1", "ab1"},
		`(?i)pads`:                   {"PAD", "PAd", "PaD", "Pad", "pAD", "pAd", "paD", "pad"},
		`(?:token|secret)=\S+`:       {"secret", "token"},
		`a?bc`:                       nil,
		`.*x`:                        nil,
		`[a-z]+`:                     nil,
		`x[abc]`:                     {"xa", "xb", "xc"},
		`-----BEGIN [A-Z ]*KEY-----`: {"-----BEGIN "},
	} {
		p, err := New(expression)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(p.beginnings)
		if !reflect.DeepEqual(p.beginnings, want) {
			t.Errorf("%s: %q, want %q", expression, p.beginnings, want)
		}
	}
	if _, err := New("("); err == nil {
		t.Error("no error for a slip")
	}
}

// FuzzMask holds a pattern against its expression alone.
func FuzzMask(f *testing.F) {
	f.Add(`\bsk-[a-z]{3,}`, "task-abc sk-abcd")
	f.Add(`A(KIA|SIA)x*`, "AKIAxx")
	f.Add(`(a|bc)?de`, "abcde")
	f.Add("key\ufffd\\d+", "key\xff12")
	f.Add("k[\ufffc-\ufffe]y", "k\xffy")
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 50 || len(text) > 200 {
			t.Skip()
		}
		p, err := New(expression)
		if err != nil {
			t.Skip()
		}
		want := regexp.MustCompile(expression).ReplaceAllLiteralString(text, "*")
		if got, _ := p.Mask(text, "*"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got, _ := p.MaskBytes([]byte(text), "*"); string(got) != want {
			t.Errorf("of bytes: %q, want %q", got, want)
		}
	})
}
