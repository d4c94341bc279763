package mlflow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// recorded reads and annotates the largest trace that a real program wrote into files, under an id of its
// own, so that the test can run twice on one server.
func recorded(t *testing.T, pattern string) (trace.TraceID, *tracepb.TracesData) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "runs", "testdata", "traces", pattern))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var files []runs.File
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, runs.File{Name: name, Body: b})
	}
	td, err := runs.ReadOTLP(files...)
	if err != nil {
		t.Fatal(err)
	}
	id := otlp.TraceID(&tracepb.Span{Name: mlflowtest.Experiment(t) + pattern})
	count, most := map[string]int{}, ""
	for _, s := range otlp.Spans(td) {
		if count[string(s.TraceId)]++; count[string(s.TraceId)] > count[most] {
			most = string(s.TraceId)
		}
	}
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			ss.Spans = slices.DeleteFunc(ss.Spans, func(s *tracepb.Span) bool {
				return string(s.TraceId) != most
			})
			for _, s := range ss.Spans {
				s.TraceId = id[:]
			}
		}
	}
	return id, runs.Read(td, runs.Rules{}).Annotated()
}

// putTraceFile stores a trace by the calls that the server has.
func putTraceFile(t *testing.T, c *mlflow.Client, info mlflow.TraceInfo, td *tracepb.TracesData) mlflow.TraceFile {
	t.Helper()
	f, err := c.PutTraceFile(t.Context(), info, td)
	if mlflow.IsUnsupported(err) {
		v, _ := c.Version(t.Context())
		f, err = c.PutTraceFileV2(t.Context(), info, td, strings.HasPrefix(v, "2."))
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// shownSpan is a span as MLflow's page gets it, of either schema.
type shownSpan struct {
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
	ID         string            `json:"span_id"`
	Parent     *string           `json:"parent_span_id"`
	ParentV2   *string           `json:"parent_id"`
}

// shown makes the call by which MLflow's page gets the spans of a trace.
func shown(t *testing.T, uri, id string) (string, []shownSpan) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(uri + "/ajax-api/2.0/mlflow/get-trace-artifact?request_id=" + id) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	var out struct {
		Spans []shownSpan `json:"spans"`
	}
	if err := json.Unmarshal(body, &out); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %v %.300s", resp.StatusCode, err, body)
	}
	return string(body), out.Spans
}

func TestRealServerShowsTheSpansOfATraceFile(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	experiment := experiment(t, c)
	for _, pattern := range []string{
		"agent-framework-weather*", "openai-v2-latest-tools*", "traceloop-workflow*", "vercel-ai5-recipe*", "oi-llamaindex-rag*",
		"pydantic-ai-booking*", "strands-parcel*",
	} {
		t.Run(strings.TrimSuffix(pattern, "*"), func(t *testing.T) {
			id, td := recorded(t, pattern)
			info := mlflow.TraceInfo{
				TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(experiment), RequestTime: "2026-01-02T03:04:05.678Z",
				Duration: "1.5s", State: "OK", RequestPreview: "asked", Metadata: map[string]string{"k": "v"},
				Tags: map[string]string{"mlflow.traceName": pattern},
			}
			f := putTraceFile(t, c, info, td)
			if f.Spans != otlp.Count(td) || f.Dropped+f.Shortened > 0 {
				t.Errorf("stored %+v of %d spans", f, otlp.Count(td))
			}
			body, spans := shown(t, uri, f.TraceID)
			roots, said := 0, map[string]int{}
			for _, s := range spans {
				if s.Parent == nil && s.ParentV2 == nil {
					roots++
				}
				for _, key := range []string{"mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tokenUsage"} {
					if s.Attributes[key] != "" {
						said[key]++
					}
				}
				if s.Attributes["mlflow.spanType"] == "" || s.Attributes["mlflow.traceRequestId"] != `"`+f.TraceID+`"` {
					t.Errorf("span %s has attributes %v", s.Name, s.Attributes)
				}
			}
			if len(spans) != f.Spans || roots != 1 || len(said) != 3 {
				t.Errorf("%d spans, %d roots, attributes %v", len(spans), roots, said)
			}
			if again := putTraceFile(t, c, info, td); again != f {
				t.Errorf("the second time %+v, the first %+v", again, f)
			}
			if after, _ := shown(t, uri, f.TraceID); after != body {
				t.Error("a second delivery changed the spans")
			}
		})
	}
}

