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
	j := metricJSON{m.Key, m.Value, m.Timestamp, m.Step}
	switch {
	case math.IsNaN(m.Value):
		j.Value = "NaN"
	case math.IsInf(m.Value, 1):
		j.Value = "Infinity"
	case math.IsInf(m.Value, -1):
		j.Value = "-Infinity"
	}
	return json.Marshal(j)
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
