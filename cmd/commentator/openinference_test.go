package main

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/openinference"
	"github.com/technoshare/commentator/otel/runs"
)

// backend is a second backend that keeps what it gets.
type backend struct {
	*httptest.Server
	mu   sync.Mutex
	data tracepb.TracesData
}

func newBackend(t *testing.T) *backend {
	b := &backend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		raw, err := io.ReadAll(body)
		var td tracepb.TracesData
		if err == nil {
			err = proto.Unmarshal(raw, &td)
		}
		if err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.data.ResourceSpans = append(b.data.ResourceSpans, td.ResourceSpans...)
	}))
	t.Cleanup(b.Close)
	return b
}

// added are the keys that package openinference may add, beside those of documents.
var added = []string{
	string(openinference.SpanKindKey), string(openinference.InputKey), string(openinference.InputMIMEKey),
	string(openinference.OutputKey), string(openinference.OutputMIMEKey),
}

// strip takes the added attributes away and returns the kind of each span that had one,
// by its name, with what it showed as input and output.
func strip(td *tracepb.TracesData) (kinds map[string]string, values []string) {
	kinds = map[string]string{}
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				s.Attributes = slices.DeleteFunc(s.Attributes, func(kv *commonpb.KeyValue) bool {
					switch kv.Key {
					case string(openinference.SpanKindKey):
						kinds[s.Name] = kv.Value.GetStringValue()
					case string(openinference.InputKey), string(openinference.OutputKey):
						values = append(values, kv.Value.GetStringValue())
					}
					if strings.HasPrefix(kv.Key, openinference.DocumentsPrefix) {
						values = append(values, kv.Value.GetStringValue())
						return true
					}
					return slices.Contains(added, kv.Key)
				})
			}
		}
	}
	return kinds, values
}

// TestStagesReadWellInPhoenix: the second backend gets OpenInference's attributes, unless
// a setting says no; content only where spans may carry it; and the runs that a Collector
// would make of the trace are the same with them and without.
func TestStagesReadWellInPhoenix(t *testing.T) {
	for name, c := range map[string]struct {
		env     map[string]string
		kinds   bool
		content bool
	}{
		"by default":      {nil, true, true},
		"without content": {map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "false"}, true, false},
		"switched off":    {map[string]string{"COMMENTATOR_OPENINFERENCE": "false"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			second := newBackend(t)
			b.set("MLFLOW_ENABLE_TRACKING", "false")
			b.set("MLFLOW_ENABLE_TRACING", "false")
			b.set("OTEL_EXPORTER_OTLP_ENDPOINT", second.URL)
			for k, v := range c.env {
				b.set(k, v)
			}
			b.jobs(exitOK, b.page("fetch-api.html"))

			with := runs.Read(&second.data, mlflowview.Rules()).Project()
			kinds, values := strip(&second.data)
			without := runs.Read(&second.data, mlflowview.Rules()).Project()
			if len(with) != 1 || !reflect.DeepEqual(with, without) {
				t.Errorf("the runs differ:\n%+v\n%+v", with, without)
			}
			want := map[string]string{}
			if c.kinds {
				want = map[string]string{"pipeline.process_job": "CHAIN", "retrieval.fetch_evidence": "RETRIEVER", "analysis.run": "CHAIN",
					"quality_gates.validate": "GUARDRAIL", "slack.post_message": "CHAIN", "GET 127.0.0.1": "CHAIN", "extract 127.0.0.1": "CHAIN"}
			}
			maps.DeleteFunc(kinds, func(name, _ string) bool { return strings.HasPrefix(name, "wait for ") }) // of what took long
			if !reflect.DeepEqual(kinds, want) {
				t.Errorf("kinds %v, want %v", kinds, want)
			}
			// Whether it was posted is no content.
			values = slices.DeleteFunc(values, func(v string) bool { return v == `{"posted":false}` })
			if (len(values) > 0) != c.content {
				t.Errorf("inputs and outputs %q", values)
			}
		})
	}
}
