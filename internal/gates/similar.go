package gates

import (
	"fmt"
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// similarMost is how many items the prompt and the answer's schema allow.
const similarMost = 8

// checkSimilarTech judges the form of each item, which readers scan by its bold
// name. No item at all is fine: not every page has a rival. Of each item the
// first fault is reported.
func checkSimilarTech(in *input) verdict {
	items := in.res.SimilarTech
	var found []string
	if n := len(items); n > similarMost {
		found = append(found, fmt.Sprintf("%d items, at most %d are allowed", n, similarMost))
	}
	seen := map[string]int{}
	for i, s := range items {
		name, rest, ok := leadName(s)
		least, _ := text.CountSentences(rest)
		switch {
		case !ok:
			found = append(found, fmt.Sprintf("item %d is not **Name** — sentence: “%s”", i+1, excerpt(s)))
		case strings.ContainsAny(strings.TrimSpace(s), "\n\r"):
			found = append(found, fmt.Sprintf("item %d has a line break", i+1))
		case !text.HasWord(rest):
			found = append(found, fmt.Sprintf("item %d says nothing about “%s”", i+1, excerpt(name)))
		case least > 1:
			found = append(found, fmt.Sprintf("item %d has %d sentences: “%s”", i+1, least, excerpt(s)))
		case seen[squash(name)] > 0:
			found = append(found, fmt.Sprintf("item %d names “%s” again, like item %d", i+1, excerpt(name), seen[squash(name)]))
		}
		// seen holds the number of the item that had the name first, counted
		// from 1.
		if ok && seen[squash(name)] == 0 {
			seen[squash(name)] = i + 1
		}
	}
	return faults(found, len(items), fmt.Sprintf("%d items", len(items)))
}
