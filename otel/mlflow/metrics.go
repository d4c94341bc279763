package mlflow

import (
	"encoding/json"
	"math"
)

// Metric is one point. Sending an equal one again changes nothing.
type Metric struct {
	Key       string
	Value     float64
	Timestamp int64 // Unix milliseconds
	Step      int64
}

type metricJSON struct {
	Key       string `json:"key"`
	Value     any    `json:"value"`
	Timestamp int64  `json:"timestamp"`
	Step      int64  `json:"step"`
}

// MarshalJSON writes NaN and infinities as MLflow reads and writes them:
// protobuf's JSON mapping, strings.
func (m Metric) MarshalJSON() ([]byte, error) {
	return json.Marshal(metricJSON{m.Key, jsonNumber(m.Value), m.Timestamp, m.Step})
}

// jsonNumber gives a number in the form in which JSON carries it.
func jsonNumber(x float64) any {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	return x
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (m *Metric) UnmarshalJSON(b []byte) error {
	var j metricJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	m.Key, m.Timestamp, m.Step = j.Key, j.Timestamp, j.Step
	switch v := j.Value.(type) {
	case float64:
		m.Value = v
	case string:
		switch v {
		case "Infinity":
			m.Value = math.Inf(1)
		case "-Infinity":
			m.Value = math.Inf(-1)
		default:
			m.Value = math.NaN()
		}
	}
	return nil
}
