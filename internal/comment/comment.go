package comment

import (
	"github.com/technoshare/commentator/internal/job"
)

// Format is a [job.Formatter] of the functions of this package, for the
// pipeline. The zero value is ready.
type Format struct{}

var _ job.Formatter = Format{}

// Messages is the function of that name.
func (Format) Messages(r job.Reply) []job.Message { return Messages(r) }

// Markdown is the function of that name.
func (Format) Markdown(r job.Reply) string { return Markdown(r) }

// Answer is the function of that name.
func (Format) Answer(r job.Reply) string { return Answer(r) }

// Note is the function of that name.
func (Format) Note(r job.Reply, gates job.Report) string { return Note(r, gates) }

// HTML is the function of that name.
func (Format) HTML(r job.Reply) string { return HTML(r) }

// newDocument lays out a reply: the comment, or why there is none.
func newDocument(r job.Reply) document {
	if r.Outcome == job.OutcomeSuccess {
		return commentDocument(r)
	}
	return problemDocument(r)
}
