package integration

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// evaluation is one of so many rows, each a trace of its own.
type evaluation struct {
	root trace.TraceID
	rows []trace.TraceID
	at   time.Time
}

// evaluationName is what the root span is called, and the run.
const evaluationName = "evaluation capitals"

func newEvaluation(rows int) evaluation {
	e := evaluation{rows: make([]trace.TraceID, rows), at: time.Now().Add(-time.Minute)}
	_, _ = rand.Read(e.root[:])
	for i := range e.rows {
		_, _ = rand.Read(e.rows[i][:])
	}
	return e
}

var evaluationSpan = []byte{0xee, 0, 0, 0, 0, 0, 0, 1}

func (e evaluation) span(id trace.TraceID, name string, attrs ...*commonpb.KeyValue) *tracepb.Span {
	return &tracepb.Span{
		TraceId: id[:], SpanId: evaluationSpan, Name: name, Flags: 0x101, Attributes: attrs,
		StartTimeUnixNano: uint64(e.at.UnixNano()),                  //nolint:gosec // after 1970
		EndTimeUnixNano:   uint64(e.at.Add(time.Second).UnixNano()), //nolint:gosec // after 1970
	}
}

func ofEvaluation(spans ...*tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{text("service.name", "evaluations")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: spans}},
	}}}
}

// whole is the trace of the evaluation itself, which says how many rows there should be.
func (e evaluation) whole(rows int) *tracepb.TracesData {
	return ofEvaluation(e.span(e.root, evaluationName, text(string(mlflowattr.RunTypeKey), mlflowattr.RunTypeEvaluation),
		whole(string(mlflowattr.RowsExpectedKey), int64(rows)), text(string(mlflowattr.DatasetNameKey), "capitals"),
		text(string(mlflowattr.DatasetDigestKey), "d1"), text(mlflowattr.ParamPrefix+"model", "m"),
		number(mlflowattr.MetricPrefix+"exact/mean", 0.5)))
}

// row is the trace of one row: every second one passes.
func (e evaluation) row(i int) *tracepb.TracesData {
	s := e.span(e.rows[i], "row", text("mlflow.spanInputs", fmt.Sprintf(`{"country":"country %d"}`, i)), text("mlflow.spanOutputs", `"Paris"`),
		text(string(mlflowattr.RowIDKey), fmt.Sprint("row ", i)),
		text(string(mlflowattr.ExpectationsKey), `{"capital":"Paris","words":["a","b"],"none":null}`))
	s.Links = []*tracepb.Span_Link{{
		TraceId: e.root[:], SpanId: evaluationSpan,
		Attributes: []*commonpb.KeyValue{text(string(mlflowattr.MemberOfKey), evaluationName)},
	}}
	verdict := func(name string, attrs ...*commonpb.KeyValue) *tracepb.Span_Event {
		return &tracepb.Span_Event{
			Name: "gen_ai.evaluation.result", TimeUnixNano: s.EndTimeUnixNano, Attributes: append(attrs, text("gen_ai.evaluation.name", name)),
		}
	}
	s.Events = []*tracepb.Span_Event{
		verdict("exact", number("gen_ai.evaluation.score.value", float64(i%2)), text("gen_ai.evaluation.score.label", []string{"fail", "pass"}[i%2])),
		verdict("judge", number("gen_ai.evaluation.score.value", 0.25), text("gen_ai.request.model", "gpt"),
			text("gen_ai.evaluation.explanation", "short")),
		verdict("broken", text("error.type", "timeout"), text("gen_ai.evaluation.explanation", "took too long")),
	}
	return ofEvaluation(s)
}

// onServer is what a server shows of an evaluation.
type evaluationOnServer struct {
	run  mlflow.Run
	rows map[string]mlflow.TraceInfo // by trace id
}

