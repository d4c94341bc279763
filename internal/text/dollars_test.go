package text_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/text"
)

func TestWhatWasPaidIsNotShownAsNothing(t *testing.T) {
	for usd, want := range map[float64]string{
		0: "$0.0000", 12.5: "$12.5000", 0.0123: "$0.0123", 0.001: "$0.0010", 0.00099: "$0.00099", 0.000041: "$0.000041", 1e-5: "$0.000010",
		1e-30: "$0.000000000000",
	} {
		if got := text.Dollars(usd); got != want {
			t.Errorf("%v: %s, want %s", usd, got, want)
		}
	}
}
