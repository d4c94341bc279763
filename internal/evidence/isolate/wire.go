package isolate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/sandbox"
)

// operation is what a request or a call asks for.
type operation string

const (
	// Of the parent.
	setUp      operation = "set_up"      // take the settings
	retrieve   operation = "retrieve"    // evidence of a link
	extract    operation = "extract"     // evidence of the body
	compilePDF operation = "compile_pdf" // put the PDF reader's code into a folder

	// Of the child.
	get     operation = "get"      // fetch
	pdfCode operation = "pdf_code" // say where the PDF reader's code is
)

// request is the head of a request.
type request struct {
	Do          operation
	URL         []byte // as it is, in whatever encoding
	ContentType []byte
	Settings    *settings // of setUp
	Dir         string    // of compilePDF
}

// settings are what a child has to know. They hold no token.
type settings struct {
	Rules    []byte
	Snippets evidence.SnippetRules
	APIs     evidence.APIs
}

// answer is the head of an answer; the text of the evidence is its body.
type answer struct {
	Evidence    *job.Evidence
	Lead        int
	PageOffsets []int
	Error       *failure
}

// call is the head of a call.
type call struct {
	Do      operation
	Request getRequest
	// Left is how long the child waits, 0 for as long as it takes.
	Left time.Duration
}

// getRequest is a [fetch.Request]. Addresses and headers may be in any encoding.
type getRequest struct {
	URL, Accept                     []byte
	Header                          headers
	Credential                      string
	MaxBytes, MaxFileBytes          int64
	Truncate, NoRedirect, AnyStatus bool
}

// reply is the head of the answer to a call; the body of a [fetch.Response] is its body.
type reply struct {
	Dir      string // of pdfCode
	Response *getResponse
	Error    *failure
}

// getResponse is a [fetch.Response] without its body.
type getResponse struct {
	URL, FinalURL, ContentType []byte
	Status                     int
	Header                     headers
	FetchedAt                  time.Time
	FromCache                  bool
	Truncated, BrokeOff        bool
}

// headers are those of a request or an answer.
type headers map[string][][]byte

func toHeaders(h map[string][]string) headers {
	if h == nil {
		return nil
	}
	out := make(headers, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], []byte(v))
		}
	}
	return out
}

func (h headers) http() map[string][]string {
	if h == nil {
		return nil
	}
	out := make(map[string][]string, len(h))
	for name, values := range h {
		for _, v := range values {
			out[name] = append(out[name], string(v))
		}
	}
	return out
}

// failure is a [*fetch.Error].
type failure struct {
	Reason            fetch.Reason
	URL, Detail, Hint string
	Status            int
	After             time.Duration
	Cause             string // the text of Err
	End               string // of which of the errors of a context Err is one
}

// The ends of a context, on the wire.
const (
	endCanceled = "canceled"
	endDeadline = "deadline"
)

// maxCause bounds the text of a cause, in bytes.
const maxCause = 1 << 10

// toFailure makes err ready to be sent. cause says that the text of its cause may go along, which in a
// transport's error may hold secrets.
func toFailure(err error, cause bool) *failure {
	if err == nil {
		return nil
	}
	var e *fetch.Error
	if !errors.As(err, &e) {
		e = &fetch.Error{Reason: fetch.ParserFailed, Detail: "the page could not be read", Err: err}
	}
	f := &failure{Reason: e.Reason, URL: e.URL, Detail: e.Detail, Hint: e.Hint, Status: e.Status, After: e.After}
	if e.Err != nil && cause {
		f.Cause = e.Err.Error()
		f.Cause = f.Cause[:min(len(f.Cause), maxCause)]
	}
	switch {
	case errors.Is(e.Err, context.DeadlineExceeded):
		f.End = endDeadline
	case errors.Is(e.Err, context.Canceled):
		f.End = endCanceled
	}
	return f
}

// err is the error again.
func (f *failure) err() error {
	e := &fetch.Error{Reason: f.Reason, URL: f.URL, Detail: f.Detail, Hint: f.Hint, Status: f.Status, After: f.After}
	switch {
	case f.End == endDeadline:
		e.Err = context.DeadlineExceeded
	case f.End == endCanceled:
		e.Err = context.Canceled
	case f.Cause != "":
		e.Err = errors.New(f.Cause)
	}
	return e
}

