package article

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatSurroundsAnArticleGoes(t *testing.T) {
	a, b := prose("ropes"), prose("knots")
	links := map[string]linkKind{"ten knots for sailors": linkLine, "all about the boats": linkLine, "the story of the oars": linkHeading}
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
		{"short lines said twice", doc(a, "Yes it is.", b, "Yes it is.", a+" So."), doc(a, "Yes it is.", b, "Yes it is.", a+" So.")},
		{"labels around it", doc("By Ann", "5 May", a, b, "Share", "Tags"), doc(a, b)},
		{"code and rows at its ends", doc("```\ngo build\n```", a, b, "| a | b |"), doc("```\ngo build\n```", a, b, "| a | b |")},
		{"a heading above the first block", doc("## Why", a, b), doc("## Why", a, b)},
		{"what a topic is related to", doc(a, "Related work uses other knots.", b), doc(a, "Related work uses other knots.", b)},
		{"a step of a manual", doc(a, "Subscribe to the topic before you send.", b), doc(a, "Subscribe to the topic before you send.", b)},
		{"a call in another language", doc(a, "Das könnte Sie auch interessieren", b, "関連記事"), doc(a, b)},
		{"pointers", doc(a, "- Ten knots for sailors\n- All about the boats", b), doc(a, b)},
		{"a pointer with its label", doc(a, "More on this", "Ten knots for sailors", b), doc(a, b)},
		{"a list that says something", doc(a, "- Ten knots for sailors\n- and why", b), doc(a, "- Ten knots for sailors\n- and why", b)},
		{"a heading at the end", doc(a, b, "## Comments"), doc(a, b)},
		{"a heading that is a link", doc(a, "## The story of the oars", "| a | b |", b), doc(a, "| a | b |", b)},
		{
			"a heading that the table of contents names", doc(a, "## Ten knots for sailors", "| a | b |", b),
			doc(a, "## Ten knots for sailors", "| a | b |", b),
		},
		{"its only footnote", doc(a, b, "1. Counted over all ropes of 2026."), doc(a, b, "1. Counted over all ropes of 2026.")},
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
	links := map[string]linkKind{}
	var lines []string
	for i := range maxPointers + 1 {
		line := fmt.Sprintf("an item of the list, number %d", i)
		links[wordsOf(line)] = linkLine
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
