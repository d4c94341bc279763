package eval_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/technoshare/commentator/otel/eval"
)

// An evaluation is a dataset, a task and scorers. With a TracerProvider that has a
// runprocessor, or sends to a Collector, it is a run on MLflow's page of evaluation runs.
func ExampleRun() {
	capitals := eval.Slice("capitals",
		eval.Row[string, string]{ID: "fr", Inputs: "France", Expected: "Paris"},
		eval.Row[string, string]{ID: "it", Inputs: "Italy", Expected: "Rome"},
	)
	answer := func(_ context.Context, country string) (string, error) { return "Paris, in " + country, nil }
	names := eval.Check("names_it", func(_, expected, out string) bool { return strings.Contains(out, expected) })

	report, err := eval.Run(context.Background(), capitals, answer, names)
	fmt.Println(report.Means["names_it"], report.Failed, err)
	// Output: 0.5 0 <nil>
}