// message makes a message of a head and a body.
func message(head any, body []byte) (sandbox.Message, error) {
	b, err := json.Marshal(head)
	if err != nil {
		return sandbox.Message{}, fmt.Errorf("write message: %w", err)
	}
	return sandbox.Message{Head: b, Body: body}, nil
}

// open reads the head of a message.
func open[T any](m sandbox.Message) (head T, err error) {
	if err := json.Unmarshal(m.Head, &head); err != nil {
		return head, fmt.Errorf("read message: %w", err)
	}
	return head, nil
}

// toAnswer is the answer with evidence or an error, mostly both.
func toAnswer(ev *job.Evidence, err error) (sandbox.Message, error) {
	a := answer{Error: toFailure(err, true)}
	var body []byte
	if ev != nil {
		own := *ev
		a.Lead, a.PageOffsets, body, own.Text = ev.Lead, ev.PageOffsets, []byte(ev.Text), ""
		a.Evidence = &own
	}
	return message(a, body)
}

// fromAnswer is what an answer holds.
func fromAnswer(m sandbox.Message) (*job.Evidence, error) {
	a, err := open[answer](m)
	if err != nil {
		return nil, err
	}
	if a.Evidence != nil {
		a.Evidence.Lead, a.Evidence.PageOffsets, a.Evidence.Text = a.Lead, a.PageOffsets, string(m.Body)
	}
	if a.Error != nil {
		return a.Evidence, a.Error.err()
	}
	if a.Evidence == nil {
		return nil, errors.New("an answer without evidence")
	}
	return a.Evidence, nil
}

// toCall is the call for a fetch.
func toCall(r fetch.Request, left time.Duration) (sandbox.Message, error) {
	return message(call{Do: get, Left: left, Request: getRequest{
		URL: []byte(r.URL), Accept: []byte(r.Accept), Header: toHeaders(r.Header), Credential: r.Credential,
		MaxBytes: r.MaxBytes, MaxFileBytes: r.MaxFileBytes,
		Truncate: r.Truncate, NoRedirect: r.NoRedirect, AnyStatus: r.AnyStatus,
	}}, nil)
}

// fetch is the request again. Bounds beyond those of any reader are lowered to them.
func (r getRequest) fetch() fetch.Request {
	return fetch.Request{
		URL: string(r.URL), Accept: string(r.Accept), Header: r.Header.http(), Credential: r.Credential,
		MaxBytes: min(r.MaxBytes, maxBody), MaxFileBytes: min(r.MaxFileBytes, maxBody),
		Truncate: r.Truncate, NoRedirect: r.NoRedirect, AnyStatus: r.AnyStatus,
	}
}

// toReply is the answer to a fetch.
func toReply(res *fetch.Response, err error) (sandbox.Message, error) {
	if err != nil {
		return message(reply{Error: toFailure(err, false)}, nil)
	}
	return message(reply{Response: &getResponse{
		URL: []byte(res.URL), FinalURL: []byte(res.FinalURL.String()), ContentType: []byte(res.ContentType), Status: res.Status,
		Header: toHeaders(res.Header), FetchedAt: res.FetchedAt, FromCache: res.FromCache,
		Truncated: res.Truncated, BrokeOff: res.BrokeOff,
	}}, res.Body)
}

// fromReply is what a reply to a fetch holds.
func fromReply(m sandbox.Message) (*fetch.Response, error) {
	r, err := open[reply](m)
	if err != nil {
		return nil, err
	}
	if r.Error != nil {
		return nil, r.Error.err()
	}
	if r.Response == nil {
		return nil, errors.New("an answer without a response")
	}
	final, err := url.Parse(string(r.Response.FinalURL))
	if err != nil {
		return nil, fmt.Errorf("read the address of a response: %w", err)
	}
	return &fetch.Response{
		URL: string(r.Response.URL), FinalURL: final, ContentType: string(r.Response.ContentType), Status: r.Response.Status,
		Header: r.Response.Header.http(), FetchedAt: r.Response.FetchedAt, FromCache: r.Response.FromCache,
		Truncated: r.Response.Truncated, BrokeOff: r.Response.BrokeOff, Body: m.Body,
	}, nil
}
