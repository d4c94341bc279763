package deliver

import (
	"context"
	"fmt"
	"strings"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Part is a part of a trace as people see it in MLflow.
type Part string

// The parts that a server may not take while it takes all others.
const (
	PartTrace     Part = "trace"     // its spans, or what belongs to it beside them
	PartRunData   Part = "run data"  // params, metrics and tags
	PartArtifacts Part = "artifacts" // files of runs
)

// Missing says what a delivery left out because this server does not take it, now or
// the next time, although all else is there.
type Missing struct {
	Part   Part
	Count  int    // of artifacts, params and so on; 1 for a trace
	Reason string // the server's words about the first, or what to change on it
}

func (m Missing) String() string {
	if m.Part == PartTrace {
		return "trace: " + m.Reason
	}
	return fmt.Sprintf("%s (%d): %s", m.Part, m.Count, m.Reason)
}

// Incomplete says in one line what the server does not take: parts, and single spans.
// It is empty when all of the trace is there.
func (r Result) Incomplete() string {
	var all []string
	for _, m := range r.Missing {
		all = append(all, m.String())
	}
	if n := len(r.Poison); n > 0 {
		all = append(all, fmt.Sprintf("%d%s%q (span id %x): %s",
			n, spansRefused, r.Poison[0].GetName(), r.Poison[0].GetSpanId(), r.PoisonReason))
	}
	return strings.Join(all, "; ")
}

// deliveredBut begins the reason of a dead letter that is on the server but for parts,
// and spansRefused is in it where spans of its trace are missing.
const (
	deliveredBut = "delivered, but for "
	spansRefused = " spans refused, first "
)

// IsIncomplete reports whether the reason of a dead letter says that all of the trace
// is on the server but for parts which the server does not take (Result.Missing).
// It does not hold where spans were refused, nor for a trace that is not there.
func IsIncomplete(reason string) bool {
	return strings.HasPrefix(reason, deliveredBut) && !strings.Contains(reason, spansRefused)
}

// miss takes note of n things that are left out. Of the reasons of one part the first
// is kept.
func (j *job) miss(p Part, n int, reason string) {
	for i := range j.result.Missing {
		if m := &j.result.Missing[i]; m.Part == p {
			m.Count += n
			return
		}
	}
	j.result.Missing = append(j.result.Missing, Missing{Part: p, Count: n, Reason: reason})
}

// tagIncomplete says on the first run what of the trace the server does not take, and
// takes it back where an earlier delivery said so and all is there now.
func (j *job) tagIncomplete() error {
	if len(j.planned) == 0 || j.planned[0].skipped {
		return nil
	}
	root := j.planned[0]
	text := shorten(j.result.Incomplete(), maxIncomplete)
	if text == root.ref.incomplete {
		return nil
	}
	return j.step("tag run "+root.Name, func(ctx context.Context) error {
		if text == "" {
			err := j.d.client.DeleteRunTag(ctx, root.ref.id, mlflowattr.IncompleteTag)
			if mlflow.IsNotFound(err) { // by another delivery of the same trace
				return nil
			}
			return err
		}
		return j.d.client.LogBatch(ctx, root.ref.id, mlflow.Batch{Tags: []mlflow.Tag{{Key: mlflowattr.IncompleteTag, Value: text}}})
	})
}

// maxIncomplete bounds, in characters, what a run's tag says about missing parts.
const maxIncomplete = 500
