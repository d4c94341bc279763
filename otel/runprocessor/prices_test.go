package runprocessor

import (
	"testing"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs"
)

func TestPricesAreTheBuiltInOnesUnlessTold(t *testing.T) {
	own, err := prices.Parse("own", []byte("models:\n  m: {input: 1, output: 2}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options []Option
		want    *prices.Table
	}{
		"by default":       {nil, prices.BuiltIn()},
		"one's own":        {[]Option{WithPrices(own), WithRules(runs.Rules{})}, own},
		"none":             {[]Option{WithPrices(nil)}, nil},
		"those of rules":   {[]Option{WithRules(runs.Rules{Prices: own})}, own},
		"rules, then none": {[]Option{WithRules(runs.Rules{Prices: own}), WithPrices(nil)}, own},
	} {
		if got := newConfig(c.options).rules.Prices; got != c.want {
			t.Errorf("%s: %p, want %p", name, got, c.want)
		}
	}
}
