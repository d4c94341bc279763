package pattern

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTextsOfMatchesAreKnown(t *testing.T) {
	for expression, want := range map[string][]string{
		`\bsk-[A-Za-z0-9_-]{20,}`:    {"sk-"},
		`gh[op]_[A-Za-z0-9]{30,}`:    {"gho_", "ghp_"},
		`A(KIA|SIA)[A-Z0-9]{16}\b`:   {"AKIA", "ASIA"},
		`[Bb]earer\s+x`:              {"bearer"},
		`(?i)ab1`:                    {"ab1"},
		`(?i)pads`:                   {"pads"},
		`(?:token|secret)=\S+`:       {"secret=", "token="},
		`a?bc`:                       {"bc"},
		`(\b|_)(?P<secret>sk-\d+)`:   {"sk-"},
		`(^|[?&])(key|sig)(=|%3d)`:   {"key%3d", "key=", "sig%3d", "sig="},
		`.*x`:                        nil,
		`[a-z]+://[^@]*@`:            {"://"},
		`[a-z]+`:                     nil,
		`x[abc]`:                     {"xa", "xb", "xc"},
		`-----BEGIN [A-Z ]*KEY-----`: {"-----BEGIN "},
	} {
		p, err := New(expression)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(p.contained.texts)
		if !reflect.DeepEqual(p.contained.texts, want) {
			t.Errorf("%s: %q, want %q", expression, p.contained.texts, want)
		}
	}
	if _, err := New("("); err == nil {
		t.Error("no error for a slip")
	}
}

// TestATextFullOfSecretsKeepsNone, and what is around them, though the parts of all matches would take many times the text.
func TestATextFullOfSecretsKeepsNone(t *testing.T) {
	for _, c := range []struct{ expression, text, want string }{
		{`key=(?P<secret>\w+)`, "key=a;", "key=*;"},
		{`(?P<secret>[a-z]{3,5})`, "abcde", "*"}, // which follow each other at once
		{`\b(?P<secret>\w)\B`, "ab ", "*b "},
	} {
		p, err := NewSet([]string{c.expression})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{maxFound - 1, maxFound, maxFound + 1, 2*maxFound + 1} {
			if got, ok := p.Mask(strings.Repeat(c.text, n), "*"); !ok || got != strings.Repeat(c.want, n) {
				t.Errorf("%s, %d: %v, %.40s", c.expression, n, ok, got)
			}
		}
	}
}

// FuzzMask holds a pattern against its expression alone.
func FuzzMask(f *testing.F) {
	f.Add(`\bsk-[a-z]{3,}`, "task-abc sk-abcd")
	f.Add(`A(KIA|SIA)x*`, "AKIAxx")
	f.Add(`(a|bc)?de`, "abcde")
	f.Add("key\ufffd\\d+", "key\xff12")
	f.Add(`(?i)x?(task|\s)ks`, "TAſ\u212a\u212aS")
	f.Add(`(?i:a|bc)d[ef]?g`, "BCdg")
	f.Add("k[\ufffc-\ufffe]y", "k\xffy")
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 50 || len(text) > 200 {
			t.Skip()
		}
		p, err := NewSet([]string{expression})
		if err != nil || strings.Contains(expression, "<secret>") {
			t.Skip()
		}
		want := regexp.MustCompile(expression).ReplaceAllLiteralString(text, "*")
		if got, _ := p.Mask(text, "*"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
