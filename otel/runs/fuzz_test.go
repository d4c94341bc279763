package runs

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflow"
)

// FuzzProject builds a trace from a seed: random trees with spans in any
// order, twice, orphaned, in rings, open, with hostile values. Whatever comes,
// the runs must be ones that MLflow takes, and no token may count twice.
func FuzzProject(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, shape uint8) {
		n := int(shape%12) + 1 // small ones, of which many are tried, and some larger ones
		if shape >= 192 {
			n = int(shape) - 191 // up to 64
		}
		td, spent := randomTrace(seed, n)
		rules := Rules{}
		if shape%3 == 0 {
			rules = Rules{Collect: true, Inherit: []string{"a"},
				Limits: Limits{Runs: 3, Tags: 5, Params: 2, Metrics: 4, ArtifactBytes: 500},
				Runs:   []RunRule{{Span: "s1*", Name: "x_{a}"}, {Span: "s2*", Skip: true}}}
		}
		ps := project(td, rules)
		check(t, ps)
		var counted float64
		for _, p := range ps {
			for _, r := range p.Runs {
				if !r.ParentSpanID.IsValid() {
					counted += metrics(r)["input_tokens"]
				}
			}
		}
		if counted > spent {
			t.Errorf("counted %v tokens of %v", counted, spent)
		}
		want := fingerprint(t, ps)
		if got := fingerprint(t, project(shuffled(td, seed+1), rules)); got != want {
			t.Errorf("the order of spans matters")
		}
		if _, err := proto.Marshal(Read(td, rules).Annotated()); err != nil {
			t.Errorf("annotated but not encodable: %v", err)
		}
	})
}

// randomTrace gives a trace and the sum of all usage on its model calls, each
// of them one of its own instrumentation.
func randomTrace(seed uint64, n int) (*tracepb.TracesData, float64) {
	r := rand.New(rand.NewPCG(seed, 2))
	hostile := []any{
		"", "a\xff\xfe", strings.Repeat("é", 300), "\x00", "../../etc", `{"a":`, `{"usage":{"prompt_tokens":1}}`, `[[[[]]]]`, math.NaN(),
		math.Inf(-1), math.MaxFloat64,
		int64(math.MinInt64), true, []any{}, []any{1, "x", []any{nil}}, map[string]any{"": m{"": 1.5}}, []byte{0xff}, nil, "/", "😀",
	}
	keys := []string{
		"", "a", "a/../b", "/", "k\xff", "é", "x.0.y", "x.1", "x", "mlflow.run.tag.", "mlflow.run.metric.m", "mlflow.run.param.p/",
		"mlflow.run.artifact../x", "mlflow.run.name",
		"gen_ai.input.messages", "llm.input_messages.0.message.content", "gen_ai.evaluation.name", "gen_ai.response.id", "session.id",
		"gen_ai.tool.name", "input.value", "output.value", "llm.invocation_parameters", strings.Repeat("long", 100),
	}
	var spent float64
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint("s", i)
	}
	spans := make([]span, 0, n)
	for i := range n {
		s := span{Name: fmt.Sprintf("s%d", r.IntN(20)), ID: ids[i], From: uint64(r.IntN(100)), Scope: "one", Attrs: m{}}
		s.To = s.From + uint64(r.IntN(100))
		switch r.IntN(12) {
		case 0:
			s.To = 0
		case 1:
			s.To = uint64(r.IntN(5))
		}
		switch {
		case i == 0 && r.IntN(4) > 0, r.IntN(30) == 0:
		case r.IntN(15) == 0:
			s.Parent = "gone"
		case r.IntN(15) == 0:
			s.Parent = ids[r.IntN(n)] // a ring, perhaps, or itself
		default:
			s.Parent = ids[r.IntN(max(1, i))]
		}
		if r.IntN(3) == 0 {
			tokens := r.IntN(1000)
			s.Attrs["gen_ai.operation.name"], s.Attrs["gen_ai.usage.input_tokens"] = "chat", tokens
			spent += float64(tokens)
		}
		if r.IntN(4) == 0 {
			s.Attrs["mlflow.run"] = r.IntN(2) == 0
		}
		if r.IntN(5) == 0 {
			s.Err, s.Flags = "boom\xff", uint32(r.IntN(4))<<8
		}
		for range r.IntN(6) {
			s.Attrs[keys[r.IntN(len(keys))]] = hostile[r.IntN(len(hostile))]
		}
		for range r.IntN(3) {
			s.Events = append(s.Events, event{
				Name: []string{"mlflow.metric", "gen_ai.evaluation.result", "exception", "gen_ai.choice", "x\xff"}[r.IntN(5)],
				At:   uint64(i*7 + len(s.Events)),
				Attrs: m{"key": "k", "value": hostile[r.IntN(len(hostile))], "step": hostile[r.IntN(len(hostile))],
					"gen_ai.evaluation.name": "e", "content": hostile[r.IntN(len(hostile))]},
			})
		}
		spans = append(spans, s)
	}
	return traceOf(spans...), spent
}

