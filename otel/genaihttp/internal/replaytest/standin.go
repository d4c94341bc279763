package replaytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// Kit is what a case is given: a stand-in for the vendor's server, and a client with the transport.
type Kit struct {
	*testing.T
	URL    string // of the stand-in, without a path
	Client *http.Client
	Spans  *tracetest.SpanRecorder // of the transport, and no others

	base     *http.Transport
	testdata string

	mu      sync.Mutex
	answers []string // one for each request; the last one for all that follow
}

// NewKit starts a stand-in, which ends with the test. It answers its requests with the recordings that are named, in
// this order and with the last one to all that follow; they are files below the folder testdata, without ".http".
func NewKit(t *testing.T, testdata string, answers ...string) *Kit {
	t.Helper()
	k := &Kit{T: t, Spans: tracetest.NewSpanRecorder(), testdata: testdata, answers: answers}
	server := httptest.NewServer(k)
	k.base = http.DefaultTransport.(*http.Transport).Clone()
	k.URL = server.URL
	k.Client = &http.Client{Transport: genaihttp.NewTransport(k.base, genaihttp.WithContent(true),
		genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(k.Spans))))}
	t.Cleanup(func() {
		k.Client.CloseIdleConnections()
		server.Close()
	})
	return k
}

// Secure is the address of the same stand-in over TLS; called before the first request.
func (k *Kit) Secure() string {
	server := httptest.NewTLSServer(k)
	k.base.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	k.Cleanup(func() {
		k.Client.CloseIdleConnections()
		server.Close()
	})
	return server.URL
}

// ServeHTTP answers with the next recording, if the request's path is that of the recording.
func (k *Kit) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.answers) == 0 {
		k.Errorf("%s was asked for, and there is no recording", r.URL.Path)
		return
	}
	name := k.answers[0]
	if len(k.answers) > 1 {
		k.answers = k.answers[1:]
	}
	b, err := os.ReadFile(filepath.Join(k.testdata, name+".http"))
	if err != nil {
		k.Error(err)
		return
	}
	head, answer, _ := strings.Cut(string(b), "\n\n--- answer ")
	target, _, _ := strings.Cut(strings.TrimPrefix(head, "POST "), "\n")
	target, _, _ = strings.Cut(target, "?")
	if last := lastOf(target); lastOf(r.URL.Path) != last {
		k.Errorf("%s was asked for, and the recording is of %s", r.URL.Path, target)
	}
	first, body, _ := strings.Cut(answer, "\n")
	status, contentType, _ := strings.Cut(first, " ")
	code, _ := strconv.Atoi(status)
	if contentType == "application/vnd.amazon.eventstream" {
		body = EventStream(body)
	}
	rw.Header().Set("Content-Type", contentType)
	if code == http.StatusTooManyRequests {
		rw.Header().Set("Retry-After", "0")
		rw.Header().Set("Retry-After-Ms", "1")
	}
	rw.WriteHeader(code)
	for line := range strings.Lines(body) {
		_, _ = io.WriteString(rw, line)
		_ = http.NewResponseController(rw).Flush()
	}
}

// lastOf is the operation in a path: its last word, or verb.
func lastOf(p string) string {
	last := path.Base(p)
	if _, verb, ok := strings.Cut(last, ":"); ok {
		return verb
	}
	return last
}

// Value is an attribute of a span as text, "" without it.
func Value(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, kv := range s.Attributes() {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}
