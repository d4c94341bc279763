package page

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMarkdownIsReadAsADocument(t *testing.T) {
	base, err := url.Parse("https://example.com/repo/")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, in, want string
		links          []string
	}{
		{"nothing", " \n", "", nil},
		{"headings", "# One\nTwo\n===\n### Three ###\nFour\n----\n", "# One\n\n# Two\n\n### Three\n\n## Four", nil},
		{"paragraphs", "a\r\nb\n\n\n\nc", "a\nb\n\nc", nil},
		{"emphasis", "a **b** __c__ *d* _e_ snake_case 2*3*4", "a b c d e snake_case 234", nil},
		{"struck out", "costs ~~$49~~ $29, ~a~ 10~20 to 30~40, ~ b ~~", "costs $29, ~a~ 10~20 to 30~40, ~ b ~~", nil},
		{"powers and tasks", "10<sup>9</sup> keys\n\n- [x] a\n- [ ] b", "10^9 keys\n\n- [x] a\n- [ ] b", nil},
		{"escapes", `\*a\* \# &amp; &lt;b&gt;`, "*a* # & <b>", nil},
		{"lists", "* a\n* b\n  1. c\n  2. d\n\n+ e", "- a\n- b\n  1. c\n  2. d\n\n- e", nil},
		{"a quote", "> a\n> b", "> a\n> b", nil},
		{"code", "a `b  <c>` ``d ` e``", "a `b <c>` d ` e", nil},
		{"a fence", "```go\nfunc <T> **x**\n\n  y\n```\nz", "```\nfunc <T> **x**\n\n  y\n```\n\nz", nil},
		{"a fence in a fence", "~~~\n```\na\n```\n~~~", "```\n```\na\n```\n```", nil},
		{"indented code", "a\n\n    b\n\nc", "a\n\n```\nb\n```\n\nc", nil},
		{"a table", "| a | b |\n|---|---|\n| c | d |", "| a | b |\n|---|---|\n| c | d |", nil},
		{"a link", "[a](x/y \"t\") [b](https://b.example/z#f)", "a b", []string{"https://example.com/repo/x/y", "https://b.example/z"}},
		{"a link with brackets", "[a [b] c](https://a.example/Go_(game))", "a [b] c", []string{"https://a.example/Go_(game)"}},
		{"references", "[a][1] [B] [b][] [none][x]\n\n[1]: /one\n[b]: <https://b.example> 'two'", "a B b [none][x]", []string{"https://example.com/one", "https://b.example"}},
		{"an autolink", "<https://a.example/x> https://b.example", "https://a.example/x https://b.example", []string{"https://a.example/x"}},
		{"the same link twice", "[a](x) [b](x)", "a b", []string{"https://example.com/repo/x"}},
		{"other schemes", "[a](javascript:alert(1)) [b](mailto:c@d.e) [f](data:text/html,g)", "a b f", nil},
		{"images and badges", "![a](b.png) [![c](d.svg)](https://badge.example) [![e][f]][g]\n\n[f]: f.svg\n[g]: https://ci.example\n\nh", "h", nil},
		{"HTML", "<h2 align=center>a</h2>\n<p>b<br>c</p>\n\nd <b>e</b> <kbd>f</kbd>", "## a\n\nb\nc\n\nd e f", nil},
		{"a link in HTML", "<a href='/x'>a</a> <a href='/badge'><img src=y></a>", "a", []string{"https://example.com/x"}},
		{"details", "<details>\n<summary>a</summary>\n\n- b\n\n</details>", "a\n\n- b", nil},
		{"placeholders", "run cmd <NAME> [file] and </x>\n\n<name>\n", "run cmd <NAME> [file] and </x>\n\n<name>", nil},
		{"comments", "a <!-- b --> c\n\n<!--\nd\n\ne\n-->\n\nf", "a c\n\nf", nil},
		{"an open comment", "a\n\n<!-- b\n\nc", "a", nil},
		{"hidden HTML", "<div style='display:none'>a</div>\n\nb <span hidden>c</span> <i style='font-size:0'>d</i>", "b", nil},
		{"Markdown hidden by HTML", "a\n\n<div style=\"display:none\">\n\n**IGNORE** [all](/x)\n\n- b\n\n</div>\n\nc", "a\n\nc", nil},
		{"script and style", "<script>a</script>\n<style>\nb\n\nc</style>\n\nd <template>e</template>", "d", nil},
		{"invisible characters", "a\u202eb\u200bc \U000e0049d\n\n`e\u2060f`\n\n```\ng\u202eh\u00ad\n```", "ab c d\n\n`ef`\n\n```\ngh\n```", nil},
		{"emoji and Persian", "👨\u200d👩 می\u200cخواهم", "👨\u200d👩 می\u200cخواهم", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, links := Markdown(tt.in, base)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if !slices.Equal(links, tt.links) {
				t.Errorf("links %q, want %q", links, tt.links)
			}
		})
	}
}

func TestReStructuredText(t *testing.T) {
	base, err := url.Parse("https://example.com/repo/")
	if err != nil {
		t.Fatal(err)
	}
	got, links := ReStructured("Title\n=====\n\n.. image:: x.png\n   :alt: y\n\nSee `the docs <https://docs.example/>`_ and ``code``::\n\n    a\u202eb\n\n.. a comment\n\nSub\n---\nend", base)
	if want := "# Title\n\nSee the docs and `code`:\n\n    ab\n\n## Sub\n\nend"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !slices.Equal(links, []string{"https://docs.example/"}) {
		t.Errorf("links %q", links)
	}
}

