package analysis

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/genaihttp"
)

// Each fault of a model server ends in one sentence that says what, where and
// how to mend it. The sentences are golden.
func TestFaultsEndInOneClearSentence(t *testing.T) {
	secret := "sk-live-AbCdEf0123456789"
	jsonOf := func(status int, body string) reply { return reply{status: status, body: body} }
	html := reply{status: 200, body: "<html><body>Welcome to nginx!</body></html>", header: http.Header{"Content-Type": {"text/html"}}}
	limited := fails(429, "Rate limit reached")
	limited.header = http.Header{"Content-Type": {"application/json"}, "Retry-After": {"30"}}
	var list strings.Builder
	for _, tc := range []struct {
		name  string
		reply reply
		kind  Kind
		retry bool
		error string // error.type on the span
	}{
		{"401", fails(401, "Incorrect API key provided: "+secret), KindAuth, false, "401"},
		{"403", fails(403, "Project has no access, key "+secret), KindForbidden, false, "403"},
		{"404 model", fails(404, "The model `gpt-4o` does not exist"), KindModelNotFound, false, "404"},
		{"404 path", jsonOf(404, "404 page not found"), KindModelNotFound, false, "404"},
		{"429", limited, KindRateLimited, true, "429"},
		{"429 without credit", jsonOf(429, `{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}`), KindQuota, false, "429"},
		{"402", fails(402, "no credit"), KindQuota, false, "402"},
		{"400", fails(400, "messages must alternate"), KindBadRequest, false, "400"},
		{"400 context", fails(400, "request (9000 tokens) exceeds the available context size (8192 tokens)"), KindContextLength, false, "400"},
		{"422 in FastAPI's form", jsonOf(422, `{"detail":[{"loc":["body","messages"],"msg":"messages: field required"}]}`), KindBadRequest, false, "422"},
		{"500", fails(500, "worker died"), KindServer, true, "500"},
		{"500 as HTML", jsonOf(500, "<h1>Internal Server Error</h1>"), KindServer, true, "500"},
		{"504", fails(504, "upstream timed out"), KindTimeout, true, "504"},
		{"error inside 200", jsonOf(200, `{"error":{"code":502,"message":"Provider returned error"}}`), KindServer, true, "502"},
		{"no choices", jsonOf(200, `{"id":"x","choices":[]}`), KindNoChoice, false, "no_choice"},
		{"empty body", jsonOf(200, ""), KindEmpty, true, "empty_answer"},
		{"empty text", says("  \n"), KindEmpty, true, "empty_answer"},
		{"half a body", jsonOf(200, good[:40]), KindServer, true, "server_error"},
		{"not an API", html, KindNotAPI, false, "not_an_api"},
		{"too large", jsonOf(200, `{"pad":"`+strings.Repeat("x", maxBody)+`"}`), KindNotAPI, false, "not_an_api"},
		{"half an answer", stops(good[:200], "length"), KindTruncated, false, "truncated"},
		{"all tokens spent on reasoning", stops("", "length"), KindTruncated, false, "truncated"},
		{"content filter", stops("", "content_filter"), KindFiltered, false, "filtered"},
		{"refusal", answerOf(map[string]any{"role": "assistant", "content": nil, "refusal": "I can't help with that."}, "stop"), KindRefusal, false, "refusal"},
		{"refusal in prose", says("I'm sorry, but I can't help with that."), KindRefusal, false, "refusal"},
		{"no JSON", says("The page is about coverage."), KindInvalidJSON, false, "invalid_json"},
		{"JSON cut by the model", says(good[:200]), KindInvalidJSON, false, "invalid_json"},
		{"schema", says(strings.Replace(good, `"projects":[`, `"projects":"none","x":[`, 1)), KindSchema, false, "schema_violated"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &server{answer: always(tc.reply)}
			a, rec, _ := analyst(t, s, func(c *OpenAIConfig) {
				c.BaseURL, c.APIKey = "http://user:hunter2@models.example:8080/v1", secret
				c.Spans = []genaihttp.Option{genaihttp.WithContent(false)}
			})
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if kindOf(err) != tc.kind || retry.Retryable(err) != tc.retry || permanent(err) == tc.retry {
				t.Errorf("kind %q, retryable %v: %v", kindOf(err), retry.Retryable(err), err)
			}
			if o == nil || o.Result != nil || o.Calls != s.calls() {
				t.Errorf("outcome %+v", o)
			}
			spans := rec.Ended()
			last := spans[len(spans)-1]
			if len(spans) != s.calls() || last.Status().Code != codes.Error || attributes(last)["error.type"] != tc.error {
				t.Errorf("%d spans for %d calls, last has error.type %v, status %v", len(spans), s.calls(), attributes(last)["error.type"], last.Status())
			}
			all := err.Error() + fmt.Sprintf("%+v", *o)
			for _, sp := range spans {
				all += fmt.Sprint(sp.Name(), sp.Attributes(), sp.Events(), sp.Status())
			}
			if strings.Contains(all, secret) || strings.Contains(all, "hunter2") {
				t.Errorf("a secret shows: %s", all)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Error("more than one line")
			}
			fmt.Fprintf(&list, "%s\n    %v\n", tc.name, err)
		})
	}
	golden(t, "faults.txt", []byte(list.String()))
}

