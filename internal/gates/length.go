package gates

import (
	"fmt"
	"unicode/utf8"
)

// Slack takes 3,000 characters in a section (docs.slack.dev, section block)
// and about 13,200 in a message; the rest are limits of patience.
const (
	// In characters as slackLength counts them: one item of the tldr, the
	// summary, one idea or similar technology, and all parts together. maxTotal
	// leaves a good thousand for headings, notes and links.
	maxTLDRItem = 500
	maxSummary  = 3000
	maxItem     = 1000
	maxTotal    = 12000
)

// checkLength counts as Slack does, before the gates' own bounds cut anything
// off. Each part has a limit, and so has their sum.
func checkLength(in *input) verdict {
	limits := map[string]int{"tldr": maxTLDRItem, "summary": maxSummary, "projects": maxItem, "similar_tech": maxItem}
	var found []string
	total := 0
	parts := in.parts()
	for i, p := range parts {
		n := in.size[i]
		total += n
		if limit := limits[p.field]; n > limit {
			found = append(found, fmt.Sprintf("%s has %d characters, %d fit", p.name, n, limit))
		}
	}
	if total > maxTotal {
		found = append(found, fmt.Sprintf("%d characters in all, %d fit into a message", total, maxTotal))
	}
	return faults(found, len(parts)+1, fmt.Sprintf("%d characters", total))
}

// slackLength counts characters as Slack does, after escaping: & becomes &amp;,
// < and > become &lt; and &gt;, each of which counts with all its characters.
func slackLength(s string) int {
	n := utf8.RuneCountInString(s)
	for i := range len(s) {
		switch s[i] {
		case '&':
			n += 4
		case '<', '>':
			n += 3
		}
	}
	return n
}
