package eval_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// numbers is a dataset of n numbers whose doubles are expected.
func numbers(n int) eval.Dataset[int, int] {
	rows := make([]eval.Row[int, int], n)
	for i := range rows {
		rows[i] = eval.Row[int, int]{ID: fmt.Sprint("n", i), Inputs: i, Expected: 2 * i}
	}
	return eval.Slice("numbers", rows...)
}

func double(_ context.Context, n int) (int, error) { return 2 * n, nil }

var exact = eval.Check("exact", func(_, expected, out int) bool { return expected == out })

// recorder is a provider whose spans are in memory.
func recorder(more ...sdktrace.TracerProviderOption) (*tracetest.InMemoryExporter, *sdktrace.TracerProvider) {
	spans := tracetest.NewInMemoryExporter()
	opts := append([]sdktrace.TracerProviderOption{
		sdktrace.WithSyncer(spans), sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)),
	}, more...)
	return spans, sdktrace.NewTracerProvider(opts...)
}

// attributes of a span as text.
func attributes(s tracetest.SpanStub) map[string]string {
	out := map[string]string{}
	for _, kv := range s.Attributes {
		out[string(kv.Key)] = kv.Value.String()
	}
	return out
}

func TestAnEvaluationIsARootAndARowATraceThatLinksToIt(t *testing.T) {
	spans, provider := recorder()
	r, err := eval.RunWith(t.Context(), []eval.Option{
		eval.WithTracerProvider(provider), eval.WithParams(map[string]string{"model": "m"}),
		eval.WithPrompts(mlflowattr.Prompt{Name: "p", Version: "3"}),
	}, numbers(3), func(_ context.Context, n int) (int, error) {
		if n == 1 {
			return 0, errors.New("no")
		}
		return n + n/2*2, nil
	}, exact, eval.Measure("size", func(_, _, out int) float64 { return float64(out) }))
	if err != nil {
		t.Fatal(err)
	}
	if r.Means["exact"] != 1 || r.Means["size"] != 2 || r.Failed != 1 || r.Judged["exact"] != 2 || r.Expected != 3 || r.Missing() != 0 {
		t.Errorf("report %+v", r)
	}
	all := spans.GetSpans()
	if len(all) != 4 {
		t.Fatalf("%d spans", len(all))
	}
	for _, s := range all {
		a := attributes(s)
		if s.Name == "evaluation numbers" {
			for key, want := range map[string]string{
				"mlflow.run.type": "genai_evaluate", "mlflow.run.rows": "3", "mlflow.run.dataset.name": "numbers", "mlflow.run.param.model": "m",
				"mlflow.run.metric.exact/mean": "1", "mlflow.run.tag.rows.failed": "1",
				"mlflow.run.tag.mlflow.linkedPrompts": `[{"name":"p","version":"3"}]`,
			} {
				if a[key] != want {
					t.Errorf("%s is %q, want %q", key, a[key], want)
				}
			}
			continue
		}
		if s.Parent.IsValid() || len(s.Links) != 1 || s.Links[0].SpanContext.TraceID() != r.TraceID || s.Links[0].SpanContext.SpanID() != r.SpanID {
			t.Errorf("row %s has parent %v and links %+v", s.Name, s.Parent.IsValid(), s.Links)
		}
		if failed := a["mlflow.run.row.id"] == "n1"; failed != (s.Status.Description == "no") || failed != (a["mlflow.spanOutputs"] == "") {
			t.Errorf("row %v: status %+v", a, s.Status)
		}
		if verdicts := len(s.Events); a["mlflow.run.row.id"] != "n1" && verdicts != 2 || a["mlflow.run.row.expectations"] == "" {
			t.Errorf("row %v has %d events", a, verdicts)
		}
	}
}

func TestResultsAreInTheOrderOfTheDataset(t *testing.T) {
	_, provider := recorder()
	const rows = 50
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithTracerProvider(provider), eval.WithConcurrency(8), eval.WithTrials(2)},
		numbers(rows), double, exact)
	if err != nil || len(r.Rows) != 2*rows {
		t.Fatal(len(r.Rows), err)
	}
	for i, row := range r.Rows {
		if want := fmt.Sprintf("n%d#%d", i/2, i%2+1); row.Name != want {
			t.Errorf("row %d is %s, want %s", i, row.Name, want)
		}
	}
}

