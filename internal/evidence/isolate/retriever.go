package isolate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/sandbox"
)

// The limits of a page. A page of 5 MiB that is one table, with 800,000 nodes, is read within them. What
// counts is mapped memory, of which a Go program has 92 MB before it does anything, mostly unused: a
// child at its limit has some 190 MB in use, 40 of them the program's, which it shares with the worker.
const (
	maxMemory = 224 << 20
	maxCPU    = 15 * time.Second
	maxBody   = 20 << 20 // of what is fetched
	maxHead   = 1 << 20  // of what stands before a body
	maxAnswer = 16 << 20 // of what comes back; evidence is 2 MiB of text and what is known of it
)

// maxTime bounds the time of a page, without that of fetches. Where processor time is bounded, it is for a
// child that hangs: how long a page takes on a busy machine says nothing about the page.
func maxTime() time.Duration {
	if usedCPU() == nil {
		return 30 * time.Second
	}
	return 2 * time.Minute
}

// Config is what a [Retriever] is made of.
type Config struct {
	Evidence evidence.Config
	// Most is the number of pages read at once, at least 1; Idle the number of processes kept
	// waiting for one.
	Most, Idle int
	// Body is the largest body given to Extract, in bytes, where that is larger than what is
	// fetched. Limits grow with it.
	Body int64
	// Command is the program that calls [Child], with its arguments; nil for this program with
	// [Argument].
	Command []string
	// PDFCode is a folder with the PDF reader's code, compiled beforehand by [pdf.Compile]. It is only
	// read, and need not exist; code for another processor is as none.
	PDFCode string
	// Logger is told of what is no caller's error; nil tells nobody.
	Logger *slog.Logger
}

// Retriever retrieves evidence in child processes. It implements [job.Retriever] and is safe for
// concurrent use; Close it.
type Retriever struct {
	client *fetch.Client
	pool   *sandbox.Pool
	code   *code
	tracer trace.Tracer
}

// New returns a Retriever, or an error that names the setting that cannot be used. It begins to
// start the idle processes and does not wait for them.
func New(c Config) (*Retriever, error) {
	client, err := evidence.NewClient(c.Evidence)
	if err != nil {
		return nil, err
	}
	setup, err := message(request{Do: setUp, Settings: &settings{
		Rules: c.Evidence.Rules, Snippets: c.Evidence.Snippets, APIs: c.Evidence.APIs,
	}}, nil)
	if err != nil {
		return nil, err
	}
	if c.Command == nil {
		c.Command = []string{"", Argument}
	}
	body := max(c.Body, maxBody)
	pool, err := sandbox.New(sandbox.Config{
		Command: c.Command, Most: c.Most, Idle: c.Idle, Setup: setup, Logger: c.Logger,
		Limits: sandbox.Limits{
			Memory: maxMemory + 4*(body-maxBody), CPU: maxCPU, Time: maxTime(), Request: body + maxHead, Answer: maxAnswer,
		},
	})
	if err != nil {
		client.Close()
		return nil, fmt.Errorf("evidence settings: %w", err)
	}
	return &Retriever{
		client: client, pool: pool, code: newCode(c.Command, c.PDFCode, evidence.PDFCodeDir(c.Evidence.CacheDir), c.Logger),
		tracer: newTracer(c.Evidence.TracerProvider),
	}, nil
}

// Close ends all processes and drops idle connections. Calls that run end with an error.
func (r *Retriever) Close() error {
	err := r.pool.Close()
	r.code.close()
	r.client.Close()
	return err
}

// Children counts what became of the processes that read pages. It is safe to call at any time.
func (r *Retriever) Children() sandbox.Stats { return r.pool.Stats() }

// Retrieve is that of [evidence.Retriever].
func (r *Retriever) Retrieve(ctx context.Context, rawURL string) (*job.Evidence, error) {
	return r.do(ctx, rawURL, request{Do: retrieve, URL: []byte(rawURL)}, nil)
}

// Extract is that of [evidence.Retriever].
func (r *Retriever) Extract(ctx context.Context, body []byte, contentType, pageURL string) (*job.Evidence, error) {
	return r.do(ctx, pageURL, request{Do: extract, URL: []byte(pageURL), ContentType: []byte(contentType)}, body)
}

// do has a child do a request.
func (r *Retriever) do(ctx context.Context, rawURL string, head request, body []byte) (*job.Evidence, error) {
	m, err := message(head, body)
	if err != nil {
		return evidence.Failed(rawURL, err)
	}
	work := r.begin(ctx)
	m, err = r.pool.Do(ctx, m, work.serve)
	work.end(rawURL, err)
	var e *sandbox.Error
	switch {
	case errors.As(err, &e):
		r.code.doubt()
		return evidence.Failed(rawURL, explain(rawURL, e))
	case err != nil:
		return evidence.Failed(rawURL, err)
	}
	ev, err := fromAnswer(m)
	if ev == nil {
		return evidence.Failed(rawURL, err)
	}
	return ev, err
}

// explain says what the end of a child means for the page.
func explain(link string, e *sandbox.Error) error {
	const (
		hint    = "share another link or paste the text"
		machine = "look at the limits on processes and memory of this machine"
	)
	var err *fetch.Error
	switch e.Cause {
	case sandbox.Memory:
		err = fetch.NewError(fetch.TooComplex, link,
			fmt.Sprintf("reading the page takes more memory than the %d MB that a page may take", maxMemory/1_000_000), hint)
	case sandbox.CPU:
		err = fetch.NewError(fetch.ParserTimeout, link, fmt.Sprintf("reading the page takes a processor longer than %s", maxCPU), hint)
	case sandbox.Time:
		err = fetch.NewError(fetch.ParserTimeout, link, fmt.Sprintf("reading the page did not end within %s", maxTime()), hint)
	case sandbox.Output:
		err = fetch.NewError(fetch.TooComplex, link, "what was read of the page is more than a page may give", hint)
	case sandbox.Killed: // which says nothing about the page
		err = fetch.NewError(fetch.NoProcess, link,
			"the process that read the page was ended twice from outside, mostly for want of memory", machine)
	case sandbox.Start:
		err = fetch.NewError(fetch.NoProcess, link, "no process could be started that reads the page", machine)
	default:
		err = fetch.NewError(fetch.ParserFailed, link, "the program that reads pages failed at this one", hint)
	}
	err.Err = e
	return err
}

// serve does a child's call.
func (r *Retriever) serve(ctx context.Context, m sandbox.Message) sandbox.Message {
	answer, err := r.answer(ctx, m)
	if err != nil {
		return failed(err)
	}
	return answer
}

// answer is the reply to a call. An error becomes one there.
func (r *Retriever) answer(ctx context.Context, m sandbox.Message) (sandbox.Message, error) {
	c, err := open[call](m)
	if err != nil {
		return sandbox.Message{}, err
	}
	switch c.Do {
	case get:
		if c.Left > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, c.Left)
			defer cancel()
		}
		return toReply(r.client.Get(ctx, c.Request.fetch()))
	case pdfCode:
		dir, err := r.code.folder(ctx)
		if err != nil {
			return sandbox.Message{}, err
		}
		return message(reply{Dir: dir}, nil)
	}
	return sandbox.Message{}, fmt.Errorf("%q is not known", c.Do)
}

// failed is the reply with an error.
func failed(err error) sandbox.Message {
	m, _ := message(reply{Error: toFailure(err, true)}, nil) // strings and numbers can be written
	return m
}
