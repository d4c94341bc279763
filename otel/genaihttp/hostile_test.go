package genaihttp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// base is a round tripper made of a function.
type base func(*http.Request) (*http.Response, error)

func (f base) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// over returns the transport over a base, and the spans that it makes.
func over(b base) (http.RoundTripper, *ended) {
	spans := newEnded()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	return genaihttp.NewTransport(b, genaihttp.WithTracerProvider(provider)), spans
}

func modelCall(t *testing.T, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

const answerOK = `{"id":"1","model":"gpt-4o-mini","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`

func answering(body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// rewound is a body whose GetBody gives no copy but the body itself, as Azure's azcore has it.
type rewound struct {
	*bytes.Reader
	closed bool
}

func (r *rewound) Read(p []byte) (int, error) {
	if r.closed {
		return 0, errors.New("read after close")
	}
	return r.Reader.Read(p)
}

func (r *rewound) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{r}) }

func (r *rewound) Close() error { r.closed = true; return nil }

func (r *rewound) start() (*rewound, error) {
	_, err := r.Seek(0, io.SeekStart)
	return r, err
}

func TestABodyThatIsItsOwnCopyIsSentWhole(t *testing.T) {
	short := `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}`
	long := `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"` + strings.Repeat("a", 2<<20) + `"}]}`
	for name, c := range map[string]struct {
		url, body string
		get       func(*rewound) (io.ReadCloser, error)
	}{
		"the body":               {"https://api.openai.com/v1/chat/completions", short, func(r *rewound) (io.ReadCloser, error) { return r.start() }},
		"below a closer":         {"https://api.openai.com/v1/chat/completions", short, nopCloser},
		"long":                   {"https://api.openai.com/v1/chat/completions", long, nopCloser},
		"long, looked through":   {"http://localhost/v1/messages", long, func(r *rewound) (io.ReadCloser, error) { return r.start() }},
		"short, of no sure kind": {"http://localhost/v1/messages", short, nopCloser},
	} {
		sent := ""
		tr, spans := over(func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			sent = string(b)
			return answering(answerOK), errors.Join(err, r.Body.Close())
		})
		body := &rewound{Reader: bytes.NewReader([]byte(c.body))}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = int64(len(c.body))
		req.GetBody = func() (io.ReadCloser, error) { return c.get(body) }
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if sent != c.body {
			t.Errorf("%s: %d of %d bytes were sent", name, len(sent), len(c.body))
		}
		if got := spans.Ended(); len(got) != 1 || value(got[0], "gen_ai.request.model") != "gpt-4o-mini" {
			t.Errorf("%s: %d spans", name, len(got))
		}
	}
}

// listed is a body that == panics on.
type listed struct {
	io.ReadCloser
	_ []string
}

// TestABodyThatCannotBeHadTwiceIsSentAsItIs.
func TestABodyThatCannotBeHadTwiceIsSentAsItIs(t *testing.T) {
	for name, get := range map[string]func() (io.ReadCloser, error){
		"nothing":  func() (io.ReadCloser, error) { return nil, nil },
		"an error": func() (io.ReadCloser, error) { return nil, errors.New("gone") },
		"less":     func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("{")), nil },
		"a type that cannot be compared": func() (io.ReadCloser, error) {
			return listed{ReadCloser: io.NopCloser(strings.NewReader(streamRequest))}, nil
		},
	} {
		sent := ""
		tr, _ := over(func(r *http.Request) (*http.Response, error) {
			b, err := io.ReadAll(r.Body)
			sent = string(b)
			return answering(answerOK), err
		})
		req := modelCall(t, streamRequest)
		req.GetBody = get
		if _, err := tr.RoundTrip(req); err != nil || sent != streamRequest {
			t.Errorf("%s: %q was sent, %v", name, sent, err)
		}
	}
}

func nopCloser(r *rewound) (io.ReadCloser, error) {
	_, err := r.start()
	return io.NopCloser(r), err
}

// TestTheBodyOfACallThatIsOverCanBeHadAgain: who tries again begins with the request of the answer.
func TestTheBodyOfACallThatIsOverCanBeHadAgain(t *testing.T) {
	tr, _ := over(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		resp := answering(answerOK)
		resp.Request = r
		return resp, err
	})
	body := `{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("a", 2<<20) + `"}]}`
	resp, err := tr.RoundTrip(modelCall(t, body))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	again, err := resp.Request.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(again); string(b) != body || err != nil {
		t.Errorf("%d of %d bytes, %v", len(b), len(body), err)
	}
}

// TestANilAnswerIsForTheClientToRefuse, which says what the round tripper did wrong.
func TestANilAnswerIsForTheClientToRefuse(t *testing.T) {
	tr, spans := over(func(*http.Request) (*http.Response, error) { return nil, nil })
	_, err := (&http.Client{Transport: tr}).Do(modelCall(t, streamRequest))
	if err == nil || !strings.Contains(err.Error(), "nil *Response") {
		t.Errorf("error %v", err)
	}
	if len(spans.Ended()) != 1 {
		t.Errorf("%d spans", len(spans.Ended()))
	}
}

