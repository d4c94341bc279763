package pdf

import (
	"testing"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

func TestLinesAreCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"a\u00a0b\tc  d":                   "a b c d",
		"exam\u0002":                       "exam\u00ad",
		"exam\ufffe":                       "exam\u00ad",
		"\ufb01ne \ufb02ow":                "fine flow",
		"a\u202eb\u2066c\U000e0041d\ue000": "abcd",
		"no \ufffd glyph \xff":             "no glyph",
		"می\u200cخواهم":                    "می\u200cخواهم",
		"pay\u200dpal \u200b\u2060":        "paypal",
		"\u00ad":                           "\u00ad",
	} {
		if got := cleanLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestNothingInvisibleIsRead(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		// U+0002 is PDFium's hyphen at the end of a line, and gone when lines are joined.
		if !text.Invisible(r) || r == lineHyphen || r == '\u0002' {
			continue
		}
		if got := cleanLine("a" + string(r) + "b"); got != "ab" && got != "a b" {
			t.Errorf("%U is read: %q", r, got)
		}
	}
	if got := layout([]string{"exam\u0002\nple of a\u00adword\u202e"}); len(got) != 1 || got[0] != "example of aword" {
		t.Errorf("got %q", got)
	}
}
