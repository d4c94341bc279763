package article

import (
	"fmt"
	"strings"
	"testing"
)

// prose is a paragraph of running text on subject.
func prose(subject string) string {
	return "The article says at some length what it knows of " + subject + ", and why " + subject + " matters to those who read it."
}

// doc joins blocks as Render does.
func doc(blocks ...string) string { return strings.Join(blocks, "\n\n") }

func TestBlocksOfRenderedText(t *testing.T) {
	ps := paras("# Title\n\nOne, two.\nthree\n\n\n```\ncode\n\nmore\n```\n\n- a\n- b\n\n####### no heading\n\n…")
	want := []struct {
		key   string
		level int
		code  bool
	}{{"title", 1, false}, {"one two three", 0, false}, {"code more", 0, true}, {"a b", 0, false}, {"no heading", 0, false}, {"", 0, false}}
	if len(ps) != len(want) {
		t.Fatalf("%d blocks: %+v", len(ps), ps)
	}
	for i, w := range want {
		if p := ps[i]; p.key != w.key || p.level != w.level || p.code != w.code {
			t.Errorf("block %d is %+v, want %+v", i, p, w)
		}
	}
	if got := join(paras(doc("a", "b"))); got != "a\n\nb" {
		t.Errorf("joined to %q", got)
	}
	if got := paras("```\nopen\n\nfence"); len(got) != 1 {
		t.Errorf("an open fence is %d blocks", len(got))
	}
}

func TestProse(t *testing.T) {
	for text, want := range map[string]bool{
		prose("ropes"):                          true,
		prose("ropes") + "”":                    true,
		strings.TrimSuffix(prose("ropes"), "."): false,
		"Short.":                                false,
		"# " + prose("ropes"):                   false,
		"```\n" + prose("ropes") + "\n```":      false,
		strings.Repeat("ロープについて書く", 12) + "。": true,
	} {
		if got := paras(text)[0].prose(); got != want {
			t.Errorf("%q is prose: %v", text, got)
		}
	}
}

func TestTwoExtractorsCorrectEachOther(t *testing.T) {
	a, b, c, d := prose("ropes"), prose("knots"), prose("trees"), prose("boats")
	for _, tt := range []struct{ name, first, second, want string }{
		{"they agree", doc(a, b), doc(a, b), doc(a, b)},
		{"one found nothing", "", doc(a, b), doc(a, b)},
		{"the other found nothing", doc(a, b), "", doc(a, b)},
		{"prose that one missed between", doc(a, b, c), doc(a, d, b, c), doc(a, d, b, c)},
		{"prose that one missed before", doc(a, b, c), doc(d, a, b, c), doc(d, a, b, c)},
		{"furniture before and after", doc("Menu of it", a, b, c, "Footer line"), doc(a, b, c), doc(a, b, c)},
		{"a heading between stays", doc(a, "## Part", b, c), doc(a, b, c), doc(a, "## Part", b, c)},
		{"the second has much more", doc(a, b), doc(a, b, c, d, prose("sails")), doc(a, b, c, d, prose("sails"))},
		{"they don't agree", doc(a, b), doc(c, d), doc(a, b)},
		{"the first found next to nothing", "Cookies.", doc(a, b, c), doc(a, b, c)},
		{"the first gave up on blocks", strings.Join([]string{a, b, c, d, prose("sails"), prose("masts"), prose("decks"), prose("keels"), prose("sheets")}, " "),
			doc(a, b, c, d, prose("sails"), prose("masts"), prose("decks"), prose("keels"), prose("sheets")),
			doc(a, b, c, d, prose("sails"), prose("masts"), prose("decks"), prose("keels"), prose("sheets"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := join(merge(paras(tt.first), paras(tt.second))); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAnIndexKnowsBlocksHoweverTheyAreSplit(t *testing.T) {
	x := newIndex(paras(doc("The first half of it and", "the second half of this long block, here.", "A short one.")))
	for text, want := range map[string]bool{
		"The first half of it and the second half of this long block, here.": true,
		"Thefirst half of itand the second half of this long block":          true,
		"A short":  true,
		"short on": false,
		"…":        true,
		"Another":  false,
	} {
		if got := x.has(paras(text)[0]); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestWhatSurroundsAnArticleGoes(t *testing.T) {
	a, b := prose("ropes"), prose("knots")
	links := map[string]bool{"ten knots for sailors": true, "all about the boats": true}
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to do", doc(a, b), doc(a, b)},
		{"its title", doc("# A story of ropes and knots", a, b), doc(a, b)},
		{"its title in the page's words", doc("## A story of ropes and knots | Site", a, b), doc(a, b)},
		{"its standfirst as heading", doc("### What sailors knew", a, b), doc(a, b)},
		{"another heading", doc(a, "## What sailors knew", b), doc(a, "## What sailors knew", b)},
		{"calls to the reader", doc(a, "Subscribe to our newsletter", b), doc(a, b)},
		{"bare addresses", doc(a, "https://a.example/x", b), doc(a, b)},
		{"marks alone", doc(a, "* * *", b), doc(a, b)},
		{"prose said twice", doc(a, b, a), doc(a, b)},
		{"short lines said twice", doc("Yes it is.", a, "Yes it is.", b), doc("Yes it is.", a, "Yes it is.", b)},
		{"pointers", doc(a, "- Ten knots for sailors\n- All about the boats", b), doc(a, b)},
		{"a pointer with its label", doc(a, "More on this", "Ten knots for sailors", b), doc(a, b)},
		{"a list that says something", doc(a, "- Ten knots for sailors\n- and why", b), doc(a, "- Ten knots for sailors\n- and why", b)},
		{"a heading at the end", doc(a, b, "## Comments"), doc(a, b)},
		{"who wrote it", doc(a, b, "About the author"), doc(a, b)},
		{"code", doc(a, "```\nhttps://a.example/x\n```", b), doc(a, "```\nhttps://a.example/x\n```", b)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := join(trim(paras(tt.in), "A story of ropes and knots", "What sailors knew", links)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestLongListsOfLinksAreContent(t *testing.T) {
	links := map[string]bool{}
	var lines []string
	for i := range maxPointers + 1 {
		line := fmt.Sprintf("an item of the list, number %d", i)
		links[wordsOf(line)] = true
		lines = append(lines, "- "+line)
	}
	if p := paras(strings.Join(lines, "\n"))[0]; pointer(p, links, maxPointers) || !pointer(paras(strings.Join(lines[1:], "\n"))[0], links, maxPointers) {
		t.Error("the bound on pointers does not hold")
	}
}

func TestSimilarTitles(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a story of ropes", "a story of ropes", true}, {"a story of ropes", "a story of ropes site", true}, {"a story of ropes site", "a story of ropes", true},
		{"ropes", "a story of ropes", false}, {"", "a", false}, {"a", "", false}, {"a story of ropes", "a story of knots", false},
	} {
		if similar(tt.a, tt.b) != tt.want {
			t.Errorf("%q and %q: %v", tt.a, tt.b, !tt.want)
		}
	}
}
