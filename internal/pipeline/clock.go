package pipeline

import (
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// stageClock reports a stage's end to the observer.
type stageClock struct {
	observe   func(job.Event)
	job, name string
	began     time.Time
}

func (s stageClock) done(format string, args ...any) {
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Detail: fmt.Sprintf(format, args...)})
}

func (s stageClock) failed(err error) {
	s.observe(job.Event{JobID: s.job, Stage: s.name, Done: true, Duration: time.Since(s.began), Err: err})
}
