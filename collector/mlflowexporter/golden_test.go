package mlflowexporter

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

const captured = "../../otel/runs/testdata"

// goldenRun is a run as the golden files of package runs tell it.
type goldenRun struct {
	SpanID   string             `json:"span_id"`
	ParentID string             `json:"parent_span_id"`
	Name     string             `json:"name"`
	Status   string             `json:"status"`
	Params   map[string]string  `json:"params"`
	Metrics  map[string]float64 `json:"metrics"`
	Tags     map[string]string  `json:"tags"`
	Files    []struct {
		Path string `json:"path"`
	} `json:"artifacts"`
}

// loadGolden gives the expected runs by trace id, and all captured requests.
func loadGolden(t *testing.T) (map[string][]goldenRun, []*tracepb.TracesData) {
	t.Helper()
	want := map[string][]goldenRun{}
	files, err := filepath.Glob(filepath.Join(captured, "golden", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no golden projections", err)
	}
	for _, f := range files {
		maps.Copy(want, goldenRuns(t, f))
	}
	files, err = filepath.Glob(filepath.Join(captured, "traces", "*.pb"))
	if err != nil {
		t.Fatal(err)
	}
	var requests []*tracepb.TracesData
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		td, err := runs.ReadOTLP(runs.File{Name: f, Body: b})
		if err != nil {
			t.Fatal(err)
		}
		requests = append(requests, td)
	}
	return want, requests
}

