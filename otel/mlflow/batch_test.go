package mlflow_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestLogBatchKeepsTheServersLimits(t *testing.T) {
	a := answering(t, 200, "{}")
	var b mlflow.Batch
	for i := range 2500 {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: fmt.Sprint("m", i)})
	}
	for i := range 150 {
		b.Params = append(b.Params, mlflow.Tag{Key: fmt.Sprint("p", i)})
		b.Tags = append(b.Tags, mlflow.Tag{Key: fmt.Sprint("t", i)})
	}
	if err := client(t, a.URL).LogBatch(t.Context(), "r", b); err != nil {
		t.Fatal(err)
	}
	var got [][3]int
	for _, body := range a.bodies {
		var j struct{ Metrics, Params, Tags []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &j); err != nil {
			t.Fatal(err)
		}
		got = append(got, [3]int{len(j.Metrics), len(j.Params), len(j.Tags)})
	}
	if want := "[[800 100 100] [900 50 50] [800 0 0]]"; fmt.Sprint(got) != want {
		t.Errorf("batches %v, want %s", got, want)
	}
	if err := client(t, a.URL).LogBatch(t.Context(), "r", mlflow.Batch{}); err != nil || len(a.bodies) != 3 {
		t.Errorf("an empty batch was sent (%v)", err)
	}
}

func TestMetricValuesSurviveJSON(t *testing.T) {
	for _, v := range []float64{0, -1.5, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)} {
		b, err := json.Marshal(mlflow.Metric{Key: "k", Value: v, Timestamp: 5, Step: 2})
		if err != nil {
			t.Fatal(err)
		}
		var m mlflow.Metric
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		if m.Value != v && !(math.IsNaN(v) && math.IsNaN(m.Value)) || m.Key != "k" || m.Timestamp != 5 || m.Step != 2 {
			t.Errorf("%v became %+v by %s", v, m, b)
		}
	}
}
