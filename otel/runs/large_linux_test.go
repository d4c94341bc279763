package runs

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// TestLargeTracesStayLinear: a trace of 30,000 spans was seen in the wild. The bound is
// far above what is needed, and far below what squaring would take. It is on processor
// time, which a busy machine does not stretch.
func TestLargeTracesStayLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, td := range map[string]*tracepb.TracesData{"wide": wide(20_000), "deep": deep(20_000)} {
		before := processorTime(t)
		p := one(t, td, Rules{})
		if took := processorTime(t) - before; took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		if len(p.Runs) > 51 {
			t.Errorf("%s: %d runs", name, len(p.Runs))
		}
	}
	if p := one(t, deep(20_000), Rules{}); metrics(p.Runs[0])["llm_call_count"] != 1 || metrics(p.Runs[0])["error_count"] != 1 {
		t.Errorf("a chain of wrappers is one call: %v", metrics(p.Runs[0]))
	}
}

// processorTime is what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestManyJudgementsStayLinear: 100,000 evaluation events took 19 s, most of it in looking
// for verdicts of the same name.
func TestManyJudgementsStayLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 100_000
	events := make([]event, n)
	for i := range events {
		events[i] = event{Name: "gen_ai.evaluation.result", At: uint64(i), Attrs: m{
			"gen_ai.evaluation.name":        "quality " + strconv.Itoa(i),
			"gen_ai.evaluation.score.value": float64(i),
		}}
	}
	td := traceOf(span{Name: "job", To: n, Events: events})
	before := processorTime(t)
	p := one(t, td, Rules{Limits: Limits{Metrics: 20_000}})
	if took := processorTime(t) - before; took > 12*time.Second {
		t.Errorf("%v", took)
	}
	if len(p.Trace.Assessments) != maxAssessments ||
		!slices.ContainsFunc(p.Notes, func(s string) bool { return strings.Contains(s, "assessments") }) {
		t.Errorf("%d assessments, notes %q", len(p.Trace.Assessments), p.Notes)
	}
}
