package mlflow_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

// TestAScoreThatJSONCannotCarryIsText: it would cost the info of its trace, and the spans that are sent after it.
func TestAScoreThatJSONCannotCarryIsText(t *testing.T) {
	for want, value := range map[string]any{
		`"NaN"`: math.NaN(), `"Infinity"`: math.Inf(1), `"-Infinity"`: math.Inf(-1), `0.5`: 0.5, `true`: true, `"good"`: "good",
	} {
		expected, err := mlflow.NewExpectation(value)
		if err != nil {
			t.Error(err)
		}
		for _, a := range []mlflow.Assessment{{Feedback: &mlflow.Feedback{Value: value}}, {Expectation: &expected}} {
			b, err := json.Marshal(mlflow.TraceInfo{Assessments: []mlflow.Assessment{a}})
			if err != nil {
				t.Errorf("%v: %v", value, err)
				continue
			}
			var got struct {
				Assessments []struct {
					Feedback, Expectation struct{ Value json.RawMessage }
				}
			}
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			if one := got.Assessments[0]; string(one.Feedback.Value)+string(one.Expectation.Value) != want {
				t.Errorf("%v is written as %s", value, b)
			}
		}
	}
}