func TestRealServerAddsALatePartToTheTraceFile(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	id, td := recorded(t, "agent-framework-weather*")
	info := mlflow.TraceInfo{
		TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(experiment(t, c)), RequestTime: "2026-01-02T03:04:05.678Z",
		Duration: "1.5s", State: "OK",
	}
	late := otlp.Clone(td)
	n := 0
	for _, part := range []struct {
		td   *tracepb.TracesData
		want int // modulo 2 of the spans in it
	}{{td, 0}, {late, 1}} {
		n = 0
		for _, rs := range part.td.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				ss.Spans = slices.DeleteFunc(ss.Spans, func(*tracepb.Span) bool { n++; return n%2 == part.want })
			}
		}
	}
	putTraceFile(t, c, info, td)
	f := putTraceFile(t, c, mlflow.TraceInfo{TraceID: info.TraceID, Location: info.Location}, late)
	if _, spans := shown(t, uri, f.TraceID); len(spans) != n || f.Spans != n {
		t.Errorf("the page gets %d spans of %d; %+v", len(spans), n, f)
	}
	if again := putTraceFile(t, c, info, td); again.Spans != n || again.TraceID != f.TraceID {
		t.Errorf("the first part again: %+v", again)
	}
}

func TestRealServerKeepsToTheSpansItHasFromOTLP(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	id, td := recorded(t, "openai-v2-latest-tools*")
	experiment := experiment(t, c)
	body, err := proto.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, uri+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("x-mlflow-experiment-id", experiment)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("send spans: %s", resp.Status)
	}
	info := mlflow.TraceInfo{TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(experiment), State: "OK"}
	var stored *mlflow.SpansStoredError
	if f, err := c.PutTraceFile(t.Context(), info, td); !errors.As(err, &stored) || stored.TraceID != info.TraceID || !mlflow.IsRetryable(err) {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestRealServerTakesALatePartFirst(t *testing.T) {
	uri := server.URI(t)
	c := client(t, uri)
	id, td := recorded(t, "openai-v2-latest-tools*")
	info := mlflow.TraceInfo{TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(experiment(t, c))}
	f := putTraceFile(t, c, info, td)
	if _, spans := shown(t, uri, f.TraceID); len(spans) != otlp.Count(td) {
		t.Errorf("%d spans of %d", len(spans), otlp.Count(td))
	}
}

// A server that was killed while it wrote leaves half of a file.
func TestRealServerGetsAHalfWrittenTraceFileWhole(t *testing.T) {
	c := client(t, server.URI(t))
	id, td := recorded(t, "openai-v2-latest-tools*")
	info := mlflow.TraceInfo{TraceID: mlflow.TraceID(id), Location: mlflow.InExperiment(experiment(t, c))}
	putTraceFile(t, c, info, td)
	known, err := c.GetTraceInfo(t.Context(), info.TraceID)
	if mlflow.IsUnsupported(err) {
		t.Skip("this server has traces in another form")
	}
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.GetTraceData(t.Context(), known.ArtifactLocation())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PutTraceData(t.Context(), known.ArtifactLocation(), whole[:len(whole)/2]); err != nil {
		t.Fatal(err)
	}
	putTraceFile(t, c, info, td)
	if again, err := c.GetTraceData(t.Context(), known.ArtifactLocation()); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("%d bytes of %d, %v", len(again), len(whole), err)
	}
}

// A location that is a path or a bucket is found out before anything is sent.
func TestTraceFilesNeedAStoreThatTheServerProxies(t *testing.T) {
	c := client(t, "http://127.0.0.1:1")
	for _, location := range []string{"/srv/mlruns/1/traces/tr-1/artifacts", "s3://bucket/1", "file:///srv/1", ""} {
		var store *mlflow.ArtifactStoreError
		if err := c.PutTraceData(t.Context(), location, nil); !errors.As(err, &store) {
			t.Errorf("write to %q: %v", location, err)
		}
		if _, err := c.GetTraceData(t.Context(), location); !errors.As(err, &store) {
			t.Errorf("read from %q: %v", location, err)
		}
	}
}