// readEvaluation checks that there is one run, and reads it.
func readEvaluation(t *testing.T, c *mlflow.Client, experiment string, e evaluation) evaluationOnServer {
	t.Helper()
	exp, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{exp.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%d runs, want that of the evaluation alone: %+v", len(found), found)
	}
	out := evaluationOnServer{run: found[0], rows: map[string]mlflow.TraceInfo{}}
	err = c.RunTraces(t.Context(), exp.ID, out.run.Info.RunID, func(i mlflow.TraceInfo) error {
		out.rows[i.TraceID] = i
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, itself := out.rows[mlflow.TraceID(e.root)]; itself {
		t.Error("the evaluation's own trace is among its rows")
	}
	return out
}

// checkEvaluation says what of a whole evaluation is not as it should be.
func checkEvaluation(t *testing.T, c *mlflow.Client, experiment string, e evaluation) {
	t.Helper()
	there := readEvaluation(t, c, experiment, e)
	info, tags := there.run.Info, mlflow.TagMap(there.run.Data.Tags)
	if info.Name != evaluationName || info.Status != "FINISHED" || tags[mlflowattr.RunTypeTag] != mlflowattr.RunTypeEvaluation {
		t.Errorf("run %q is %s, of type %q", info.Name, info.Status, tags[mlflowattr.RunTypeTag])
	}
	for _, key := range []string{mlflowattr.RowsMissingTag, mlflowattr.UnfinishedTag, mlflowattr.IncompleteTag} {
		if tags[key] != "" {
			t.Errorf("tag %s is %q", key, tags[key])
		}
	}
	values := map[string]float64{}
	for _, m := range there.run.Data.Metrics {
		values[m.Key] = m.Value
	}
	if values["exact/mean"] != 0.5 || values["rows/expected"] != float64(len(e.rows)) {
		t.Errorf("metrics %v", values)
	}
	if mlflow.TagMap(there.run.Data.Params)["model"] != "m" || len(there.run.Outputs.Models) != 0 {
		t.Errorf("params %v, models %v", there.run.Data.Params, there.run.Outputs.Models)
	}
	if len(there.rows) != len(e.rows) {
		t.Errorf("%d rows, want %d", len(there.rows), len(e.rows))
	}
	for i, id := range e.rows {
		row, ok := there.rows[mlflow.TraceID(id)]
		if !ok {
			t.Errorf("row %d is missing", i)
			continue
		}
		if row.Metadata["mlflow.sourceRun"] != info.RunID || row.Tags[mlflowattr.RowIDTag] != fmt.Sprint("row ", i) || row.State != "OK" {
			t.Errorf("row %d: metadata %v, tags %v, state %s", i, row.Metadata, row.Tags, row.State)
		}
		var got []string
		for _, a := range row.Assessments {
			got = append(got, describe(a))
			if a.Metadata["mlflow.assessment.sourceRunId"] != info.RunID {
				t.Errorf("row %d: %s is of run %s", i, a.Name, a.Metadata["mlflow.assessment.sourceRunId"])
			}
		}
		slices.Sort(got)
		want := []string{
			"CODE broken by broken: error timeout: took too long", fmt.Sprintf("CODE exact by exact: %v", i%2 == 1),
			"HUMAN capital by dataset: expects Paris", `HUMAN words by dataset: expects ["a","b"]`, "LLM_JUDGE judge by gpt: 0.25",
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("row %d: %q\nwant %q", i, got, want)
		}
	}
}

func describe(a mlflow.Assessment) string {
	out := fmt.Sprintf("%s %s by %s: ", a.Source.Type, a.Name, a.Source.ID)
	switch {
	case a.Expectation != nil && a.Expectation.Serialized != nil:
		return out + "expects " + strings.ReplaceAll(a.Expectation.Serialized.Value, " ", "")
	case a.Expectation != nil:
		return out + fmt.Sprint("expects ", a.Expectation.Value)
	case a.Feedback.Error != nil:
		return out + "error " + a.Feedback.Error.Code + ": " + a.Feedback.Error.Message
	}
	return out + fmt.Sprint(a.Feedback.Value)
}

// evaluationServer is the newest release, whose page of evaluation runs is what is written for.
var evaluationServer = mlflowtest.New(mlflowtest.WithVersion("3.18.0"))

func newDeliverer(t *testing.T, uri, experiment string) (*mlflow.Client, *deliver.Deliverer) {
	t.Helper()
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c, deliver.New(c, deliver.WithExperiment(experiment))
}

func mustDeliver(ctx context.Context, t *testing.T, d *deliver.Deliverer, td *tracepb.TracesData, o deliver.Origin) deliver.Result {
	t.Helper()
	r, err := d.Deliver(ctx, td, o)
	if err != nil {
		t.Error(err)
	}
	return r
}

func TestRowsFindTheirEvaluationInAnyOrder(t *testing.T) {
	const rows = 4
	for name, order := range map[string][]int{ // -1 is the root
		"root last":       {0, 1, 2, 3, -1},
		"root first":      {-1, 3, 2, 1, 0},
		"root amid":       {0, 2, -1, 1, 3},
		"everything once": {0, 1, -1, 2, 3, -1, 3, 2, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			exp := mlflowtest.Experiment(t)
			c, d := newDeliverer(t, evaluationServer.URI(t), exp)
			e := newEvaluation(rows)
			for n, i := range order {
				if n == len(order)/2 { // as another process
					_, d = newDeliverer(t, evaluationServer.URI(t), exp)
				}
				if i < 0 {
					mustDeliver(t.Context(), t, d, e.whole(rows), deliver.Origin{})
					continue
				}
				r := mustDeliver(t.Context(), t, d, e.row(i), deliver.Origin{SearchFirst: n > rows})
				if r.ParentRunID == "" || !strings.Contains(r.RunURL, r.ParentRunID) {
					t.Errorf("result %+v names no run", r)
				}
			}
			checkEvaluation(t, c, exp, e)
		})
	}
}

// TestAnEvaluationIsSeenBeforeItsRoot: a long one is looked at while it runs, and one that was
// killed leaves what it did.
func TestAnEvaluationIsSeenBeforeItsRoot(t *testing.T) {
	exp := mlflowtest.Experiment(t)
	c, d := newDeliverer(t, evaluationServer.URI(t), exp)
	e := newEvaluation(2)
	mustDeliver(t.Context(), t, d, e.row(1), deliver.Origin{})
	there := readEvaluation(t, c, exp, e)
	tags := mlflow.TagMap(there.run.Data.Tags)
	if there.run.Info.Status != "RUNNING" || there.run.Info.Name != evaluationName || tags[mlflowattr.RunTypeTag] != mlflowattr.RunTypeEvaluation ||
		tags[mlflowattr.UnfinishedTag] == "" || len(there.rows) != 1 {
		t.Errorf("run %+v, tags %v, %d rows", there.run.Info, tags, len(there.rows))
	}
}

func TestMissingRowsAreSeenUntilTheyCome(t *testing.T) {
	exp := mlflowtest.Experiment(t)
	c, d := newDeliverer(t, evaluationServer.URI(t), exp)
	e := newEvaluation(3)
	missing := func(want string) {
		t.Helper()
		if got := mlflow.TagMap(readEvaluation(t, c, exp, e).run.Data.Tags)[mlflowattr.RowsMissingTag]; got != want {
			t.Errorf("%q rows missing, want %q", got, want)
		}
	}
	mustDeliver(t.Context(), t, d, e.row(0), deliver.Origin{})
	mustDeliver(t.Context(), t, d, e.whole(3), deliver.Origin{})
	missing("2")
	mustDeliver(t.Context(), t, d, e.row(0), deliver.Origin{SearchFirst: true})
	missing("2")
	mustDeliver(t.Context(), t, d, e.row(1), deliver.Origin{})
	missing("1")
	mustDeliver(t.Context(), t, d, e.row(2), deliver.Origin{})
	checkEvaluation(t, c, exp, e)
}

// TestProcessesThatEachGetPartOfAnEvaluationMakeOneRun: Collectors behind a load balancer.
func TestProcessesThatEachGetPartOfAnEvaluationMakeOneRun(t *testing.T) {
	const rows, processes = 12, 3
	for round := range 3 {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			exp := mlflowtest.Experiment(t)
			e := newEvaluation(rows)
			c, first := newDeliverer(t, evaluationServer.URI(t), exp)
			var wait sync.WaitGroup
			for p := range processes {
				d := first
				if p > 0 {
					_, d = newDeliverer(t, evaluationServer.URI(t), exp)
				}
				wait.Go(func() {
					for i := p; i < rows; i += processes {
						deliverAtLast(t, d, e.row(i))
						if p == round && i == p+processes {
							deliverAtLast(t, d, e.whole(rows))
						}
					}
				})
			}
			wait.Wait()
			// What the last one to look has seen: any trace of the evaluation settles it.
			mustDeliver(t.Context(), t, first, e.whole(rows), deliver.Origin{SearchFirst: true})
			checkEvaluation(t, c, exp, e)
		})
	}
}

