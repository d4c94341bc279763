package plaintext

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestNothingReachesATerminalButText(t *testing.T) {
	for in, want := range map[string]string{
		"Sign in":            "Sign in",
		" two\n\t lines ":    "two lines",
		"\x1b[31mred\x1b[0m": "red",
		"a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c": "abc",
		"a\x1b[2J\x1b[1;1Hb\x1bcc":                  "abc",
		"eight bit \u009b31mred":                    "eight bit red",
		"\u009d0;title\u009cx":                      "x",
		"half a sequence \x1b":                      "half a sequence",
		"bell\a, back\b, zero\x00":                  "bell , back , zero",
		"price \u202egnp.exe\u202c":                 "price gnp.exe",
		"a\u2066b\u2069c\u200ed":                    "a b c d",
		"zero\u200bwidth\ufeff":                     "zero width",
		"line\u2028paragraph\u2029":                 "line paragraph",
		"tags \U000e0041\U000e0042":                 "tags",
		"not UTF-8 \xff\xfe":                        "not UTF-8 \ufffd",
		"überall 日本語 👩\u200d🔬":                      "überall 日本語 👩\u200d🔬",
	} {
		if got := Line(in, 100); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := Text("one\x1b[1m\n\ttwo\r\n", 100); got != "one\n\ttwo" {
		t.Errorf("text %q", got)
	}
}

func TestTextIsBoundedInCharacters(t *testing.T) {
	if got := Line(strings.Repeat("é", 100), 10); got != strings.Repeat("é", 9)+"…" {
		t.Errorf("%q", got)
	}
	if got := Line("abc"+strings.Repeat(" ", 1<<20)+"def", 10); got != "abc …" && got != "abc…" {
		t.Errorf("%q", got)
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "a\x1b[31mb", "\x1b]0;t\x07", "\u202e", "\xff", "\x1b\x1b[[m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s, 50)
		if utf8.RuneCountInString(got) > 50 || !utf8.ValidString(got) {
			t.Fatalf("%q", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) && r != '\u200d' && r != '\u200c' {
				t.Fatalf("%q has %U", got, r)
			}
		}
		if again := Line(got, 50); again != got {
			t.Fatalf("%q, and again %q", got, again)
		}
	})
}

func TestErrorsKeepTheirKind(t *testing.T) {
	err := Error(fmt.Errorf("certificate of \x1b[31m%w", io.ErrUnexpectedEOF))
	if !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "certificate of unexpected EOF" || Error(nil) != nil {
		t.Errorf("%q", err)
	}
}
