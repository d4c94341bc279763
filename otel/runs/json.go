package runs

import (
	"encoding/json"
	"fmt"
)

// JSON gives projections in the shape of `commentator project --json`. Of a
// metric with several points it holds the last one, as MLflow's run list does;
// of an artifact its path and size.
func JSON(ps []Projection) ([]byte, error) {
	out := document{Traces: make([]traceJSON, 0, len(ps))}
	for _, p := range ps {
		t := traceJSON{TraceID: p.TraceID, Runs: make([]runJSON, 0, len(p.Runs)), Notes: p.Notes}
		for _, r := range p.Runs {
			t.Runs = append(t.Runs, newRunJSON(r))
		}
		out.Traces = append(out.Traces, t)
	}
	b, err := marshal(out, "  ")
	if err != nil {
		return nil, fmt.Errorf("encode projection: %w", err)
	}
	return b, nil
}

type document struct {
	Traces []traceJSON `json:"traces"`
}

type traceJSON struct {
	TraceID string    `json:"trace_id"`
	Runs    []runJSON `json:"runs"`
	Notes   []string  `json:"notes,omitempty"`
}

type runJSON struct {
	SpanID       string             `json:"span_id"`
	ParentSpanID string             `json:"parent_span_id"`
	Name         string             `json:"name"`
	Status       Status             `json:"status"`
	StartTime    string             `json:"start_time"`
	EndTime      string             `json:"end_time"`
	Params       map[string]string  `json:"params"`
	Metrics      map[string]float64 `json:"metrics"`
	Tags         map[string]string  `json:"tags"`
	Artifacts    []artifactJSON     `json:"artifacts"`
}

type artifactJSON struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"`
}

func newRunJSON(r Run) runJSON {
	j := runJSON{
		SpanID: r.SpanID, ParentSpanID: r.ParentSpanID, Name: r.Name, Status: r.Status,
		StartTime: stamp(r.Start), Params: r.Params, Metrics: map[string]float64{}, Tags: r.Tags,
		Artifacts: make([]artifactJSON, 0, len(r.Artifacts)),
	}
	if !r.End.IsZero() {
		j.EndTime = stamp(r.End)
	}
	for _, m := range r.Metrics { // sorted by step, so the last one stays
		j.Metrics[m.Key] = m.Value
	}
	for _, a := range r.Artifacts {
		j.Artifacts = append(j.Artifacts, artifactJSON{a.Path, len(a.Body)})
	}
	return j
}

var _ json.Marshaler = Projection{}

// MarshalJSON gives one trace of the document that JSON writes.
func (p Projection) MarshalJSON() ([]byte, error) {
	t := traceJSON{TraceID: p.TraceID, Runs: make([]runJSON, 0, len(p.Runs)), Notes: p.Notes}
	for _, r := range p.Runs {
		t.Runs = append(t.Runs, newRunJSON(r))
	}
	return json.Marshal(t)
}
