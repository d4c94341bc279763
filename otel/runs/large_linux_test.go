package runs

import (
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
