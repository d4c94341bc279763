package terminal_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/terminal"
)

func TestWrapBreaksAtBlanksAndIndentsWhatFollows(t *testing.T) {
	for name, c := range map[string]struct {
		in                    string
		width, column, indent int
		want                  string
	}{
		"fits":              {"one two", 20, 2, 4, "one two"},
		"to the last":       {"one two", 9, 2, 4, "one two"},
		"one too many":      {"one two", 8, 2, 4, "one\n    two"},
		"three lines":       {"one two three", 9, 4, 4, "one\n    two\n    three"},
		"an address":        {"see http://127.0.0.1:5000/#/experiments/1 there", 20, 0, 2, "see\n  http://127.0.0.1:5000/#/experiments/1\n  there"},
		"wide signs":        {"日本 日本", 8, 0, 1, "日本\n 日本"},
		"no width":          {"one  two\tthree", 0, 0, 4, "one  two\tthree"},
		"nothing":           {"", 20, 0, 4, ""},
		"wider than itself": {"one", 1, 9, 4, "one"},
	} {
		if got := terminal.Wrap(c.in, c.width, c.column, c.indent); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWrapLinesWrapsEachLineThatIsTooWide(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want string
	}{
		"fits":              {"one  two", "one  two"},
		"too wide":          {"one two three", "one two\n  three"},
		"lines of a list":   {"list:\n  one two three\n  four", "list:\n  one two\n    three\n  four"},
		"one line too wide": {"a\nsee http://127.0.0.1:5000 now\n", "a\nsee\n  http://127.0.0.1:5000\n  now\n"},
		"nothing":           {"", ""},
	} {
		if got := terminal.WrapLines(c.in, 10, 2); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := terminal.WrapLines(c.in, 0, 2); got != c.in {
			t.Errorf("%s: %q without a width", name, got)
		}
	}
}
