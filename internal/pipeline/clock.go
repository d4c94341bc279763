package pipeline

import (
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// stageClock reports a stage's end to the observer, once: by done or by failed.
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

// failed reports a stage that could not do its work.
func (s stageClock) failed(err error) {
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Err: err})
}