// deliverAtLast tries as a queue does.
func deliverAtLast(t *testing.T, d *deliver.Deliverer, td *tracepb.TracesData) {
	for attempt := 0; ; attempt++ {
		_, err := d.Deliver(t.Context(), td, deliver.Origin{SearchFirst: attempt > 0})
		if err == nil {
			return
		}
		if attempt == 10 || deliver.IsPermanent(err) {
			t.Error(err)
			return
		}
	}
}

func TestAnEvaluationThatAPersonDeletedStaysDeleted(t *testing.T) {
	exp := mlflowtest.Experiment(t)
	c, d := newDeliverer(t, evaluationServer.URI(t), exp)
	e := newEvaluation(2)
	r := mustDeliver(t.Context(), t, d, e.row(0), deliver.Origin{})
	if err := c.DeleteRun(t.Context(), r.ParentRunID); err != nil {
		t.Fatal(err)
	}
	_, d = newDeliverer(t, evaluationServer.URI(t), exp)
	if r := mustDeliver(t.Context(), t, d, e.row(1), deliver.Origin{}); r.ParentRunID == r.TraceID.String() {
		t.Errorf("result %+v", r)
	}
	mustDeliver(t.Context(), t, d, e.whole(2), deliver.Origin{})
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{
		ExperimentIDs: []string{r.ExperimentID}, Filter: "tags.`mlflow.runType` = 'genai_evaluate'",
	})
	if err != nil || len(found) != 0 {
		t.Errorf("%d evaluation runs, %v", len(found), err)
	}
}

