package eval

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// RowResult is what became of one trial of one row.
type RowResult struct {
	RowID string
	Trial int // from 1
	// Name is that of the row's trace, and what comparisons match: RowID, or with several
	// trials <RowID>#<Trial>.
	Name    string
	TraceID trace.TraceID // zero where nobody records
	// Err is why the task gave no output. Such a row has no scores.
	Err    error
	Scores map[string]Score // by scorer
	// ScoreErrors says why a scorer gave no verdict.
	ScoreErrors map[string]string
	Duration    time.Duration // of the task
	CostUSD     float64       // of task and judges, as far as it is known
	Resumed     bool          // an earlier process ran it

	key string // of the journal
}

// Report is what an evaluation found.
type Report struct {
	Name    string
	Dataset string
	// TraceID and SpanID are those of the evaluation's root span, by which its run is found in
	// MLflow: tags.`otel.trace_id` = '…'.
	TraceID trace.TraceID
	SpanID  trace.SpanID
	// Digest of the rows that were there.
	Digest string
	// Rows are those that ran, in the order of the dataset.
	Rows []RowResult
	// Expected is how many rows there are, a trial each. Those that are not in Rows were not
	// begun: see Missing.
	Expected int
	// Left is how many rows of an earlier process, a trial each, the journal has that this one was not given, as after
	// go test -run of some rows alone.
	Left int
	// Means of each scorer over the rows that have a verdict, and how many those are.
	Means    map[string]float64
	Judged   map[string]int
	Errors   map[string]int // verdicts that a scorer could not give
	Failed   int            // rows whose task failed
	CostUSD  float64
	Duration time.Duration // of this process
}

// Missing is how many rows did not run.
func (r Report) Missing() int { return r.Expected - len(r.Rows) }

// Scores returns the values of a scorer by the name of the row, for a comparison.
func (r Report) Scores(scorer string) map[string]float64 {
	out := map[string]float64{}
	for _, row := range r.Rows {
		if s, ok := row.Scores[scorer]; ok {
			out[row.Name] = s.Value
		}
	}
	return out
}

// sum fills in what follows from the rows.
func (r *Report) sum() {
	r.Means, r.Judged, r.Errors = map[string]float64{}, map[string]int{}, map[string]int{}
	for _, row := range r.Rows {
		r.CostUSD += row.CostUSD
		if row.Err != nil {
			r.Failed++
		}
		for name := range row.ScoreErrors {
			r.Errors[name]++
		}
		for name, s := range row.Scores {
			r.Means[name] += s.Value
			r.Judged[name]++
		}
	}
	for name, n := range r.Judged {
		r.Means[name] /= float64(n)
	}
}

// BudgetError says that an evaluation ended early as its budget was spent. The report holds
// the rows that ran; with a journal another run goes on.
type BudgetError struct {
	What    string // cost or time, with the bound
	Missing int    // rows that were not begun
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%s is spent, %d rows were not begun", e.What, e.Missing)
}

// IsBudget reports whether an evaluation ended early as its budget was spent.
func IsBudget(err error) bool {
	_, ok := errors.AsType[*BudgetError](err)
	return ok
}

// rowError brings the error of a task back that a journal holds as text.
type rowError string

func (e rowError) Error() string { return string(e) }
