package draft

import (
	"cmp"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Run is a finished draft. Its fields are those of runs.Run.
type Run struct {
	SpanID, ParentSpanID trace.SpanID
	Name, Status         string
	Start, End           time.Time
	Params, Tags         map[string]string
	Metrics              []Metric   // sorted by key, then step
	Artifacts            []Artifact // sorted by path
}

// Metric is one point of a run's metric.
type Metric struct {
	Key   string
	Value float64
	Time  time.Time
	Step  int64
}

// Artifact is one file of a run.
type Artifact struct {
	Path string
	Body []byte
}

// Words of MLflow for the state of a run (mlflow.entities.RunStatus).
const (
	running  = "RUNNING"
	finished = "FINISHED"
	failed   = "FAILED"
	killed   = "KILLED"
)

// status says how a span ended. One that never did was killed, whatever else it says.
func status(s *tree.Span) string {
	switch {
	case s.Unfinished:
		return killed
	case s.Failed:
		return failed
	}
	return finished
}

// finish makes the run of the draft. Points of a metric are sorted by step, then
// time, so that the last one is what MLflow's run list shows.
func (d *Draft) finish() Run {
	d.writeOverflow()
	s := d.run.Span
	r := Run{
		SpanID: s.ID, Name: d.title, Status: status(s), Start: tree.Time(s.Start), End: d.Tally.End(s),
		Params: d.params.values, Tags: d.tags.values,
	}
	if d.Open && (s.Pending || s.PB.GetEndTimeUnixNano() == 0) {
		r.Status, r.End = running, time.Time{}
	}
	if d.above != nil {
		r.ParentSpanID = d.above.run.Span.ID
	}
	if r.Params == nil {
		r.Params = map[string]string{}
	}
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	for _, key := range value.SortedKeys(d.metrics) {
		points := d.metrics[key]
		slices.SortStableFunc(points, func(a, b Metric) int {
			return cmp.Or(cmp.Compare(a.Step, b.Step), a.Time.Compare(b.Time), cmp.Compare(a.Value, b.Value))
		})
		r.Metrics = append(r.Metrics, points...)
	}
	for _, path := range value.SortedKeys(d.files) {
		r.Artifacts = append(r.Artifacts, Artifact{Path: path, Body: d.files[path]})
	}
	return r
}
