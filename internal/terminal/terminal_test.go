package terminal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/terminal"
)

func TestWriterLetsNothingActOnTheTerminal(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"text":                       {"naïve ✓ 日本語 👨‍👩‍👧\tmore\n", "naïve ✓ 日本語 👨‍👩‍👧\tmore\n"},
		"a colour":                   {"\x1b[31mred", `\u001b[31mred`},
		"a title":                    {"\x1b]0;owned\a", `\u001b]0;owned\u0007`},
		"an escape of eight bits":    {"\u009b2J", `\u009b2J`},
		"the same as a raw byte":     {"\x9b2J", "\ufffd2J"},
		"a line written over":        {"bad\rgood", `bad\u000dgood`},
		"a character taken back":     {"bad\b\b\bgood", `bad\u0008\u0008\u0008good`},
		"text turned round":          {"exe.\u202egpj", `exe.\u202egpj`},
		"isolates":                   {"\u2066a\u2069", `\u2066a\u2069`},
		"marks of direction":         {"a\u200eb\u200fc\u061cd", `a\u200eb\u200fc\u061cd`},
		"separators of lines":        {"a\u2028b\u2029c", `a\u2028b\u2029c`},
		"tags":                       {"a\U000E0041", `a\udb40\udc41`},
		"delete, NUL":                {"\x7f\x00", `\u007f\u0000`},
		"a broken character":         {"a\xe2\x82b", "a\ufffd\ufffdb"},
		"joiners, variants, accents": {"e\u0301 \u200d \ufe0f", "e\u0301 \u200d \ufe0f"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if n, err := io.WriteString(terminal.NewWriter(&b), c.in); err != nil || n != len(c.in) {
				t.Fatal(n, err)
			}
			if b.String() != c.want || terminal.Clean(c.in) != c.want {
				t.Errorf("%q and %q, want %q", b.String(), terminal.Clean(c.in), c.want)
			}
		})
	}
}

func TestACharacterMayComeInPieces(t *testing.T) {
	const text = "日本 👍 \u202e\x1b[1mé"
	var b strings.Builder
	w := terminal.NewWriter(&b)
	for i := range len(text) {
		if n, err := w.Write([]byte{text[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := terminal.Clean(text); b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

func TestOwnSequencesPass(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(terminal.NewWriter(&b, "\x1b[1m", "\x1b[0m"), "\x1b[1mbold\x1b[0m \x1b[2J %s", terminal.Clean("\x1b[1mforeign"))
	if want := "\x1b[1mbold\x1b[0m \\u001b[2J \\u001b[1mforeign"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

func TestJSONMeansTheSameAfterwards(t *testing.T) {
	in := map[string]string{"reason": "\x1b[31m\u009b \u202e \U000E0041 \x7f é \u2028"}
	var b strings.Builder
	enc := json.NewEncoder(terminal.NewWriter(&b))
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in); err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	if err := json.Unmarshal([]byte(b.String()), &out); err != nil || out["reason"] != in["reason"] {
		t.Errorf("%v, %q of %q", err, out, b.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAnErrorBelowIsReturned(t *testing.T) {
	if n, err := terminal.NewWriter(broken{}).Write([]byte("a")); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Error(n, err)
	}
}

func ExampleWriter() {
	out := terminal.NewWriter(os.Stdout)
	fmt.Fprintln(out, "the server says: \x1b[2J\x1b[31mall is well")
	// Output: the server says: \u001b[2J\u001b[31mall is well
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a", "\x1b[1m", "\xe2\x82", "\u202e"} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, cut int) {
		got := terminal.Clean(s)
		if !utf8.ValidString(got) || terminal.Clean(got) != got {
			t.Fatalf("%q of %q", got, s)
		}
		for _, r := range got {
			if r != '\n' && r != '\t' && r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e {
				t.Fatalf("%q of %q", got, s)
			}
		}
		if cut < 0 || cut > len(s) || !utf8.ValidString(s) {
			return
		}
		var b strings.Builder
		w := terminal.NewWriter(&b)
		_, _ = io.WriteString(w, s[:cut])
		_, _ = io.WriteString(w, s[cut:])
		if b.String() != got {
			t.Fatalf("in pieces %q, whole %q", b.String(), got)
		}
	})
}