func TestOnlyTheFirstRowsAreRun(t *testing.T) {
	for n, want := range map[int]int{2: 2, 9: 5, 0: 5} {
		r, err := eval.Run(t.Context(), numbers(5).First(n), double, exact)
		if err != nil || r.Expected != want {
			t.Errorf("first %d: %d rows, %v", n, r.Expected, err)
		}
	}
}

func TestWhatPanicsHarmsItsRowAlone(t *testing.T) {
	broken := eval.Measure("broken", func(in, _, _ int) float64 {
		if in == 2 {
			panic("scorer")
		}
		return 1
	})
	r, err := eval.Run(t.Context(), numbers(4), func(_ context.Context, n int) (int, error) {
		if n == 1 {
			panic("task")
		}
		return 2 * n, nil
	}, broken, exact)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 1 || !strings.Contains(r.Rows[1].Err.Error(), "task") || r.Judged["broken"] != 2 || r.Judged["exact"] != 3 ||
		!strings.Contains(r.Rows[2].ScoreErrors["broken"], "scorer") {
		t.Errorf("report %+v", r)
	}
}

// TestWhatEndsItsGoroutineHarmsItsRowAlone: a row vanished without a word, and its span never ended.
func TestWhatEndsItsGoroutineHarmsItsRowAlone(t *testing.T) {
	spans, provider := recorder()
	broken := eval.Measure("broken", func(in, _, _ int) float64 {
		if in == 2 {
			runtime.Goexit()
		}
		return 1
	})
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithTracerProvider(provider)}, numbers(4), func(_ context.Context, n int) (int, error) {
		if n == 1 {
			runtime.Goexit()
		}
		return 2 * n, nil
	}, broken, exact)
	if err != nil || len(r.Rows) != 4 || r.Failed != 1 || !strings.Contains(r.Rows[1].Err.Error(), "goroutine") || r.Judged["exact"] != 3 ||
		!strings.Contains(r.Rows[2].ScoreErrors["broken"], "goroutine") {
		t.Errorf("report %+v, %v", r, err)
	}
	if n := len(spans.GetSpans()); n != 5 {
		t.Errorf("%d spans, want those of 4 rows and the root", n)
	}
}

// TestACostThatIsNoneHarmsItsScoreAlone: it ended the evaluation, or switched the bound of its cost off.
func TestACostThatIsNoneHarmsItsScoreAlone(t *testing.T) {
	for name, cost := range map[string]float64{"NaN": math.NaN(), "infinite": math.Inf(1), "negative": -1} {
		broken := eval.Scorer[int, int, int]{Name: "broken", Score: func(ctx context.Context, c eval.Case[int, int, int]) (eval.Score, error) {
			eval.ReportCost(ctx, cost)
			if c.Inputs == 1 {
				return eval.Score{Value: 1, CostUSD: cost}, nil
			}
			return eval.Score{Value: 1, CostUSD: 1}, nil
		}}
		for _, opts := range [][]eval.Option{nil, {eval.WithJournal(filepath.Join(t.TempDir(), "journal"))}} {
			r, err := eval.RunWith(t.Context(), opts, numbers(4), double, broken, exact)
			if err != nil || r.Judged["broken"] != 3 || r.Judged["exact"] != 4 || !strings.Contains(r.Rows[1].ScoreErrors["broken"], "cost") || r.CostUSD != 3 {
				t.Errorf("%s, %d options: %+v, %v", name, len(opts), r, err)
			}
		}
	}
}

