package sdktest

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/genaihttp"
)

// kit is what a case is given: a stand-in for the vendor's server, and a client with the transport.
type kit struct {
	*testing.T
	url    string
	base   *http.Transport
	client *http.Client
	spans  *tracetest.SpanRecorder

	mu      sync.Mutex
	answers []string // recordings of ../testdata, one for each request; the last one for all that follow
	paths   []string // of the requests
}

func newKit(t *testing.T, answers ...string) *kit {
	t.Helper()
	k := &kit{T: t, spans: tracetest.NewSpanRecorder(), answers: answers}
	server := httptest.NewServer(k)
	k.base = http.DefaultTransport.(*http.Transport).Clone()
	k.url = server.URL
	k.client = &http.Client{Transport: genaihttp.NewTransport(k.base, genaihttp.WithContent(true),
		genaihttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(k.spans))))}
	t.Cleanup(func() {
		k.client.CloseIdleConnections()
		server.Close()
	})
	return k
}

// secure is the address of the same stand-in over TLS; called before the first request.
func (k *kit) secure() string {
	server := httptest.NewTLSServer(k)
	k.base.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	k.Cleanup(func() {
		k.client.CloseIdleConnections()
		server.Close()
	})
	return server.URL
}

// ServeHTTP answers with the next recording, if the request's path is that of the recording.
func (k *kit) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.paths = append(k.paths, r.URL.Path)
	name := k.answers[0]
	if len(k.answers) > 1 {
		k.answers = k.answers[1:]
	}
	b, err := os.ReadFile("../testdata/" + name + ".http")
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
		body = eventStream(body)
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

func eventStream(lines string) string {
	var out []byte
	for line := range strings.Lines(lines) {
		event, payload, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		var headers []byte
		for _, h := range [][2]string{{":event-type", event}, {":content-type", "application/json"}, {":message-type", "event"}} {
			headers = append(headers, byte(len(h[0])))
			headers = append(append(headers, h[0]...), 7)
			headers = binary.BigEndian.AppendUint16(headers, uint16(len(h[1])))
			headers = append(headers, h[1]...)
		}
		b := binary.BigEndian.AppendUint32(nil, uint32(16+len(headers)+len(payload)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(headers)))
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
		b = append(append(b, headers...), payload...)
		out = append(out, binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))...)
	}
	return string(out)
}

func value(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, kv := range s.Attributes() {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}
