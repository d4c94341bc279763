package runs_test

import (
	"fmt"
	"os"

	"github.com/technoshare/commentator/otel/runs"
)

// A trace of the Strands agent framework, which knows nothing of MLflow, in
// the two requests that it arrived in.
func Example_project() {
	var files []runs.File
	for _, name := range []string{"strands-parcel.001.pb", "strands-parcel.002.pb"} {
		body, err := os.ReadFile("testdata/traces/" + name)
		if err != nil {
			fmt.Println(err)
			return
		}
		files = append(files, runs.File{Name: name, Body: body})
	}
	trace, err := runs.ReadOTLP(files...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range runs.Read(trace, runs.Rules{}).Project() {
		fmt.Println(p.Trace.Name, "·", p.Trace.RequestPreview)
		for _, r := range p.Runs {
			for _, m := range r.Metrics {
				if m.Key == "input_tokens" || m.Key == "tool_call_count" {
					fmt.Println(r.Name, r.Status, m.Key, m.Value)
				}
			}
		}
	}
	// Output:
	// invoke_agent logistics · Where is my parcel? shipping
	// invoke_agent logistics FINISHED input_tokens 673
	// invoke_agent logistics FINISHED tool_call_count 2
	// execute_event_loop_cycle FINISHED input_tokens 155
	// execute_event_loop_cycle FINISHED tool_call_count 1
	// execute_event_loop_cycle FINISHED input_tokens 222
	// execute_event_loop_cycle FINISHED tool_call_count 1
	// execute_event_loop_cycle FINISHED input_tokens 296
}

func ExampleParseRules() {
	rules, err := runs.ParseRules([]byte(`
runs:
  - span: checkout.*
    name: order_{order.id}
    tags: {customer: customer.id}
  - span: http send
    skip: true
only_listed: true
`))
	fmt.Println(len(rules.Runs), rules.Runs[0].Name, err)
	_, err = runs.ParseRules([]byte("runs:\n  - spam: checkout\n"))
	fmt.Println(err)
	// Output:
	// 2 order_{order.id} <nil>
	// parse rules: line 2, runs[0].spam: unknown key "spam" (known here: span, skip, name, params, metrics, tags, artifacts, set, no_defaults)
}
