package analysis

import (
	"testing"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text/texttest"
)

// Picking sentences and fitting a page into a prompt take time in proportion to
// the page.
func TestTimeGrowsWithThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(3) {
		texttest.Grows(t, k, 12_000, func(s string) {
			// The comparison of sentences with each other has a bound of its own.
			read(&job.Evidence{Text: s, Title: s}, 2000)
			_ = prose(clean(s))
			terms(s)
		})
	}
}
