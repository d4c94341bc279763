package redact_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/text/texttest"
)

func TestTimeGrowsWithTheLink(t *testing.T) {
	if testing.Short() {
		t.Skip("a measure of time")
	}
	for _, k := range texttest.Some(1) {
		texttest.Grows(t, k, 12_000, func(s string) { redact.Line("https://a.example/?q=" + s) })
	}
}
