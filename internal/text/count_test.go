package text_test

import (
	"testing"

	"github.com/technoshare/commentator/internal/text"
)

func TestNumbersHaveTheirNoun(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", 1000: "1000 rows"} {
		if got := text.Count(n, "row", "rows"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