// TestRowsAreNestedRunsWhereTheServerHasNoTableOfRows: nothing is lost, and the run says why.
func TestRowsAreNestedRunsWhereTheServerHasNoTableOfRows(t *testing.T) {
	older := mlflowtest.New(mlflowtest.WithVersion("2.22.5"))
	defer older.Stop()
	exp := mlflowtest.Experiment(t)
	c, d := newDeliverer(t, older.URI(t), exp)
	e := newEvaluation(2)
	mustDeliver(t.Context(), t, d, e.row(0), deliver.Origin{})
	root := mustDeliver(t.Context(), t, d, e.whole(2), deliver.Origin{})
	mustDeliver(t.Context(), t, d, e.row(1), deliver.Origin{})
	found, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{root.ExperimentID}})
	if err != nil {
		t.Fatal(err)
	}
	nested := 0
	for _, r := range found {
		tags := mlflow.TagMap(r.Data.Tags)
		values := map[string]float64{}
		for _, m := range r.Data.Metrics {
			values[m.Key] = m.Value
		}
		switch {
		case r.Info.RunID == root.ParentRunID:
			if !strings.Contains(tags["mlflow.note.content"], "3\\.2 or newer") && !strings.Contains(tags["mlflow.note.content"], "3.2 or newer") {
				t.Errorf("the run says %q", tags["mlflow.note.content"])
			}
		case tags["mlflow.parentRunId"] == root.ParentRunID && values["judge"] == 0.25 && r.Info.Status == "FINISHED":
			nested++
		}
	}
	if len(found) != 3 || nested != 2 {
		t.Errorf("%d runs, %d of them rows: %+v", len(found), nested, found)
	}
}
