package main

import (
	"context"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
)

// maskStages takes secrets out of the errors of the stages, which go into spans,
// reports, the queue's database and threads. Servers repeat secrets in errors.
// Gates and the formatter ask no server, so that their texts have none.
func maskStages(s pipeline.Stages, m *config.Masker) pipeline.Stages {
	s.Retriever, s.Analyst = maskedRetriever{s.Retriever, m}, maskedAnalyst{s.Analyst, m}
	if s.Extracts != nil {
		s.Extracts = maskedAnalyst{s.Extracts, m}
	}
	if s.Answerer != nil {
		s.Answerer = maskedAnswerer{s.Answerer, m}
	}
	if s.Poster != nil {
		s.Poster = maskedPoster{s.Poster, m}
	}
	return s
}

// maskedError is an error with another text. The text is fixed when the error
// is made: the masker need not be kept with it.
type maskedError struct {
	error
	text string
}

// Error returns the text without secrets.
func (e maskedError) Error() string { return e.text }

// Unwrap returns the error itself, so that its type and hints are found.
func (e maskedError) Unwrap() error { return e.error }

// maskError returns the error as it is where its text holds no secret.
func maskError(err error, m *config.Masker) error {
	if err == nil {
		return nil
	}
	if text := m.Mask(err.Error()); text != err.Error() {
		return maskedError{err, text}
	}
	return err
}

type maskedRetriever struct {
	job.Retriever
	mask *config.Masker
}

// Retrieve masks the error and what the evidence notes of errors on the way.
func (r maskedRetriever) Retrieve(ctx context.Context, url string) (*job.Evidence, error) {
	ev, err := r.Retriever.Retrieve(ctx, url)
	if ev != nil {
		for i, note := range ev.Errors {
			ev.Errors[i] = r.mask.Mask(note)
		}
	}
	return ev, maskError(err, r.mask)
}

type maskedAnalyst struct {
	job.Analyst
	mask *config.Masker
}

// Analyze masks the error.
func (a maskedAnalyst) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	res, err := a.Analyst.Analyze(ctx, ev)
	return res, maskError(err, a.mask)
}

type maskedAnswerer struct {
	job.Answerer
	mask *config.Masker
}

// Answer masks the error.
func (a maskedAnswerer) Answer(ctx context.Context, ev *job.Evidence, question string) (*job.Analysis, error) {
	res, err := a.Answerer.Answer(ctx, ev, question)
	return res, maskError(err, a.mask)
}

type maskedPoster struct {
	job.Poster
	mask *config.Masker
}

// Post masks the error.
func (p maskedPoster) Post(ctx context.Context, j job.Job, messages []job.Message) (job.Posted, error) {
	posted, err := p.Poster.Post(ctx, j, messages)
	return posted, maskError(err, p.mask)
}
