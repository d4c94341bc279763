package runs

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Membership says of which evaluation a trace is a row (mlflowattr.MemberOfKey).
type Membership struct {
	TraceID trace.TraceID // of the evaluation's root span
	SpanID  trace.SpanID
	Name    string // of the evaluation's run, as the row knows it; may be empty
}

// Evaluation is what a run has that is an evaluation (mlflowattr.RunTypeEvaluation).
type Evaluation struct {
	DatasetName, DatasetDigest string // empty: not said
	DatasetID                  string // of a dataset of MLflow's own
	Rows                       int    // how many there should be; 0: not said
}

// sourceHuman is who says what would be right, as mlflow.genai.evaluate has it.
const sourceHuman = "HUMAN"

// memberOf reads the link to an evaluation off a span.
func memberOf(s *tracepb.Span) (Membership, bool) {
	for _, l := range s.GetLinks() {
		for _, kv := range l.GetAttributes() {
			if kv.GetKey() != string(mlflowattr.MemberOfKey) || !otlp.ValidLink(l) {
				continue
			}
			m := Membership{Name: otlp.ValidText(kv.GetValue().GetStringValue())}
			copy(m.TraceID[:], l.GetTraceId())
			copy(m.SpanID[:], l.GetSpanId())
			if m.TraceID.IsValid() && m.SpanID.IsValid() {
				m.Name, _ = value.Cut(strings.TrimSpace(m.Name), naming.MaxKey)
				return m, true
			}
		}
	}
	return Membership{}, false
}

// isEvaluation reports whether a span is the root of an evaluation.
func isEvaluation(s *tracepb.Span) bool {
	for _, kv := range s.GetAttributes() {
		if kv.GetKey() == string(mlflowattr.RunTypeKey) {
			return value.Word(value.Decode(kv.GetValue())) == mlflowattr.RunTypeEvaluation
		}
	}
	return false
}

// MemberOf returns of which evaluation the data is a row: of a trace of which one local root
// says so. Nil is a trace that stands for itself.
func (t *Traces) MemberOf() *Membership {
	for _, tr := range t.list {
		if m := membership(tr.Tree); m != nil {
			return m
		}
	}
	return nil
}

func membership(t *tree.Tree) *Membership {
	for _, root := range t.Roots {
		if m, ok := memberOf(root.PB); ok && m.TraceID != t.ID {
			return &m
		}
	}
	return nil
}

// HasEvaluation reports whether a span of the data is an evaluation, whose rows may have come
// before it.
func (t *Traces) HasEvaluation() bool {
	for _, s := range otlp.Spans(t.data) {
		if isEvaluation(s) {
			return true
		}
	}
	return false
}

// evaluate adds to a projection what only evaluations and their rows have.
func (p *Projection) evaluate(t *tree.Tree, n *notes.Notes) {
	if p.MemberOf = membership(t); p.MemberOf != nil {
		for _, root := range t.Roots {
			p.Trace.addRow(p.TraceID, root, n)
		}
	}
	spans := map[trace.SpanID]*tree.Span{}
	for _, s := range t.Spans {
		spans[s.ID] = s
	}
	for i := range p.Runs {
		if s := spans[p.Runs[i].SpanID]; s != nil && isEvaluation(s.PB) {
			p.Runs[i].evaluate(s)
		}
	}
}

// evaluate makes an evaluation of a run.
func (r *Run) evaluate(s *tree.Span) {
	word := func(key string) string {
		v, _ := s.Attribute(key)
		text, _ := value.Cut(value.Word(v), naming.MaxKey)
		return text
	}
	e := Evaluation{
		DatasetName: word(string(mlflowattr.DatasetNameKey)), DatasetDigest: word(string(mlflowattr.DatasetDigestKey)),
		DatasetID: word(string(mlflowattr.DatasetIDKey)),
	}
	if v, ok := s.Attribute(string(mlflowattr.RowsExpectedKey)); ok {
		if rows, ok := value.Number(v); ok && rows > 0 && rows < maxRows {
			e.Rows = int(rows)
		}
	}
	r.Tags[mlflowattr.RunTypeTag] = mlflowattr.RunTypeEvaluation
	r.Evaluation = &e
	if e.Rows > 0 && !r.End.IsZero() {
		r.Metrics = append(r.Metrics, Metric{Key: RowsExpectedMetric, Value: float64(e.Rows), Time: r.End})
		slices.SortStableFunc(r.Metrics, func(a, b Metric) int { return cmp.Compare(a.Key, b.Key) })
	}
}

// RowsExpectedMetric is the metric of an evaluation's run that says how many rows it should
// have (mlflowattr.RowsExpectedKey).
const RowsExpectedMetric = "rows/expected"

// maxRows bounds what a span may say about its rows: numbers beyond are slips.
const maxRows = 1 << 40

// addRow says of a row's trace which row it is and what would be right.
func (i *TraceInfo) addRow(id trace.TraceID, root *tree.Span, n *notes.Notes) {
	if v, ok := root.Attribute(string(mlflowattr.RowIDKey)); ok {
		if _, own := i.Tags[mlflowattr.RowIDTag]; !own && value.Word(v) != "" {
			i.Tags[mlflowattr.RowIDTag] = value.Word(v)
		}
	}
	v, ok := root.Attribute(string(mlflowattr.ExpectationsKey))
	if !ok {
		return
	}
	text := value.Word(v)
	var expected map[string]any
	if err := json.Unmarshal([]byte(text), &expected); err != nil {
		n.Add("%s of span %q is no JSON object: %v", mlflowattr.ExpectationsKey, root.PB.GetName(), err)
		return
	}
	for _, key := range value.SortedKeys(expected) {
		if len(i.Assessments) >= maxAssessments {
			n.Add("more than %d assessments: the rest is in the events of the trace's spans", maxAssessments)
			return
		}
		if expected[key] == nil {
			continue // nothing is expected
		}
		name := assessmentName(key)
		i.Assessments = append(i.Assessments, Assessment{
			ID: mlflowid.Expectation(id.String(), root.ID.String(), name), Name: name, SpanID: root.ID,
			SourceType: sourceHuman, SourceID: expectedBy, Value: expected[key], Expectation: true,
		})
	}
}

// expectedBy is who expects what a dataset says: nobody who is known.
const expectedBy = "dataset"

// assessmentName is a name that MLflow's pages and metrics take.
func assessmentName(name string) string { return strings.ReplaceAll(naming.Key(name), "/", "_") }