func TestAServerThatRepeatsCredentialsIsNotQuoted(t *testing.T) {
	basic := "dXNlcjpodW50ZXIy" // user:hunter2
	s := &server{answer: always(fails(400, "no service for hunter2, sent as Basic "+basic))}
	a, _, _ := analyst(t, s, func(c *OpenAIConfig) { c.BaseURL = "http://user:hunter2@models.example:8080/v1" })
	_, err := a.Analyze(t.Context(), page(t, "coverage"))
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), basic) || !strings.Contains(err.Error(), "no service for [secret]") {
		t.Errorf("error %v", err)
	}
}

func TestTransportFaults(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	hang := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer hanging.Close()
	defer close(hang)
	dropping := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10000")
		_, _ = w.Write([]byte(`{"id":"chat`))
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = c.Close()
		}
	}))
	defer dropping.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()

	for name, tc := range map[string]struct {
		base string
		kind Kind
		want string
	}{
		"connection refused": {closed.URL, KindUnreachable, "connection refused"},
		"no such host":       {"http://models.invalid/v1", KindUnreachable, "its name is not known"},
		"unknown authority":  {secure.URL, KindUnreachable, "its certificate is not trusted"},
		"no TLS there":       {strings.Replace(plain.URL, "http:", "https:", 1), KindUnreachable, "http"},
		"hangs":              {hanging.URL, KindTimeout, "did not answer within 100ms: raise MODEL_TIMEOUT"},
		"drops half-way":     {dropping.URL, KindUnreachable, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			timeout := 30 * time.Second
			if tc.kind == KindTimeout {
				timeout = 100 * time.Millisecond
			}
			tr := &http.Transport{DialContext: (&net.Dialer{Resolver: noResolver}).DialContext}
			defer tr.CloseIdleConnections()
			a, rec, _ := analyst(t, nil, func(c *OpenAIConfig) {
				c.BaseURL, c.HTTPClient, c.Timeout = tc.base, &http.Client{Transport: tr}, timeout
			})
			o, err := a.Analyze(t.Context(), page(t, "coverage"))
			if kindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.want) || !retry.Retryable(err) {
				t.Errorf("%s: %v", kindOf(err), err)
			}
			if len(rec.Ended()) != o.Calls || attributes(rec.Ended()[0])["error.type"] != string(tc.kind) {
				t.Errorf("%d spans, %d calls, %v", len(rec.Ended()), o.Calls, attributes(rec.Ended()[0])["error.type"])
			}
		})
	}

	t.Run("stopped by the caller", func(t *testing.T) {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		a, _, _ := analyst(t, nil, func(c *OpenAIConfig) {
			c.BaseURL, c.HTTPClient = hanging.URL, &http.Client{Transport: tr}
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := a.Analyze(ctx, page(t, "coverage"))
		if kindOf(err) != KindCanceled {
			t.Errorf("%v", err)
		}
	})
}

// noResolver answers nothing, so that the test needs no name server.
var noResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, fmt.Errorf("no name server here")
}}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"none":          {http.Header{}, 0},
		"seconds":       {http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		"fraction":      {http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		"milliseconds":  {http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"1"}}, 250 * time.Millisecond},
		"date":          {http.Header{"Retry-After": {"Wed, 25 Nov 2026 12:01:00 GMT"}}, time.Minute},
		"date gone":     {http.Header{"Retry-After": {"Wed, 25 Nov 2026 11:01:00 GMT"}}, 0},
		"negative":      {http.Header{"Retry-After": {"-1"}}, 0},
		"endless":       {http.Header{"Retry-After": {"1e300"}}, 24 * time.Hour},
		"not a number":  {http.Header{"Retry-After": {"NaN"}}, 0},
		"not a header":  {http.Header{"Retry-After": {"soon"}}, 0},
		"endless in ms": {http.Header{"Retry-After-Ms": {"1e300"}}, 24 * time.Hour},
	} {
		if got := retryAfter(tc.header, now); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
