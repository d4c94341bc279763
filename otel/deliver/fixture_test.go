package deliver

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// The job of these tests: a root, four stages and a model call, as the worker's,
// with a projection of its own so that nothing here moves with package runs.
// Attributes say what they become: p.x a param, m.x a metric, t.x a tag, a.x an
// artifact. A span with the attribute run becomes a run of that name.

var jobStart = time.UnixMilli(1_790_000_000_000).UTC()

func kv(key string, value any) *commonpb.KeyValue {
	v := &commonpb.AnyValue{}
	switch x := value.(type) {
	case bool:
		v.Value = &commonpb.AnyValue_BoolValue{BoolValue: x}
	case string:
		v.Value = &commonpb.AnyValue_StringValue{StringValue: x}
	case float64:
		v.Value = &commonpb.AnyValue_DoubleValue{DoubleValue: x}
	default:
		panic(fmt.Sprintf("%T", value))
	}
	return &commonpb.KeyValue{Key: key, Value: v}
}

// tracePrefix keeps test processes that share a server apart: MLflow knows a
// trace by its id alone, whatever the experiment.
var tracePrefix = func() (p [8]byte) {
	binary.BigEndian.PutUint64(p[:], rand.Uint64())
	return p
}()

func traceIDNumber(n uint64) trace.TraceID {
	var id trace.TraceID
	copy(id[:8], tracePrefix[:])
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanIDNumber(n byte) []byte { return []byte{0xaa, 0, 0, 0, 0, 0, 0, n} }

func newSpan(trace uint64, id, parent byte, name string, from, to time.Duration, attrs ...*commonpb.KeyValue) *tracepb.Span {
	tid := traceIDNumber(trace)
	s := &tracepb.Span{
		TraceId: tid[:], SpanId: spanIDNumber(id), Name: name, Flags: 0x101,
		StartTimeUnixNano: uint64(jobStart.Add(from).UnixNano()), EndTimeUnixNano: uint64(jobStart.Add(to).UnixNano()),
		Attributes: attrs,
	}
	if parent != 0 {
		s.ParentSpanId = spanIDNumber(parent)
	}
	return s
}

func traces(spans ...*tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{kv("service.name", "commentator"), kv("service.version", "1.4.2")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "test"}, Spans: spans}},
	}}}
}

const ms = time.Millisecond

// job is one trace of the shape that the worker makes.
func jobTrace(n uint64) *tracepb.TracesData {
	id := fmt.Sprint(n)
	return traces(
		newSpan(n, 2, 1, "retrieval.fetch_evidence", 10*ms, 400*ms, kv("run", "retrieval"), kv("t.stage", "retrieval"),
			kv("t.adapter_name", "ArxivAdapter"),
			kv("m.snippet_count", 11.0), kv("m.latency_seconds", 0.39), kv("a.evidence.json", `{"snippets":[]}`),
			kv("mlflow.spanType", "RETRIEVER")),
		newSpan(n, 3, 1, "analysis.run", 400*ms, 2400*ms, kv("run", "analysis"), kv("t.stage", "analysis"), kv("p.model", "m"),
			kv("p.temperature", "0.2"),
			kv("m.latency_seconds", 2.0), kv("m.input_tokens", 2000.0), kv("a.analysis_result.json", `{"tldr":[]}`), kv("mlflow.spanType", "LLM")),
		newSpan(n, 6, 3, "chat m", 410*ms, 2390*ms, kv("gen_ai.operation.name", "chat"), kv("gen_ai.request.model", "m")),
		newSpan(n, 4, 1, "quality_gates.validate", 2400*ms, 2410*ms, kv("run", "quality_gates"), kv("t.stage", "quality_gates"),
			kv("m.gate_failures", 0.0), kv("mlflow.spanType", "EVALUATOR")),
		newSpan(n, 5, 1, "slack.post_message", 2410*ms, 2600*ms, kv("run", "slack_post"), kv("t.stage", "slack_post"),
			kv("m.latency_seconds", 0.19), kv("a.slack_payload.json", `{}`), kv("mlflow.spanType", "TOOL")),
		newSpan(n, 1, 0, "pipeline.process_job", 0, 2610*ms, kv("run", "job_"+id), kv("t.job_id", id), kv("t.outcome", "success"),
			kv("t.domain", "arxiv.org"), kv("t.mlflow.runColor", "#3BA65E"),
			kv("p.model", "m"), kv("m.latency_seconds", 2.61), kv("a.retrieval/evidence.json", `{"snippets":[]}`), kv("mlflow.spanType", "CHAIN"),
			kv("mlflow.traceTag.mlflow.traceName", "job_"+id)),
	)
}

