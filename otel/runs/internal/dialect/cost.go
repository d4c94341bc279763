package dialect

import (
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// readCosts takes a total, or the shares of input and output, out of an object.
// Negative numbers are no cost.
func (f *Facts) readCosts(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range value.SortedKeys(obj) {
		n, ok := value.Number(obj[k])
		if !ok || n < 0 {
			continue
		}
		switch naming.Snake(k) {
		case "total", "total_cost":
			if f.Cost == nil {
				f.Cost = &n
			}
		case "input", "output", "input_cost", "output_cost", "prompt", "completion":
			f.addCostShare(k, n)
		}
	}
}

// addCostShare takes the input's or the output's share of the cost.
func (f *Facts) addCostShare(key string, n float64) {
	f.hasShares = true
	if w := naming.Snake(key); strings.Contains(w, "output") || strings.Contains(w, "completion") {
		f.CostOut = max(f.CostOut, n)
		return
	}
	f.CostIn = max(f.CostIn, n)
}
