package prompts_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
)

func TestAFileHasALineForEachOfTheText(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"as people write":       {"Be brief.\nBe right.\n", "content: |\n  Be brief.\n  Be right.\n"},
		"emoji":                 {"Be 👍🏽.\nBe right.\n", "content: |\n  Be 👍🏽.\n  Be right.\n"},
		"blanks at line ends":   {"Be brief. \nBe right.\t\n", "content: |\n  Be brief. \n  Be right.\t\n"},
		"no line break at end":  {"a\nb", "content: |-\n  a\n  b\n"},
		"several of them":       {"a\nb\n\n\n", "content: |+\n  a\n  b\n\n\n"},
		"a first line indented": {"  a\nb\n", "content: |2\n    a\n  b\n"},
		"a first line of none":  {"\n a\nb", "content: |2-\n\n   a\n  b\n"},
		"lines of blanks":       {"a\n   \nb\n  ", "content: |-\n  a\n     \n  b\n    \n"},
		"marks of YAML":         {"# a\n--- b: c\n...\n", "content: |\n  # a\n  --- b: c\n  ...\n"},
		"line breaks of others": {"a\r\n b\r\n\r\nc\r\n", "content: \"a\\r\\n\\\n  \\ b\\r\\n\\\n  \\r\\n\\\n  c\\r\\n\"\n"},
		"one carriage return":   {"a\rb\nc", "content: \"a\\rb\\n\\\n  c\"\n"},
		"one line":              {"a: b", "content: 'a: b'\n"},
		"an escape":             {"a\n\x1b[31mb\n", "content: \"a\\n\\\n  \\e[31mb\\n\"\n"},
	} {
		p := &job.Prompt{Name: "a", System: c.text, Registered: true}
		file, err := prompts.Encode(p)
		if err != nil || string(file) != "name: a\n"+c.want {
			t.Errorf("%s: %v\n%q", name, err, file)
		}
		if back, err := prompts.Parse(file); err != nil || back.System != c.text {
			t.Errorf("%s is read as %+v, %v", name, back, err)
		}
	}
}

func TestEveryTextIsReadAsItWasWritten(t *testing.T) {
	pieces := []string{
		"a", "b", "\n", "\n", " ", "\t", "#", ":", "-", "- ", "é", "👍", "\u2028", "\u0085", "\ufeff", "\r", "\x1b", "|", ">", "'", `"`, "%", "...", "---", "{", "\\",
	}
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	half := 0.5
	for range 3_000 {
		p := &job.Prompt{Name: "a", System: text() + "x" + text(), Description: text(), User: text() + prompts.Page + text(), Temperature: &half, MaxTokens: 200}
		file, err := prompts.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		back, err := prompts.Parse(file)
		if err != nil || back.System != p.System || back.Description != p.Description || back.User != p.User || *back.Temperature != half || back.MaxTokens != 200 {
			t.Fatalf("%v\n%s\n%+v\n%+v", err, file, p, back)
		}
	}
}

// What an editor on Windows saves is the same prompt.
func TestAFileOfWindowsIsTheSamePrompt(t *testing.T) {
	const lines = "name: a\ncontent: |\n  Be brief.\n\n  Be right.\nuser: |\n  {{page}}\n  Now.\n"
	want, err := prompts.Parse([]byte(lines))
	if err != nil {
		t.Fatal(err)
	}
	got, err := prompts.Parse([]byte(strings.ReplaceAll(lines, "\n", "\r\n")))
	if err != nil || *got != *want {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
}
