package mlflowmatrix

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// kind is one sort of server that people run.
type kind struct {
	name    string // in the results and the README
	version string
	args    []string
}

// kinds are one release of each generation of MLflow's trace store, and the other
// web server that it can be started with.
var kinds = []kind{
	{name: "2.22.5", version: "2.22.5"},
	{name: "3.1.4", version: "3.1.4"},
	{name: "3.4.0", version: "3.4.0"},
	{name: "3.6.0", version: "3.6.0"},
	{name: "3.8.1", version: "3.8.1"},
	{name: "3.12.0", version: "3.12.0"},
	{name: "3.17.2", version: "3.17.2"},
	{name: "3.17.2, Gunicorn", version: "3.17.2", args: []string{"--gunicorn-opts", "--timeout 60"}},
	{name: "3.18.0", version: "3.18.0"},
}

func (k kind) start(t *testing.T) (uri string, s *mlflowtest.Server) {
	t.Helper()
	s = mlflowtest.New(mlflowtest.WithVersion(k.version), mlflowtest.WithServerArgs(k.args...))
	t.Cleanup(s.Stop)
	return s.URI(t), s
}

// tracesAreFiles reports whether the pages for traces are so poor that people read a
// file of the run instead.
func (k kind) tracesAreFiles() bool { return strings.HasPrefix(k.version, "2.") }

// facts are what a server was found to have, by requests that nothing else makes.
type facts struct {
	Version    string `json:"version"`     // of GET /version
	OTLP       string `json:"otlp"`        // answer to one span at /v1/traces
	OTLPGzip   string `json:"otlp_gzip"`   // the same, compressed
	TraceInfo  string `json:"trace_info"`  // GET ajax-api/3.0/mlflow/traces/<none>
	ServerInfo string `json:"server_info"` // GET api/3.0/mlflow/server-info
}

// factsOf asks a server for its facts, in an experiment of their own.
func factsOf(t *testing.T, s *site) facts {
	t.Helper()
	var created struct {
		ID string `json:"experiment_id"`
	}
	s.must(t, http.MethodPost, "api/2.0/mlflow/experiments/create", map[string]any{"name": mlflowtest.Experiment(t)}, &created)
	version := s.call(t, http.MethodGet, "version", nil, nil)
	plain := http.Header{"X-Mlflow-Experiment-Id": {created.ID}}
	zipped := http.Header{"X-Mlflow-Experiment-Id": {created.ID}, "Content-Encoding": {"gzip"}}
	return facts{
		Version:    string(version.body),
		OTLP:       s.call(t, http.MethodPost, "v1/traces", oneSpan(t), plain).String(),
		OTLPGzip:   s.call(t, http.MethodPost, "v1/traces", zip(t, oneSpan(t)), zipped).String(),
		TraceInfo:  s.call(t, http.MethodGet, "ajax-api/3.0/mlflow/traces/tr-0123456789abcdef0123456789abcdef", nil, nil).String(),
		ServerInfo: s.call(t, http.MethodGet, "api/3.0/mlflow/server-info", nil, nil).String(),
	}
}

// answer is what a server said.
type answer struct {
	status int
	media  string
	body   []byte
}

// String is status and what the body is, not what the label says alone: some servers
// label JSON as protobuf.
func (a answer) String() string {
	media, _, err := mime.ParseMediaType(a.media)
	if err != nil {
		media = "no type"
	}
	if b := bytes.TrimSpace(a.body); media != "application/json" && bytes.HasPrefix(b, []byte("{")) && bytes.HasSuffix(b, []byte("}")) {
		media += " that is JSON"
	}
	return fmt.Sprintf("%d %s", a.status, media)
}

func oneSpan(t *testing.T) []byte {
	t.Helper()
	id := make([]byte, 24)
	_, _ = rand.Read(id) // never fails, crypto/rand
	now := uint64(time.Now().UnixNano())
	span := &tracepb.Span{TraceId: id[:16], SpanId: id[16:], Name: "probe", StartTimeUnixNano: now, EndTimeUnixNano: now + 1}
	body, err := proto.Marshal(&coltracepb.ExportTraceServiceRequest{ResourceSpans: []*tracepb.ResourceSpans{{
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// ask makes one request.
func ask(t *testing.T, client *http.Client, req *http.Request) answer {
	t.Helper()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Content-Type"), body}
}