func TestWhatCannotBeAnEvaluationIsSaid(t *testing.T) {
	bad := errors.New("disk")
	rows := func(f func(func(eval.Row[int, int], error) bool)) eval.Dataset[int, int] {
		return eval.Dataset[int, int]{Name: "d", Rows: iter.Seq2[eval.Row[int, int], error](f)}
	}
	for name, c := range map[string]struct {
		d       eval.Dataset[int, int]
		scorers []eval.Scorer[int, int, int]
		want    string
	}{
		"no name":          {eval.Slice[int, int](""), nil, "has a name"},
		"no rows":          {eval.Dataset[int, int]{Name: "d"}, nil, "needs a dataset"},
		"a scorer twice":   {numbers(1), []eval.Scorer[int, int, int]{exact, exact}, `two scorers are named "exact"`},
		"nameless scorer":  {numbers(1), []eval.Scorer[int, int, int]{exact.Named("")}, "scorer 1 has no name"},
		"scorer of naught": {numbers(1), []eval.Scorer[int, int, int]{{Name: "x"}}, "no function"},
		"an id twice": {eval.Slice("d", eval.Row[int, int]{ID: "a"}, eval.Row[int, int]{ID: "a", Inputs: 1}), nil,
			`two rows have the id "a"`},
		"a dataset that fails": {rows(func(yield func(eval.Row[int, int], error) bool) { yield(eval.Row[int, int]{}, bad) }), nil, "disk"},
	} {
		if _, err := eval.Run(t.Context(), c.d, double, c.scorers...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestABudgetEndsAnEvaluation(t *testing.T) {
	costly := func(ctx context.Context, n int) (int, error) {
		eval.ReportCost(ctx, 0.25)
		return 2 * n, nil
	}
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithMaxCost(1), eval.WithConcurrency(1)}, numbers(9), costly, exact)
	if !eval.IsBudget(err) || len(r.Rows) != 4 || r.Expected != 9 || r.Missing() != 5 || r.CostUSD != 1 || !strings.Contains(err.Error(), "5 rows") {
		t.Errorf("%d rows of %d for %g USD: %v", len(r.Rows), r.Expected, r.CostUSD, err)
	}
	r, err = eval.RunWith(t.Context(), []eval.Option{eval.WithMaxDuration(time.Nanosecond)}, numbers(9), double, exact)
	if !eval.IsBudget(err) || r.Expected != 9 {
		t.Errorf("%d rows of %d: %v", len(r.Rows), r.Expected, err)
	}
}

func TestCostIsReadOffTheSpansOfARow(t *testing.T) {
	meter := eval.NewMeter(map[string]eval.Price{"m": {Input: 1, Output: 2}})
	_, provider := recorder(sdktrace.WithSpanProcessor(meter))
	tracer := provider.Tracer("task")
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithTracerProvider(provider), eval.WithMeter(meter)}, numbers(2),
		func(ctx context.Context, n int) (int, error) {
			_, span := tracer.Start(ctx, "chat m")
			defer span.End()
			if n == 0 {
				span.SetAttributes(mlflowattr.CostKey.String(`{"input_cost":1,"output_cost":2,"total_cost":3}`))
			} else {
				span.SetAttributes(tokens("m-2026", "m", 500_000, 250_000)...)
			}
			return 2 * n, nil
		}, exact)
	if err != nil || r.Rows[0].CostUSD != 3 || r.Rows[1].CostUSD != 1 || r.CostUSD != 4 {
		t.Errorf("rows %+v, %v", r.Rows, err)
	}
}

