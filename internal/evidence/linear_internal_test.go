package evidence

import (
	"testing"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// Snippets are cut in time that is in proportion to the text.
func TestSnippetsTakeTimeInProportion(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(0) {
		texttest.Grows(t, k, 25_000, func(s string) {
			cutSnippets(&job.Evidence{Text: s, Lead: len(s) / 3}, SnippetRules{Max: 12, MaxChars: 500, Tokens: 1500})
			outline.Part(s, "usage-1")
			outline.FirstParagraph(s)
			outline.FirstLine(s)
		})
	}
}
