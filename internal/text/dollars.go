package text

import (
	"math"
	"strconv"
)

// Dollars writes a cost in US dollars: with four decimals, and of less than a tenth of a cent the first
// two digits that are not 0, so that what was paid is never shown as nothing.
func Dollars(usd float64) string {
	decimals := 4
	if usd > 0 && usd < 0.001 {
		decimals = min(1-int(math.Floor(math.Log10(usd))), 12)
	}
	return "$" + strconv.FormatFloat(usd, 'f', decimals, 64)
}
