package analysis

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/text"
)

func TestTerms(t *testing.T) {
	for in, want := range map[string]string{
		"The Fetch-API of 2015 is it": "the|fetch|api|2015",
		"検索の仕組み":                      "検索|索の|の仕|仕組|組み",
		"Größe und Café":              "größe|und|café",
		"…!":                          "",
	} {
		if got := strings.Join(terms(in), "|"); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// FuzzFit: whatever the page, what is sent of it keeps its bound and is valid.
func FuzzFit(f *testing.F) {
	for _, s := range []string{"One. Two.", "Dr. X e.g. y", "検索。次", "a\u2028b", "\xff. A", strings.Repeat("A. ", 50), "a\u202eb\u00adc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		page = clean(page)
		if strings.ContainsFunc(page, text.Invisible) {
			t.Fatalf("invisible characters are left in %q", page)
		}
		if cut, _ := fit(page, 100); len(cut) > 103 || !utf8.ValidString(cut) {
			t.Fatalf("fit: %d bytes, %q", len(cut), cut)
		}
	})
}

// The model sees what a reader sees: joiners stay where they shape words and
// emoji, and nothing else that is invisible reaches it.
func TestNothingInvisibleReachesTheModel(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		if text.Invisible(r) && clean("a"+string(r)+"b") != "ab" {
			t.Errorf("%U reaches the model", r)
		}
	}
	for in, want := range map[string]string{
		"می\u200cخواهم 👨\u200d👩":         "می\u200cخواهم 👨\u200d👩",
		"IG\u200dNO\u200cRE \U000E0049x": "IGNORE x",
		"so\u00adft \u200b\u2060\ue000y": "soft y",
		"bad \xff\uFFFD byte":            "bad  byte",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