// goldenRuns gives the expected runs of one golden file by trace id.
func goldenRuns(t *testing.T, file string) map[string][]goldenRun {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Traces []struct {
			ID   string      `json:"trace_id"`
			Runs []goldenRun `json:"runs"`
		} `json:"traces"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string][]goldenRun{}
	for _, tr := range doc.Traces {
		out[tr.ID] = tr.Runs
	}
	return out
}

// TestCapturedTracesBecomeTheGoldenRuns sends what real programs sent through the
// exporter to a real MLflow and reads all runs back.
func TestCapturedTracesBecomeTheGoldenRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	want, requests := loadGolden(t)
	tests := map[string]func(*rand.Rand) []*tracepb.TracesData{
		"as captured": func(*rand.Rand) []*tracepb.TracesData { return requests },
		// Each span alone, all traces mixed, everything twice, roots at the end.
		"mixed and doubled": func(r *rand.Rand) []*tracepb.TracesData {
			var roots, others []*tracepb.TracesData
			for _, one := range singleSpans(requests) {
				if isRoot(one) {
					roots = append(roots, one)
				} else {
					others = append(others, one, one)
				}
			}
			r.Shuffle(len(others), func(i, k int) { others[i], others[k] = others[k], others[i] })
			r.Shuffle(len(roots), func(i, k int) { roots[i], roots[k] = roots[k], roots[i] })
			return append(append(others, roots...), roots...)
		},
	}
	n := byte(0)
	for name, order := range tests {
		n++
		t.Run(name, func(t *testing.T) {
			uri, experiment := server.URI(t), mlflowtest.Experiment(t)
			settings := fmt.Sprintf("experiment: {name: %s}\nnon_genai_traces: project\n"+
				"assembly: {wait_after_root: 1s, max_wait: 3s}\nstorage: file_storage\nprices: {enabled: false}", experiment)
			exp, _ := begin(t, quick(t, uri, settings), files(t, t.TempDir()))
			// A server shared by tests holds a trace id once.
			salt := n ^ byte(time.Now().UnixNano())
			for _, td := range order(rand.New(rand.NewPCG(1, 2))) {
				consume(t, exp, td, salt)
			}
			c, err := mlflow.NewClient(uri)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdle()
			for id, list := range want {
				compare(t, c, experiment, salted(id, salt), list)
			}
		})
	}
}

func consume(t *testing.T, exp exporter.Traces, td *tracepb.TracesData, salt byte) {
	t.Helper()
	b, err := proto.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	p, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, rs := range p.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				id := s.TraceID()
				id[0] ^= salt
				s.SetTraceID(id)
			}
		}
	}
	if err := exp.ConsumeTraces(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func salted(id string, salt byte) string {
	b, err := hex.DecodeString(id)
	if err != nil {
		panic(err)
	}
	b[0] ^= salt
	return hex.EncodeToString(b)
}

func singleSpans(requests []*tracepb.TracesData) (out []*tracepb.TracesData) {
	for _, td := range requests {
		for _, rs := range td.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				for _, s := range ss.GetSpans() {
					out = append(out, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
						Resource: rs.GetResource(), SchemaUrl: rs.GetSchemaUrl(),
						ScopeSpans: []*tracepb.ScopeSpans{{Scope: ss.GetScope(), SchemaUrl: ss.GetSchemaUrl(), Spans: []*tracepb.Span{s}}},
					}}})
				}
			}
		}
	}
	return out
}

func isRoot(td *tracepb.TracesData) bool { return hasRoot(td.GetResourceSpans()[0]) }

// compare waits for the runs of a trace and holds them against the golden ones.
func compare(t *testing.T, c *mlflow.Client, experiment, trace string, want []goldenRun) {
	t.Helper()
	var got []mlflow.Run
	var experimentID string
	for end := time.Now().Add(150 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		e, err := c.ExperimentByName(t.Context(), experiment)
		if err != nil {
			t.Fatal(err)
		}
		experimentID = e.ID
		got, _, err = c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{e.ID},
			Filter: "tags.`otel.trace_id` = '" + trace + "'", MaxResults: 500})
		if err != nil {
			t.Fatal(err)
		}
		finished := 0
		for _, r := range got {
			if r.Info.Status != string(runs.Running) {
				finished++
			}
		}
		if len(got) == len(want) && finished == len(want) {
			break
		}
		if time.Now().After(end) {
			t.Errorf("trace %s: %d runs, %d of them finished, want %d", trace, len(got), finished, len(want))
			return
		}
	}
	bySpan, ids := map[string]mlflow.Run{}, map[string]string{}
	for _, r := range got {
		span := mlflow.TagMap(r.Data.Tags)["otel.span_id"]
		bySpan[span], ids[r.Info.RunID] = r, span
	}
	for _, w := range want {
		r, ok := bySpan[w.SpanID]
		if !ok {
			t.Errorf("trace %s: no run of span %s (%s)", trace, w.SpanID, w.Name)
			continue
		}
		tags, params := mlflow.TagMap(r.Data.Tags), mlflow.TagMap(r.Data.Params)
		if name := r.Info.Name; name != w.Name || r.Info.Status != w.Status || ids[tags["mlflow.parentRunId"]] != w.ParentID {
			t.Errorf("trace %s: run %q %s below span %q, want %q %s below %q", trace, name, r.Info.Status, ids[tags["mlflow.parentRunId"]],
				w.Name, w.Status, w.ParentID)
		}
		for k, v := range w.Params {
			if params[k] != v {
				t.Errorf("trace %s, run %s: param %s is %q, want %q", trace, w.Name, k, params[k], v)
			}
		}
		for k, v := range w.Tags {
			if k != "otel.trace_id" && !strings.HasPrefix(k, "mlflow.") && tags[k] != v {
				t.Errorf("trace %s, run %s: tag %s is %q, want %q", trace, w.Name, k, tags[k], v)
			}
		}
		metrics := map[string]float64{}
		for _, m := range r.Data.Metrics {
			metrics[m.Key] = m.Value
		}
		for k, v := range w.Metrics {
			if d := metrics[k] - v; d > 1e-9 || d < -1e-9 {
				t.Errorf("trace %s, run %s: metric %s is %v, want %v", trace, w.Name, k, metrics[k], v)
			}
		}
	}
	spans, err := c.SearchTraces(t.Context(), experimentID, "trace.run_id = '"+bySpan[want[0].SpanID].Info.RunID+"'", 10)
	if err != nil || len(spans) != 1 || spans[0].TraceID != "tr-"+trace {
		t.Errorf("trace %s is not linked to its run: %v, %v", trace, spans, err)
	}
}
