package prices_test

import (
	"fmt"

	"github.com/technoshare/commentator/otel/genai/prices"
)

func ExampleTable_Cost() {
	table, err := prices.Parse("prices.yaml", []byte("dated: 2026-11-30\nmodels:\n  my-model: {input: 1, cached_input: 0.1, output: 2}\n"))
	if err != nil {
		panic(err)
	}
	cost, known := table.Cost(prices.Call{Answered: "my-model", Usage: prices.Usage{Input: 2_000_000, CachedInput: 1_000_000, Output: 500_000}})
	fmt.Println(cost.Total(), cost.Source, known)
	_, known = table.Cost(prices.Call{Answered: "another-model"})
	fmt.Println(known)
	// Output:
	// 2.1 prices.yaml 2026-11-30 true
	// false
}