var legalKey = regexp.MustCompile(`^[A-Za-z0-9_\-./: ]{1,250}$`)

// check holds what is true of every projection.
func check(t testing.TB, ps []Projection) {
	t.Helper()
	for _, p := range ps {
		seen := map[trace.SpanID]bool{{}: true}
		key := func(what, k string) {
			if !legalKey.MatchString(k) || path.Clean(k) != k || strings.HasPrefix(k, "/") || strings.HasPrefix(k, "..") {
				t.Errorf("%s key %q", what, k)
			}
		}
		value := func(what, v string) {
			if !utf8.ValidString(v) {
				t.Errorf("%s %q is not UTF-8", what, v)
			}
		}
		for _, r := range p.Runs {
			if !seen[r.ParentSpanID] {
				t.Errorf("run %s comes before its parent %s", r.SpanID, r.ParentSpanID)
			}
			if seen[r.SpanID] {
				t.Errorf("run %s twice", r.SpanID)
			}
			seen[r.SpanID] = true
			value("name", r.Name)
			if r.Name == "" || utf8.RuneCountInString(r.Name) > 250 {
				t.Errorf("name %q", r.Name)
			}
			if r.End.Before(r.Start) {
				t.Errorf("run %s ends before it starts", r.SpanID)
			}
			for k, v := range r.Params {
				key("param", k)
				value("param "+k, v)
			}
			for k, v := range r.Tags {
				key("tag", k)
				value("tag "+k, v)
			}
			if r.Tags["otel.trace_id"] != p.TraceID.String() || r.Tags["otel.span_id"] != r.SpanID.String() {
				t.Errorf("run %s is not findable: %v", r.SpanID, r.Tags)
			}
			for _, mt := range r.Metrics {
				key("metric", mt.Key)
				if math.IsNaN(mt.Value) || math.IsInf(mt.Value, 0) {
					t.Errorf("metric %s = %v", mt.Key, mt.Value)
				}
			}
			if _, ok := metrics(r)["latency_seconds"]; !ok {
				t.Errorf("run %s has no latency", r.SpanID)
			}
			files := map[string]bool{}
			for _, a := range r.Artifacts {
				if err := mlflow.CheckArtifactPath(a.Path); err != nil {
					t.Error(err)
				}
				if files[a.Path] {
					t.Errorf("artifact %s twice", a.Path)
				}
				files[a.Path] = true
			}
		}
		for _, n := range p.Notes {
			value("note", n)
		}
		value("preview", p.Trace.RequestPreview+p.Trace.ResponsePreview+p.Trace.Name+p.Trace.SessionID)
	}
	if _, err := encode(ps); err != nil {
		t.Errorf("no JSON: %v", err)
	}
}
