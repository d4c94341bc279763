package deliver

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestTheRequestsOfOneJob pins what goes over the wire, in which order. Ids that
// the server gives are replaced by names.
func TestTheRequestsOfOneJob(t *testing.T) {
	p := mlflowtest.NewProxy(t, server.URI(t), "", false)
	d := New(newClient(t, p.URL), WithExperiment(mlflowtest.Experiment(t)), withFixture(), WithInstanceID("box-1"),
		WithRunTags(map[string]string{"team": "research"}))
	if _, err := d.Deliver(t.Context(), jobTrace(1), Origin{}); err != nil { // sets the experiment up
		t.Fatal(err)
	}
	p.Reset()
	r, err := d.Deliver(t.Context(), jobTrace(2), Origin{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{
		`"experiment_id":"` + r.ExperimentID + `"`, `"experiment_id":"<experiment>"`,
		"experiments/" + r.ExperimentID + "/", "experiments/<experiment>/", "artifacts/" + r.ExperimentID + "/", "artifacts/<experiment>/",
		r.TraceID.String(), "<trace>",
	}
	for span, run := range r.Runs {
		names = append(names, run, "<run of span "+span.String()[14:]+">")
	}
	for _, id := range d.models.Values() {
		names = append(names, id, "<model>")
	}
	replace := strings.NewReplacer(names...)
	var log strings.Builder
	for _, req := range p.Requests() {
		if isLook(req) {
			continue
		}
		fmt.Fprintf(&log, "%s %s\n", req.Method, replace.Replace(req.Path))
		if req.Path == "v1/traces" {
			if req.Header.Get("X-Mlflow-Experiment-Id") != r.ExperimentID {
				t.Error("the spans go to another experiment")
			}
			log.WriteString(spanList(t, req.Body))
			continue
		}
		body := []byte(replace.Replace(string(req.Body)))
		var indented bytes.Buffer
		if json.Indent(&indented, body, "", "  ") == nil {
			body = indented.Bytes()
		}
		fmt.Fprintf(&log, "%s\n\n", body)
	}
	golden := filepath.Join("testdata", "job.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(log.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != log.String() {
		t.Errorf("requests differ from %s (-update rewrites it):\n%s", golden, firstDifference(string(want), log.String()))
	}
}

func spanList(t *testing.T, body []byte) string {
	t.Helper()
	var req coltracepb.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &req); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, rs := range req.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				fmt.Fprintf(&b, "  %x <- %x %s\n", s.SpanId, s.ParentSpanId, s.Name)
			}
		}
	}
	return b.String() + "\n"
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\n- %s\n+ %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines instead of %d", len(g), len(w))
}
