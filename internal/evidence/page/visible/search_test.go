package visible

import (
	"strings"
	"testing"
)

// Elements in one another are not searched again and again for orders, nor copies of a page for each of its fallbacks.
func TestTextInManyElementsIsSearchedWithinABound(t *testing.T) {
	words := strings.Repeat("Words of some text that is long enough to be searched. ", 150)
	for name, page := range map[string]string{
		"doubtful in one another": "<style>@container (min-width:1px){.k{display:none}}</style>" + strings.Repeat("<div class=k>", 300) +
			"<p>" + injected + "</p><p>" + words,
		"folded in one another": strings.Repeat(`<span hidden class=more style="transition:x">`, 300) + strings.Repeat(words, 2),
		"doubtful, one by one":  "<style>@container (min-width:1px){.k{display:none}}</style>" + strings.Repeat("<div class=k>"+words+"</div>", 300),
	} {
		doc := parse(t, "<p>"+plain+page)
		s := newSurvey(doc, nil)
		s.measure(doc, -1)
		s.decide(doc)
		s.remove(doc)
		if s.search.read > maxSearched+maxOrders || s.search.commanded > maxCommanded+len(page) {
			t.Errorf("%s: %d and %d bytes were searched", name, s.search.read, s.search.commanded)
		}
	}
}

// A place that a script names again and again is not searched for its end again and again.
func TestPlacesAreSearchedForTheirEndWithinABound(t *testing.T) {
	var page strings.Builder
	for range 2000 {
		page.WriteString(`<template id="B:0"></template><i>x</i>`)
	}
	doc := parse(t, page.String())
	place := doc.LastChild.LastChild.FirstChild
	s := streamed{steps: maxHops}
	for range 2000 {
		s.dropFallback(place)
	}
	if s.steps != 0 {
		t.Errorf("%d nodes are left of the bound", s.steps)
	}
}
