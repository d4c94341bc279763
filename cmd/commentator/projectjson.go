package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/technoshare/commentator/otel/runs"
)

// writeProjectionJSON writes projections in the form of `commentator project --json`,
// which scripts read: names and order of the fields stay. Of a metric with several
// points it holds the last one, as MLflow's run list does; of an artifact its path and
// size.
func writeProjectionJSON(w io.Writer, ps []runs.Projection) error {
	out := projectionsJSON{Traces: make([]projectionJSON, 0, len(ps))}
	for _, p := range ps {
		t := projectionJSON{TraceID: p.TraceID.String(), Runs: make([]runJSON, 0, len(p.Runs)), Notes: p.Notes}
		for _, r := range p.Runs {
			t.Runs = append(t.Runs, newRunJSON(r))
		}
		out.Traces = append(out.Traces, t)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("encode projection: %w", err)
	}
	return nil
}

type projectionsJSON struct {
	Traces []projectionJSON `json:"traces"`
}

type projectionJSON struct {
	TraceID string    `json:"trace_id"`
	Runs    []runJSON `json:"runs"`
	Notes   []string  `json:"notes,omitempty"`
}

type runJSON struct {
	SpanID       string             `json:"span_id"`
	ParentSpanID string             `json:"parent_span_id"` // empty for a root
	Name         string             `json:"name"`
	Status       runs.Status        `json:"status"`
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

// newRunJSON is a run in that form. Lists and maps are never null.
func newRunJSON(r runs.Run) runJSON {
	j := runJSON{
		SpanID: r.SpanID.String(), Name: r.Name, Status: r.Status, StartTime: jsonTime(r.Start), EndTime: jsonTime(r.End),
		Params: r.Params, Metrics: map[string]float64{}, Tags: r.Tags, Artifacts: make([]artifactJSON, 0, len(r.Artifacts)),
	}
	if r.ParentSpanID.IsValid() {
		j.ParentSpanID = r.ParentSpanID.String()
	}
	for _, m := range r.Metrics { // sorted by step, so the last one stays
		j.Metrics[m.Key] = m.Value
	}
	for _, a := range r.Artifacts {
		j.Artifacts = append(j.Artifacts, artifactJSON{a.Path, len(a.Body)})
	}
	return j
}

// jsonTime is a time in RFC 3339 with microseconds; "" for none.
func jsonTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05.000000Z07:00")
}
