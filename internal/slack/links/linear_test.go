package links_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/slack/links"
	"github.com/technoshare/commentator/internal/text/texttest"
)

func TestTimeGrowsWithTheMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(2) {
		texttest.Grows(t, k, 12_000, func(s string) { links.Extract(links.Message{Text: s}) })
	}
}
