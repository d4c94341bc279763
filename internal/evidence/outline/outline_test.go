package outline_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/outline"
)

func ExampleText() {
	t := &outline.Text{}
	t.Facts(outline.Fact("Stars", 744), outline.Fact("Forks", 0), outline.Fact("Licence", ""), outline.Fact("Language", "Go"))
	t.Section("README", "A rope is a tree of short strings.")
	t.Section("Latest release", " ")
	fmt.Println(t)
	// Output:
	// Stars: 744
	// Language: Go
	//
	// ## README
	//
	// A rope is a tree of short strings.
}

func TestFactsThatSayNothingAreLeftOut(t *testing.T) {
	text := &outline.Text{}
	text.Facts(
		outline.Fact("Nil", nil), outline.Fact("Nothing", (*int)(nil)), outline.Fact("Empty", "  "), outline.Fact("Zero", 0),
		outline.Fact("No", false), outline.Fact("None", []string{}),
	)
	if got := text.String(); got != "" {
		t.Errorf("got %q", got)
	}
	text.Facts(outline.Fact("Score", -1), outline.Fact("Fork", true), outline.Fact("Size", "12 "))
	if got := text.String(); got != "Score: -1\nFork: true\nSize: 12" {
		t.Errorf("got %q", got)
	}
}

func TestFirstParagraphIsProse(t *testing.T) {
	for text, want := range map[string]string{
		"# Ropes\n\n[![build](x)](y)\n\n- one\n\n1. two\n\nA rope is a tree.\n\nMore.": "A rope is a tree.",
		"  Über Seile.":    "Über Seile.",
		"+ item\n\n> said": "",
		"":                 "",
	} {
		if got := outline.FirstParagraph(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTimesAreShownAsDays(t *testing.T) {
	if got := outline.Day(outline.UnixTime(1_700_000_000)); got != "2023-11-14" {
		t.Errorf("got %q", got)
	}
	if outline.UnixTime(0) != "" || outline.UnixTime(-5) != "" || outline.Day("2012") != "2012" {
		t.Error("what is no time is given one")
	}
}

func TestMarkupIsReadByItsName(t *testing.T) {
	base, _ := url.Parse("https://example.com/a/")
	for name, c := range map[string]struct{ text, want string }{
		"README.md":   {"# Ropes\n\nSee [here](b).", "# Ropes\n\nSee here."},
		"README":      {"# Ropes\n\nSee [here](b).", "# Ropes\n\nSee here."},
		"README.rst":  {"Ropes\n=====\n\nSee `here <b>`_.", "# Ropes\n\nSee here."},
		"README.html": {"<h1>Ropes</h1><p>See <a href=b>here</a>.", "# Ropes\n\nSee here."},
		"README.txt":  {" # not a heading \n", "# not a heading"},
	} {
		got, links := outline.Markup(name, c.text, base)
		if strings.ReplaceAll(got, "## ", "# ") != c.want {
			t.Errorf("%s: %q", name, got)
		}
		hasLinks := name != "README.html" && name != "README.txt"
		if hasLinks && !slices.Contains(links, "https://example.com/a/b") {
			t.Errorf("%s: links %v", name, links)
		}
	}
}

func TestFrontMatterIsSeparated(t *testing.T) {
	for text, want := range map[string]struct{ facts, body string }{
		"---\nlicense: mit\ntags:\n- a\n- b\nodd: x\n---\n# Card": {"License: mit\nTags: a, b", "# Card"},
		"\ufeff---\r\nlicense: mit\r\n---\r\nText":                {"License: mit", "Text"},
		"---\na: [\n---\nText":                                    {"", "Text"}, // no YAML
		"---\n- a\n---\nText":                                     {"", "Text"}, // no mapping
		"---\nlicense: mit\nText":                                 {"", "---\nlicense: mit\nText"},
		"Text":                                                    {"", "Text"},
	} {
		facts, body := outline.FrontMatter(text)
		got := &outline.Text{}
		got.Facts(facts...)
		if got.String() != want.facts || body != want.body {
			t.Errorf("%q: facts %q, body %q", text, got, body)
		}
	}
}

func TestLongMarkdownIsReadToItsEnd(t *testing.T) {
	var b strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&b, "## Part %d\n\nOf part %d there is [this](p%d) to say, and it goes on for a while.\n\n", i, i, i)
		if i%3 == 0 {
			b.WriteString("```\n" + strings.Repeat("code\n\n", 20) + "```\n\n")
		}
	}
	base, _ := url.Parse("https://example.com/")
	got, links := outline.Markup("README.md", b.String(), base)
	if b.Len() < 1<<20 || strings.Count(got, "## Part ") != 9000 || strings.Count(got, "```") != 6000 ||
		!slices.Contains(links, "https://example.com/p0") {
		t.Errorf("of %d bytes %d are read, %d parts, %d fences", b.Len(), len(got), strings.Count(got, "## Part "), strings.Count(got, "```"))
	}
	for _, odd := range []string{strings.Repeat("é", 1<<19), strings.Repeat("a\n", 1<<19), strings.Repeat("\n", 1<<19)} {
		if got, _ := outline.Markup("README.md", odd, base); len(got) > len(odd)+100 {
			t.Errorf("%d bytes become %d", len(odd), len(got))
		}
	}
}
