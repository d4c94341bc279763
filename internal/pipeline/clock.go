package pipeline

import (
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"
)

// stageClock reports a stage's end to the observer, once: by done, skipped or failed.
type stageClock struct {
	observe   func(job.Event)
	job, name string
	began     time.Time
}

// done reports a stage that did its work, with a detail for people. That its
// verdict was bad, as with the gates, is no failure of the stage.
func (s stageClock) done(format string, args ...any) {
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Detail: fmt.Sprintf(format, args...)})
}

// skipped reports a stage that had nothing to do, and why.
func (s stageClock) skipped(why string) {
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Skipped: true, Duration: time.Since(s.began), Detail: why})
}

// failed reports a stage that could not do its work, to the observer and on its span. Who ends the
// span stays the caller.
func (s stageClock) failed(span trace.Span, err error) {
	span.SetAttributes(job.ErrorKey.String(err.Error()))
	genai.MarkFailed(span, err, errorType(err))
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Err: err})
}
