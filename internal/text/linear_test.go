package text_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// What is done on the text of a page takes time in proportion to it. Splitting
// 400 kB took 43 s when sentences were put together piece by piece.
func TestTimeGrowsWithTheText(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(0) {
		texttest.Grows(t, k, 12_000, func(s string) {
			text.Sentences(s, len(s))
			text.CountSentences(s)
			text.Addresses(s)
			text.WithoutAddresses(s)
			text.Strip(s)
			text.OneLine(s)
		})
	}
}
