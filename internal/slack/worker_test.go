package slack

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// TestAnAttemptThatWasHandedBackIsNotSaidToHaveEnded: a shutdown cut it, and the next start
// ends it.
func TestAnAttemptThatWasHandedBackIsNotSaidToHaveEnded(t *testing.T) {
	for handedBack, want := range map[bool]string{true: "link left to another process", false: "link ended in an error"} {
		var out bytes.Buffer
		b := &Bot{settings: settings{log: slog.New(slog.NewTextHandler(&out, nil))}, api: newWebAPI("xoxb-1", "xapp-1", "http://127.0.0.1:1/api/")}
		w := b.Worker(func(context.Context, job.Job) job.Result {
			return job.Result{Outcome: job.OutcomeError, Err: context.Canceled, HandedBack: handedBack}
		}, nil, nil)
		if v := w.link(t.Context(), job.Attempt{Final: true}); v.Err == nil {
			t.Error("without an error")
		}
		if got := out.String(); strings.Count(got, "level=ERROR") != map[bool]int{true: 0, false: 1}[handedBack] || !strings.Contains(got, want) {
			t.Errorf("handed back %v: %s", handedBack, got)
		}
	}
}