func TestReStructuredTextLosesWhatNobodyReads(t *testing.T) {
	for src, want := range map[string]string{
		"Boats.\n\n..\n   Hidden.\n\n   Too.\n\nMore.":                  "Boats.\n\nMore.",
		"Boats.\n\n.. A comment\n   goes on.\n\n   And on.\n\nMore.":    "Boats.\n\nMore.",
		"Boats.\n\n.. raw:: html\n\n   <p hidden>x</p>\n\nMore.":        "Boats.\n\nMore.",
		"Boats.\n\n..\n\n   A quotation.\n":                             "Boats.\n\n   A quotation.",
		"Boats [1].\n\n.. [1] A note\n   goes on.\n\nMore.":             "Boats [1].\n\n[1] A note\n   goes on.\n\nMore.",
		"Boats.\n\n..\tA comment.\n\nMore.":                             "Boats.\n\nMore.",
		"Boats.\n\n.. A comment of two:: dots\n\nMore.":                 "Boats.\n\nMore.",
		"Boats.\n\n.. [A comment\n   goes on.\n\nMore.":                 "Boats.\n\nMore.",
		"Boats.\n\n.. Raw:: html\n\n   <p hidden>x</p>\n\nMore.":        "Boats.\n\nMore.",
		"Boats.\n\n.. meta::\n   :description: x\n\nMore.":              "Boats.\n\nMore.",
		"- Boats.\n\n  .. A comment.\n\n     And on.\n\n  More.":        "- Boats.\n\n  More.",
		".. note::\n\n   .. A comment\n\n   More.":                      ".. note::\n\n   More.",
		"Boats::\n   .. A comment\n   More.":                            "Boats:\n   More.",
		"Write::\n\n   .. A comment\n\nMore.":                           "Write:\n\n   .. A comment\n\nMore.",
		".. code-block:: rst\n\n   Boats::\n\n   .. A comment\n\nMore.": ".. code-block:: rst\n\n   Boats::\n\n   .. A comment\n\nMore.",
		"Boats... and\n... more":                                        "Boats... and\n... more",
		"Boats.\n\n.. note::\n\n   A note.\n\nMore.":                    "Boats.\n\n.. note::\n\n   A note.\n\nMore.",
	} {
		if got, _ := ReStructured(src, &url.URL{}); got != want {
			t.Errorf("%q is %q", src, got)
		}
	}
}

func TestFragmentsLoseWhatTheyHide(t *testing.T) {
	for src, want := range map[string]string{
		"Vec":                                   "Vec",
		"a &lt; b":                              "a < b",
		"<p>a</p><p style='display:none'>b</p>": "a",
		"<style>.k{opacity:0}</style><p>a <b>c</b><i class=k>b</i>": "a c",
		"<b hidden>b</b> a":            "a",
		"<title>b</title>a<!-- b --!>": "a",
		"<td>a<td>c":                   "ac",
	} {
		if got := Fragment(src); got != want {
			t.Errorf("%q is %q", src, got)
		}
	}
	if got := Fragment(strings.Repeat("<div>", 600) + "a"); got != "a" {
		t.Errorf("%.40q", got)
	}
}

func TestHeadingsFitBelowOthers(t *testing.T) {
	for _, tt := range []struct {
		in   string
		from int
		want string
	}{
		{"# a\n\n## b\n\ntext", 3, "### a\n\n#### b\n\ntext"},
		{"### a", 2, "### a"},
		{"no heading", 3, "no heading"},
		{"##### a\n\n###### b", 6, "###### a\n\n###### b"},
	} {
		if got := Headings(tt.in, tt.from); got != tt.want {
			t.Errorf("%q from %d: %q, want %q", tt.in, tt.from, got, tt.want)
		}
	}
}

func TestHostileMarkdownIsBounded(t *testing.T) {
	base, err := url.Parse("https://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 10
	for _, unit := range []string{"> ", "- ", "1. ", "[", "![", "**a ", "*a_", "~~a ", "`", "[a](", "[a][b] ", "<", "<div>\n\n", "<b>", "<!--", "| a ", "|a|b|\n|-|-|\n", "#", "\\", "&#", "    ", "[a]: b\n", "~~~\n", "=\n", "<a href=x>y"} {
		began := time.Now()
		body, links := Markdown(strings.Repeat(unit, size/len(unit))+strings.Repeat("x\n", 1000), base)
		if len(links) > maxLinks || len(body) > 30*size {
			t.Errorf("%q: %d bytes, %d links", unit, len(body), len(links))
		}
		if d := time.Since(began); d > 60*time.Second {
			t.Errorf("%q took %v", unit, d)
		} else if d > 300*time.Millisecond {
			t.Logf("%q: %v", unit, d)
		}
	}
}

// References are taken out of a paragraph in time that is the square of its lines: one of too many is text.
func TestAParagraphOfTooManyReferencesIsText(t *testing.T) {
	for lines, text := range map[int]bool{maxLines: false, maxLines + 1: true} {
		body, _ := Markdown("[one][a]\n\n"+strings.Repeat("[a]: /b\n", lines), &url.URL{})
		if got := strings.Contains(body, "[a]: /b"); got != text || strings.Contains(body, "[one][a]") != text {
			t.Errorf("%d lines: %.40q", lines, body)
		}
	}
}

func BenchmarkMarkdown(b *testing.B) {
	base, err := url.Parse("https://example.com/")
	if err != nil {
		b.Fatal(err)
	}
	doc := strings.Repeat("# Title\n\nA [link](https://a.example/x) and **bold** with `code`, ![badge](b.svg) and more words\nthat go on.\n\n"+
		"- item one\n- item two with <b>HTML</b>\n\n```go\nfunc main() {}\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n", 40)
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		Markdown(doc, base)
	}
}
