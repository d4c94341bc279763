package pdf

import (
	"strings"
	"testing"
	"unicode"

	"github.com/technoshare/commentator/internal/text"
)

// linesOf sets lines of text below one another, as wide as they are long.
func linesOf(page string) []line {
	var out []line
	rows := strings.Split(page, "\n")
	n := len(rows)
	for i, l := range rows {
		y := 100 + 12*float64(i)
		out = append(out, line{
			edge: i < 2 || i >= n-2, text: cleanLine(l), size: 10, base: y,
			box: box{50, y - 8, 50 + 5*float64(len([]rune(l))), y + 2},
		})
	}
	return out
}

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
	if got := layout([][]line{linesOf("exam\u0002\nple of a\u00adword\u202e")}); len(got) != 1 || got[0] != "example of aword" {
		t.Errorf("got %q", got)
	}
}

func TestLinesBecomeParagraphs(t *testing.T) {
	got := layout([][]line{
		linesOf("Journal of Ropes 1\n1 Introduction\nA rope is a tree of short strings, which makes inser-\n" +
			"tion cheap in long texts and under\u0002\nstanding it easy.\n" +
			"A second paragraph begins after a short line that ended.\n• one item\n• another item\n1"),
		linesOf("Journal of Ropes 2\nThe text goes on over here with ligatures like ﬁnd and ﬂow.\n2"),
		linesOf("Journal of Ropes 3\nThe end.\n3"),
	})
	want := "1 Introduction\n\nA rope is a tree of short strings, which makes insertion cheap in long texts and understanding it easy.\n\n" +
		"A second paragraph begins after a short line that ended.\n\n• one item\n\n• another item"
	if got[0] != want {
		t.Errorf("got\n%s\nwant\n%s", got[0], want)
	}
	if got[1] != "The text goes on over here with ligatures like find and flow." || got[2] != "The end." {
		t.Errorf("%q", got[1:])
	}
}
