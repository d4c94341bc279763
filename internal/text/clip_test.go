package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/text"
)

func TestTextIsCutAtCharacters(t *testing.T) {
	for _, tt := range []struct {
		in                  string
		n                   int
		head, clip, shorten string
	}{
		{"", 5, "", "", ""},
		{"short", 5, "short", "short", "short"},
		{"longer text", 7, "longer ", "longer…", "longer…"},
		{"longer text", 1, "l", "l…", "…"},
		{"größer", 3, "gr", "gr…", "gr…"},
		{"größer", 6, "größ", "größ…", "größer"},
		{"世界地図", 4, "世", "世…", "世界地図"},
		{"世界地図", 2, "", "…", "世…"},
		{"👨\u200d👩", 3, "", "…", "👨\u200d👩"},
	} {
		if got := text.Head(tt.in, tt.n); got != tt.head {
			t.Errorf("Head(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.head)
		}
		if got := text.Clip(tt.in, tt.n); got != tt.clip {
			t.Errorf("Clip(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.clip)
		}
		if got := text.Shorten(tt.in, tt.n); got != tt.shorten {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.shorten)
		}
	}
	if got := text.Head("x", -1); got != "" {
		t.Errorf("a negative bound gives %q", got)
	}
}

func TestOneLineHasNoBreaks(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		" a\r\n\tb\u2028c \u00a0 d\v":  "a b c d",
		"col\x00our \x1b[31mred\x07\n": "col our [31mred",
	} {
		if got := text.OneLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzClip(f *testing.F) {
	f.Add("größer als 世界", 4)
	f.Fuzz(func(t *testing.T, in string, n int) {
		if !utf8.ValidString(in) || n < 1 {
			t.Skip()
		}
		head, clip, short := text.Head(in, n), text.Clip(in, n), text.Shorten(in, n)
		if !strings.HasPrefix(in, head) || len(head) > n || len(clip) > n+len("…") || utf8.RuneCountInString(short) > n {
			t.Errorf("%q at %d: %q, %q, %q", in, n, head, clip, short)
		}
		for _, s := range []string{head, clip, short} {
			if !utf8.ValidString(s) {
				t.Errorf("%q at %d: %q is cut in a character", in, n, s)
			}
		}
	})
}
