package runs

import (
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

// rowOf makes a hand-made trace a row of the evaluation whose root is span "root" of trace
// "evaluation".
func rowOf(td *tracepb.TracesData, key string) *tracepb.TracesData {
	s := td.ResourceSpans[0].ScopeSpans[0].Spans[0]
	s.Links = []*tracepb.Span_Link{{
		TraceId: tracetest.Bytes("evaluation", 16), SpanId: tracetest.Bytes("root", 8),
		Attributes: tracetest.Span{Attrs: m{key: "evaluation x"}}.PB().Attributes,
	}}
	return td
}

func TestATraceIsARowByItsRootsLink(t *testing.T) {
	member := string(mlflowattr.MemberOfKey)
	td := rowOf(traceOf(span{Name: "row", To: 5}), member)
	got := one(t, td, Rules{}).MemberOf
	if got == nil || got.Name != "evaluation x" || got.SpanID.String() != spanIDOf("root") || got.TraceID.String() != hexOf(tracetest.Bytes("evaluation", 16)) {
		t.Errorf("member of %+v", got)
	}
	if r := Read(td, Rules{}); !r.IsGenAI() || r.MemberOf() == nil || r.HasEvaluation() {
		t.Errorf("GenAI %v, member of %+v, an evaluation %v", r.IsGenAI(), r.MemberOf(), r.HasEvaluation())
	}
	short := rowOf(traceOf(span{Name: "row", To: 5}), member)
	short.ResourceSpans[0].ScopeSpans[0].Spans[0].Links[0].SpanId = []byte{1}
	itself := rowOf(traceOf(span{Name: "row", To: 5}), member)
	itself.ResourceSpans[0].ScopeSpans[0].Spans[0].Links[0].TraceId = tracetest.Bytes("trace", 16)
	for name, td := range map[string]*tracepb.TracesData{
		"another link":        rowOf(traceOf(span{Name: "row", To: 5}), "other"),
		"the link of a child": rowOf(traceOf(span{Name: "child", Parent: "row", To: 5}, span{Name: "row", To: 6}), member),
		"a span id too short": short,
		"a link to itself":    itself,
	} {
		if got := one(t, td, Rules{}).MemberOf; got != nil {
			t.Errorf("%s: member of %+v", name, got)
		}
	}
}

func TestARowHasItsExpectationsAndVerdicts(t *testing.T) {
	td := rowOf(traceOf(span{
		Name: "row", To: 5, Attrs: m{string(mlflowattr.RowIDKey): "r1", string(mlflowattr.ExpectationsKey): `{"b":1,"a":["x"],"none":null}`},
		Events: []event{
			{Name: "gen_ai.evaluation.result", At: 1, Attrs: m{"gen_ai.evaluation.name": "exact", "gen_ai.evaluation.score.label": "pass"}},
			{Name: "gen_ai.evaluation.result", At: 2, Attrs: m{"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 0.5, "gen_ai.request.model": "gpt"}},
			{Name: "gen_ai.evaluation.result", At: 3, Attrs: m{"gen_ai.evaluation.name": "facts", "error.type": "timeout", "gen_ai.evaluation.explanation": "slow"}},
		},
	}), string(mlflowattr.MemberOfKey))
	info := one(t, td, Rules{}).Trace
	if info.Tags[mlflowattr.RowIDTag] != "r1" {
		t.Errorf("tags %v", info.Tags)
	}
	ids := map[string]bool{}
	type shown struct {
		name, source, by, failed string
		expectation              bool
	}
	var got []shown
	for _, a := range info.Assessments {
		ids[a.ID] = true
		got = append(got, shown{a.Name, a.SourceType, a.SourceID, a.Error, a.Expectation})
	}
	want := []shown{
		{"exact", "CODE", "exact", "", false}, {"tone", "LLM_JUDGE", "gpt", "", false}, {"facts", "CODE", "facts", "timeout", false},
		{"a", "HUMAN", "dataset", "", true}, {"b", "HUMAN", "dataset", "", true},
	}
	if len(got) != len(want) || len(ids) != len(want) {
		t.Fatalf("%d assessments with %d ids: %+v", len(got), len(ids), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("assessment %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestExpectationsThatAreNoObjectAreSaid(t *testing.T) {
	td := rowOf(traceOf(span{Name: "row", To: 5, Attrs: m{string(mlflowattr.ExpectationsKey): "Paris"}}), string(mlflowattr.MemberOfKey))
	if p := one(t, td, Rules{}); len(p.Notes) != 1 || len(p.Trace.Assessments) != 0 {
		t.Errorf("notes %q, assessments %+v", p.Notes, p.Trace.Assessments)
	}
}

func TestAnEvaluationsRootIsItsRun(t *testing.T) {
	attrs := m{
		string(mlflowattr.RunTypeKey): mlflowattr.RunTypeEvaluation, string(mlflowattr.RowsExpectedKey): 7,
		string(mlflowattr.DatasetNameKey): "capitals", string(mlflowattr.DatasetDigestKey): "d", string(mlflowattr.DatasetIDKey): "d-1",
	}
	td := traceOf(span{Name: "evaluation x", To: 5, Attrs: attrs})
	r := run(t, one(t, td, Rules{}), "evaluation x")
	if r.Evaluation == nil || *r.Evaluation != (Evaluation{"capitals", "d", "d-1", 7}) || r.Tags[mlflowattr.RunTypeTag] != "genai_evaluate" {
		t.Errorf("evaluation %+v, tags %v", r.Evaluation, r.Tags)
	}
	wantMetrics(t, r, map[string]float64{"rows/expected": 7})
	if only := run(t, one(t, td, Rules{OnlyListed: true}), "evaluation x"); only.Evaluation == nil {
		t.Error("it is none where rules list the runs of others")
	}
	if !Read(td, Rules{}).HasEvaluation() {
		t.Error("it is not found as an evaluation")
	}
	open := ReadOpen(traceOf(span{Name: "evaluation x", Attrs: attrs}), Rules{}).Project()[0].Runs[0]
	if open.Status != Running || open.Tags[mlflowattr.RunTypeTag] == "" || len(open.Metrics) > 0 && open.Metrics[len(open.Metrics)-1].Key == "rows/expected" {
		t.Errorf("while it runs: %+v", open)
	}
}