// TestAPanicOfTheBaseEndsTheSpan, and goes on.
func TestAPanicOfTheBaseEndsTheSpan(t *testing.T) {
	tr, spans := over(func(*http.Request) (*http.Response, error) { panic("base") })
	func() {
		defer func() {
			if p := recover(); p != "base" {
				t.Errorf("panic %v", p)
			}
		}()
		_, _ = tr.RoundTrip(modelCall(t, streamRequest))
	}()
	if got := spans.Ended(); len(got) != 1 || value(got[0], "error.type") == "" {
		t.Errorf("%d spans", len(got))
	}
}

// TestAnUpgradedConnectionCanBeWrittenTo: the body of a 101 is both ways (net/http.Response).
func TestAnUpgradedConnectionCanBeWrittenTo(t *testing.T) {
	tr, spans := over(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: http.Header{}, Body: struct {
			io.ReadCloser
			io.Writer
		}{io.NopCloser(strings.NewReader("")), io.Discard}}, nil
	})
	resp, err := tr.RoundTrip(modelCall(t, streamRequest))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := resp.Body.(io.ReadWriteCloser); !ok {
		t.Errorf("the body is a %T", resp.Body)
	}
	if len(spans.Ended()) != 1 {
		t.Errorf("%d spans", len(spans.Ended()))
	}
}

// TestAnErrorThatQuotesTheAddressShowsNoKey: those of a base with a client or retries of its own do.
func TestAnErrorThatQuotesTheAddressShowsNoKey(t *testing.T) {
	const secret = "AIzaSecret%2B1"
	for name, fail := range map[string]func(*url.URL) error{
		"a client": func(u *url.URL) error { return &url.Error{Op: "Post", URL: u.String(), Err: io.ErrUnexpectedEOF} },
		"retries":  func(u *url.URL) error { return fmt.Errorf("POST %s giving up after 5 attempts", u.Redacted()) },
		"a query":  func(u *url.URL) error { return fmt.Errorf("cannot send %q", u.Query()) },
	} {
		tr, spans := over(func(r *http.Request) (*http.Response, error) { return nil, fail(r.URL) })
		req := modelCall(t, `{"contents":[]}`)
		u, err := url.Parse("https://user:password@generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent?key=" + secret)
		if err != nil {
			t.Fatal(err)
		}
		req.URL, req.Host = u, u.Host
		if _, err := tr.RoundTrip(req); err == nil {
			t.Fatal("no error")
		}
		got := spans.Ended()
		if len(got) != 1 {
			t.Fatalf("%s: %d spans", name, len(got))
		}
		all := fmt.Sprint(got[0].Status(), got[0].Attributes(), got[0].Events())
		for _, word := range []string{"AIzaSecret", "password"} {
			if strings.Contains(all, word) {
				t.Errorf("%s: %s is in the span: %s", name, word, all)
			}
		}
	}
}

// TestWhatIsNoKeyOfAnAddressIsSaid, and what is one is hidden however short it is where the address is quoted.
func TestWhatIsNoKeyOfAnAddressIsSaid(t *testing.T) {
	for _, c := range []struct{ query, user, said, want string }{
		{"alt=streaming", "", "error while streaming", "error while streaming"},
		{"api-version=2025-01-01-preview", "", "no API version 2025-01-01-preview", "no API version 2025-01-01-preview"},
		{"key=abc", "", "POST https://h/p?key=abc failed", "POST https://h/p?… failed"},
		{"key=abcdefgh&token=abcdefghijkl", "", "abcdefghijkl or abcdefgh", "… or …"},
		{"", "me:pw", "POST https://me:pw@h/p", "POST https://…@h/p"},
		{"", "sk-0123456789", "POST https://sk-0123456789@h/p for sk-0123456789", "POST https://…@h/p for …"},
	} {
		tr, spans := over(func(*http.Request) (*http.Response, error) { return nil, errors.New(c.said) })
		req := modelCall(t, streamRequest)
		req.URL.RawQuery = c.query
		if name, password, ok := strings.Cut(c.user, ":"); ok {
			req.URL.User = url.UserPassword(name, password)
		} else if name != "" {
			req.URL.User = url.User(name)
		}
		if _, err := tr.RoundTrip(req); err == nil {
			t.Fatal("no error")
		}
		got := spans.Ended()[0]
		if got.Status().Description != c.want || !strings.Contains(fmt.Sprint(got.Events()), `"exception.type":"*errors.errorString"`) {
			t.Errorf("%s: %v, %v", c.said, got.Status(), got.Events())
		}
	}
}