func TestARowThatTakesTooLongFailsAlone(t *testing.T) {
	r, err := eval.RunWith(t.Context(), []eval.Option{eval.WithRowTimeout(50 * time.Millisecond)}, numbers(3),
		func(ctx context.Context, n int) (int, error) {
			if n == 1 {
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return 2 * n, nil
		})
	if err != nil || r.Failed < 1 || !strings.Contains(r.Rows[1].Err.Error(), "deadline") {
		t.Errorf("report %+v, %v", r, err)
	}
}

func TestAnEvaluationGoesOnWhereItWasCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	var calls, asked atomic.Int64
	judge := eval.Scorer[int, int, int]{Name: "judge", Model: "gpt", Score: func(context.Context, eval.Case[int, int, int]) (eval.Score, error) {
		asked.Add(1)
		return eval.Score{Value: 0.5, CostUSD: 0.01}, nil
	}}
	run := func(ctx context.Context, stopAt int64, stop func()) (eval.Report, tracetest.SpanStubs, error) {
		spans, provider := recorder()
		r, err := eval.RunWith(ctx, []eval.Option{eval.WithTracerProvider(provider), eval.WithJournal(path), eval.WithConcurrency(1)}, numbers(10),
			func(_ context.Context, n int) (int, error) {
				if calls.Add(1) == stopAt {
					stop()
				}
				return 2 * n, nil
			}, judge, exact)
		return r, spans.GetSpans(), err
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, before, err := run(ctx, 4, cancel)
	if !errors.Is(err, context.Canceled) || len(first.Rows) != 3 {
		t.Fatalf("%d rows, %v", len(first.Rows), err)
	}
	second, after, err := run(t.Context(), -1, nil)
	if err != nil || len(second.Rows) != 10 || second.TraceID != first.TraceID || second.SpanID != first.SpanID {
		t.Fatalf("%d rows of %s after %s, %v", len(second.Rows), second.TraceID, first.TraceID, err)
	}
	for i := range 10 {
		if row := second.Rows[i]; row.Resumed != (i < 3) || row.Scores["exact"].Value != 1 || row.Scores["judge"].Value != 0.5 || row.CostUSD != 0.01 {
			t.Errorf("row %d: %+v", i, row)
		}
		if i < 3 && second.Rows[i].TraceID != first.Rows[i].TraceID {
			t.Errorf("row %d is another trace", i)
		}
	}
	if calls.Load() != 11 || asked.Load() != 10 { // that which was cut is run again, and nothing else
		t.Errorf("%d calls of the task, %d of the judge", calls.Load(), asked.Load())
	}
	traces := map[string]int{}
	for _, s := range slices.Concat(before, after) {
		if handed := attributes(s)["mlflow.run.handed_back"]; handed != "true" {
			traces[s.SpanContext.TraceID().String()]++
		}
	}
	if len(traces) != 11 { // 10 rows and the evaluation
		t.Errorf("%d traces: %v", len(traces), traces)
	}
	third, last, err := run(t.Context(), -1, nil)
	if err != nil || len(third.Rows) != 10 || calls.Load() != 11 || len(last) != 1 || third.Means["judge"] != second.Means["judge"] {
		t.Errorf("run again: %d rows, %d calls, %d spans, %v", len(third.Rows), calls.Load(), len(last), err)
	}
}

func TestAJournalThatDoesNotFitIsSaid(t *testing.T) {
	with := func(path string, opts ...eval.Option) error {
		_, provider := recorder()
		_, err := eval.RunWith(t.Context(), append(opts, eval.WithTracerProvider(provider), eval.WithJournal(path)), numbers(2), double, exact)
		return err
	}
	path := filepath.Join(t.TempDir(), "journal")
	if err := with(path); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"another variant":    {with(path, eval.WithParams(map[string]string{"t": "1"})), "another variant"},
		"another evaluation": {with(path, eval.WithName("x")), `of evaluation "numbers"`},
	} {
		if !eval.IsJournal(c.err) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no journal": "hello\n", "a damaged line": string(whole[:len(whole)/2]) + "\n", "no row": strings.SplitAfter(string(whole), "\n")[0] + "{}\n",
	} {
		other := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := with(other); !eval.IsJournal(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(cut, whole[:len(whole)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := with(cut); err != nil {
		t.Errorf("a line that a kill cut off: %v", err)
	}
}

func TestAJournalNeedsIDsOfItsOwn(t *testing.T) {
	_, err := eval.RunWith(t.Context(), []eval.Option{
		eval.WithTracerProvider(sdktrace.NewTracerProvider()), eval.WithJournal(filepath.Join(t.TempDir(), "journal")),
	}, numbers(1), double, exact)
	if err == nil || !strings.Contains(err.Error(), "NewIDGenerator") {
		t.Errorf("error %v", err)
	}
}

func TestRowsOfAFileAreReadOneByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	text := `{"id":"a","inputs":{"url":"x"},"expectations":{"answer":"y"},"tags":{"t":"1"}}` + "\n\n" + `{"inputs":{"url":"z"}}` + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	type in struct {
		URL string `json:"url"`
	}
	type expected struct {
		Answer string `json:"answer"`
	}
	var got []string
	d := eval.JSONL[in, expected]("file", path)
	r, err := eval.Run(t.Context(), d, func(_ context.Context, i in) (string, error) { return i.URL, nil },
		eval.Check("c", func(i in, e expected, out string) bool { return e.Answer == "y" || out == "z" }))
	for _, row := range r.Rows {
		got = append(got, row.RowID)
	}
	if err != nil || len(got) != 2 || got[0] != "a" || len(got[1]) != 16 || r.Means["c"] != 1 {
		t.Errorf("rows %q, means %v, %v", got, r.Means, err)
	}
	if err := os.WriteFile(path, []byte(text+"{bad\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := eval.Run(t.Context(), d, func(context.Context, in) (string, error) { return "", nil }); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("error %v", err)
	}
	for _, none := range []string{"/dev/null", filepath.Dir(path)} { // as a pipe that nobody writes to
		_, err := eval.Run(t.Context(), eval.JSONL[in, expected]("file", none), func(context.Context, in) (string, error) { return "", nil })
		if err == nil || !strings.Contains(err.Error(), none+" is no regular file") {
			t.Errorf("%s: error %v", none, err)
		}
	}
}
