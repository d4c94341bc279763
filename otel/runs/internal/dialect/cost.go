package dialect

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// findOwnCost takes the cost of GenAI work that stands under a name without any word of
// models (cost_usd): nothing else on the span could have one.
func (f *Facts) findOwnCost() {
	for i := range f.Attrs {
		a := &f.Attrs[i]
		if a.Means != None || a.clues&clueCost == 0 {
			continue
		}
		if n, ok := value.Cost(a.Value); ok {
			a.Means, f.Cost = Cost, &n
			return
		}
	}
}

// isBareCost reports whether a name says that it is a cost, and of what only that it is
// the span's own.
func isBareCost(words []string) bool {
	return among(words, "cost") && !slices.ContainsFunc(words, func(w string) bool {
		return !slices.Contains([]string{"cost", "total", "usd", "call", "request", "response", "tokens"}, w)
	})
}

// readCosts takes a total, or the shares of input and output, out of an object.
func (f *Facts) readCosts(v any) {
	obj, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, k := range value.SortedKeys(obj) {
		n, ok := value.Cost(obj[k])
		if !ok {
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
