package isolate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/pdf"
	"github.com/technoshare/commentator/internal/sandbox"
)

// Argument is the argument by which a program is a child: it has to call [Child] and do nothing
// else then.
const Argument = "retrieval-child"

// Child is the whole life of a child process. Its error is that of a process whose parent is not
// this package.
func Child() error {
	c := &child{}
	return sandbox.Serve(c.handle)
}

// child does one request at a time.
type child struct {
	retriever *evidence.Retriever
	web       *web
}

// handle does a request. What fails without an answer of its own ends the process, and its parent
// sees that.
func (c *child) handle(ctx context.Context, parent *sandbox.Parent, m sandbox.Message) sandbox.Message {
	answer, err := c.do(ctx, parent, m)
	if err != nil {
		panic(err)
	}
	return answer
}

func (c *child) do(ctx context.Context, parent *sandbox.Parent, m sandbox.Message) (sandbox.Message, error) {
	r, err := open[request](m)
	if err != nil {
		return sandbox.Message{}, err
	}
	switch r.Do {
	case setUp:
		return sandbox.Message{}, c.setUp(parent, r.Settings)
	case compilePDF:
		return sandbox.Message{}, pdf.Compile(ctx, r.Dir)
	}
	if c.retriever == nil {
		return sandbox.Message{}, errors.New("a request comes before the settings")
	}
	switch r.Do {
	case retrieve:
		return toAnswer(c.retriever.Retrieve(ctx, string(r.URL)))
	case extract:
		return toAnswer(c.retriever.Extract(ctx, m.Body, string(r.ContentType), string(r.URL)))
	}
	return sandbox.Message{}, fmt.Errorf("%q is not known", r.Do)
}

// setUp makes the retriever, and has it read a small page: what is made at the first use is made
// before there is a page to wait for it.
func (c *child) setUp(parent *sandbox.Parent, s *settings) error {
	if s == nil {
		return errors.New("there are no settings")
	}
	c.web = &web{parent}
	r, err := evidence.NewOver(evidence.Config{
		Rules: s.Rules, Snippets: s.Snippets, APIs: s.APIs, PDFCode: c.web.pdfCode, UsedCPU: usedCPU(),
	}, c.web)
	if err != nil {
		return err
	}
	c.retriever = r
	_, _ = r.Extract(context.Background(), []byte(warmUp), "text/html", "https://example.com/") // its text matters to nobody
	return nil
}

// warmUp is a page that goes through the whole of the reader.
const warmUp = `<!doctype html><html lang="en"><head><title>A page</title><meta name="description" content="A page."></head><body>
<article><h1>A page</h1><p>This page has some sentences, so that there is something to read. They are in English, and there are
enough of them to be taken for the content of a page.</p><table><tr><td>1</td><td>2</td></tr></table></article></body></html>`

// usedCPU is nil where the processor time is not known.
func usedCPU() func() time.Duration {
	if sandbox.UsedCPU() == 0 {
		return nil
	}
	return sandbox.UsedCPU
}

// web reaches the network by the parent. It implements [fetch.Getter].
type web struct{ parent *sandbox.Parent }

// Get implements [fetch.Getter]. The parent keeps the deadline of ctx, and says what it says.
func (w *web) Get(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	left := time.Duration(0)
	wait := ctx
	if at, ok := ctx.Deadline(); ok {
		left = max(time.Until(at), 1)
		var cancel context.CancelFunc
		wait, cancel = context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		stop := context.AfterFunc(ctx, func() {
			if errors.Is(ctx.Err(), context.Canceled) {
				cancel()
			}
		})
		defer stop()
	}
	m, err := toCall(r, left)
	if err != nil {
		return nil, err
	}
	m, err = w.parent.Call(wait, m)
	if err != nil {
		e := fetch.NewError(fetch.Canceled, r.URL, "the fetch was cancelled", "")
		e.Err = err
		return nil, e
	}
	return fromReply(m)
}

// pdfCode asks where the PDF reader's code is. The parent has it compiled where it is missing.
func (w *web) pdfCode(ctx context.Context) (string, error) {
	m, err := message(call{Do: pdfCode}, nil)
	if err != nil {
		return "", err
	}
	if m, err = w.parent.Call(ctx, m); err != nil {
		return "", err
	}
	r, err := open[reply](m)
	switch {
	case err != nil:
		return "", err
	case r.Error != nil:
		return "", r.Error.err()
	}
	return r.Dir, nil
}
