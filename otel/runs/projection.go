package runs

import (
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Status of a run, in MLflow's own words (mlflow.entities.RunStatus).
type Status string

// The states a run can be in. A run whose span never ended is Killed; in a trace that is
// under way (ReadOpen) it is Running.
const (
	Running  Status = "RUNNING"
	Finished Status = "FINISHED"
	Failed   Status = "FAILED"
	Killed   Status = "KILLED"
)

// Projection is what one trace becomes.
type Projection struct {
	TraceID trace.TraceID
	// Runs holds parents before their children, siblings by start time.
	// A trace with several local roots has several runs without a parent.
	Runs []Run
	// Trace is what OTLP cannot carry to MLflow about the trace itself.
	Trace TraceInfo
	// Version holds the params of the first run by which Rules.VersionParams tell one version of
	// the program from another, in that order; nil where the rules name none.
	Version []Param
	// MemberOf is the evaluation of which the trace is a row, shown by its trace alone. Runs are
	// then what the row becomes on a server that has no traces to show it by.
	MemberOf *Membership
	// Notes says what was shortened, renamed or left out, one sentence each.
	Notes []string
}

// Run is one MLflow run, still without its id.
type Run struct {
	SpanID       trace.SpanID // the run's own span, unique in the trace
	ParentSpanID trace.SpanID // span of the parent run; zero for a root
	Name         string
	Status       Status
	Start, End   time.Time // UTC; End is zero while Running
	Params       map[string]string
	Metrics      []Metric // sorted by key, then step
	Tags         map[string]string
	Artifacts    []Artifact  // sorted by path
	Evaluation   *Evaluation // nil for any other run
}

// Param is one param of a run.
type Param struct{ Key, Value string }

// Metric is one point. Time is derived from the span's end, so that sending a
// metric again changes nothing (MLflow keys metric rows by all four fields).
type Metric struct {
	Key   string
	Value float64
	Time  time.Time
	Step  int64
}

// Artifact is a file of a run. Path is relative and uses forward slashes.
type Artifact struct {
	Path string
	Body []byte
}

// TraceInfo feeds POST 3.0/mlflow/traces.
type TraceInfo struct {
	Name                            string
	Start                           time.Time
	Duration                        time.Duration
	State                           string // OK, ERROR or IN_PROGRESS
	RequestPreview, ResponsePreview string // plain text, at most 1,000 characters
	ClientRequestID                 string
	SessionID, UserID               string
	Tags                            map[string]string
	Metadata                        map[string]string // without run and model ids, which only delivery knows
	Assessments                     []Assessment
	// TokenUsage and Cost are the sums of the trace in MLflow's JSON, as its metadata
	// holds them; empty when the trace has none. The server makes its own of the spans.
	TokenUsage, Cost string
}

// Assessment is a judgement on a trace or one of its spans, or what would be right. ID is
// derived from trace, span and name, which makes sending it again an update.
type Assessment struct {
	ID         string // "a-" and 32 hex digits
	Name       string
	SpanID     trace.SpanID // zero: the trace
	SourceType string       // CODE, LLM_JUDGE or HUMAN
	SourceID   string
	Value      any // bool, float64 or string; of an expectation any JSON; nil where Error says why
	Rationale  string
	// Expectation says that Value is what would be right.
	Expectation bool
	// Error is the kind of error for which there is no value, Rationale what happened.
	Error string
}