// smallTrace is the least that uses every kind of call.
func smallTrace(n uint64) *tracepb.TracesData {
	id := fmt.Sprint(n)
	return traces(
		newSpan(n, 2, 1, "retrieval.fetch_evidence", 10*ms, 400*ms, kv("run", "retrieval"), kv("t.stage", "retrieval"),
			kv("m.snippet_count", 11.0), kv("a.evidence.json", `{}`)),
		newSpan(n, 1, 0, "pipeline.process_job", 0, 2610*ms, kv("run", "job_"+id), kv("t.job_id", id), kv("t.outcome", "success"),
			kv("p.model", "m"), kv("m.latency_seconds", 2.61)),
	)
}

// fixtureID is the id of a trace that newSpan made.
func fixtureID(td *tracepb.TracesData) trace.TraceID {
	return trace.TraceID(td.ResourceSpans[0].ScopeSpans[0].Spans[0].TraceId)
}

func fixtureProject(td *tracepb.TracesData, _ runs.Rules) []runs.Projection {
	p := runs.Projection{}
	runOf := map[trace.SpanID]bool{}
	var all []*tracepb.Span
	for _, s := range otlp.Spans(td) {
		all = append(all, s)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].StartTimeUnixNano < all[j].StartTimeUnixNano })
	for _, s := range all {
		p.TraceID = otlp.TraceID(s)
		r := runs.Run{
			SpanID: otlp.SpanID(s), Status: runs.Finished,
			Start: time.Unix(0, int64(s.StartTimeUnixNano)), End: time.Unix(0, int64(s.EndTimeUnixNano)),
			Params: map[string]string{}, Tags: map[string]string{},
		}
		if s.EndTimeUnixNano == 0 {
			r.Status, r.End = runs.Running, time.Time{}
		}
		if parent := otlp.ParentID(s); runOf[parent] {
			r.ParentSpanID = parent
		}
		for _, a := range s.Attributes {
			kind, name, _ := strings.Cut(a.Key, ".")
			switch kind {
			case "run":
				r.Name = a.Value.GetStringValue()
			case "p":
				r.Params[name] = a.Value.GetStringValue()
			case "t":
				r.Tags[name] = a.Value.GetStringValue()
			case "m":
				r.Metrics = append(r.Metrics, runs.Metric{Key: name, Value: a.Value.GetDoubleValue(), Time: r.End})
			case "a":
				r.Artifacts = append(r.Artifacts, runs.Artifact{Path: name, Body: []byte(a.Value.GetStringValue())})
			}
		}
		if r.Name == "" {
			continue
		}
		runOf[r.SpanID] = true
		p.Runs = append(p.Runs, r)
		if len(s.ParentSpanId) == 0 {
			p.Trace = runs.TraceInfo{
				Name: r.Name, Start: r.Start, Duration: r.End.Sub(r.Start), State: "OK",
				RequestPreview: "question", ResponsePreview: "answer", ClientRequestID: r.Name,
				SessionID: "C01-1", UserID: "U1", Tags: map[string]string{"domain": "arxiv.org"}, Metadata: map[string]string{"attempt": "1"},
				Assessments: []runs.Assessment{{ID: "a-" + p.TraceID.String(), Name: "gate_min_citations", SourceType: "CODE", SourceID: "quality_gates",
					Value: true, Rationale: "2 of 2"}},
			}
		}
	}
	return []runs.Projection{p}
}

// fixtureReading is a trace as the fixture reads it: its spans go as they are.
type fixtureReading struct {
	*runs.Traces
	td *tracepb.TracesData
}

func (f fixtureReading) Project() []runs.Projection     { return fixtureProject(f.td, runs.Rules{}) }
func (f fixtureReading) MemberOf() *runs.Membership     { return nil }
func (f fixtureReading) HasEvaluation() bool            { return false }
func (f fixtureReading) Annotated() *tracepb.TracesData { return proto.CloneOf(f.td) }

// withFixture projects the way the fixture says.
func withFixture() Option {
	return optionFunc(func(c config) config {
		c.read = func(td *tracepb.TracesData, r runs.Rules) reading { return fixtureReading{runs.Read(td, r), td} }
		return c
	})
}

// fast: the proxies of these tests are done when they cut.
func fast() Option {
	return optionFunc(func(c config) config { c.ambiguous, c.grace = 10*ms, 200*ms; return c })
}

func newClient(t testing.TB, uri string, opts ...mlflow.Option) *mlflow.Client {
	t.Helper()
	c, err := mlflow.NewClient(uri, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}
