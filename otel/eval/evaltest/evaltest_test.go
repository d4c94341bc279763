package evaltest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/eval/evaltest"
	"github.com/technoshare/commentator/otel/eval/scorers"
)

// fake is a test that may fail.
type fake struct {
	testing.TB
	name     string
	failures []string
	logs     []string
	cleanups []func()
}

func (f *fake) Name() string              { return f.name }
func (f *fake) Helper()                   {}
func (f *fake) Log(args ...any)           { f.logs = append(f.logs, fmt.Sprint(args...)) }
func (f *fake) Logf(string, ...any)       {}
func (f *fake) Error(args ...any)         { f.failures = append(f.failures, fmt.Sprint(args...)) }
func (f *fake) Errorf(s string, a ...any) { f.failures = append(f.failures, fmt.Sprintf(s, a...)) }
func (f *fake) Fatal(args ...any)         { f.Error(args...) }
func (f *fake) Cleanup(do func())         { f.cleanups = append(f.cleanups, do) }

// end is what go test does when a test has ended.
func (f *fake) end() string {
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.cleanups[i]()
	}
	return strings.Join(f.failures, "\n")
}

func TestATestIsAnEvaluationAndItsSubtestsAreItsRows(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t.Run("capitals", func(t *testing.T) {
		e := evaltest.Start(t, "capitals", evaltest.WithOptions(eval.WithTracerProvider(provider)), evaltest.WithMin("exact", 0.5),
			evaltest.WithMax("length", 10))
		for country, capital := range map[string]string{"France": "Paris", "Italy": "Rome"} {
			t.Run(country, func(t *testing.T) {
				t.Parallel()
				evaltest.Row(t, e, eval.Row[string, string]{Inputs: country, Expected: capital},
					func(context.Context, string) (string, error) { return "Paris", nil }, scorers.Exact[string, string](),
					eval.Measure("length", func(_, _, out string) float64 { return float64(len(out)) }))
			})
		}
	})
	names := map[string]int{}
	for _, s := range spans.GetSpans() {
		names[s.Name]++
	}
	prefix := "row " + t.Name() + "/capitals/"
	if len(names) != 3 || names["evaluation capitals"] != 1 || names[prefix+"France"] != 1 || names[prefix+"Italy"] != 1 {
		t.Errorf("spans %v", names)
	}
}

func TestWhatFailsATest(t *testing.T) {
	good := func(_ context.Context, s string) (string, error) { return s, nil }
	bad := func(context.Context, string) (string, error) { return "", errors.New("away") }
	broken := eval.Scorer[string, string, string]{Name: "broken", Score: func(context.Context, eval.Case[string, string, string]) (eval.Score, error) {
		return eval.Score{}, errors.New("no judge")
	}}
	exact := scorers.Exact[string, string]()
	for name, c := range map[string]struct {
		task    func(context.Context, string) (string, error)
		scorer  eval.Scorer[string, string, string]
		opts    []evaltest.Option
		row     string // part of what the row says; empty: it passes
		overall string
	}{
		"a failed task":             {bad, exact, nil, "task: away", ""},
		"a no":                      {good, exact, nil, `scorer "exact": no`, ""},
		"no verdict":                {good, broken, nil, "no judge", ""},
		"a mean that is too low":    {good, exact, []evaltest.Option{evaltest.WithMin("exact", 0.9)}, "", "mean of 0 over 1 rows, want at least 0.9"},
		"a mean that is too high":   {good, exact, []evaltest.Option{evaltest.WithMax("exact", -1)}, "", "want at most -1"},
		"a mean that is enough":     {good, exact, []evaltest.Option{evaltest.WithMin("exact", 0)}, "", ""},
		"a scorer that said naught": {good, exact, []evaltest.Option{evaltest.WithMin("tone", 0.9), evaltest.WithMin("exact", 0)}, "", `no row has a verdict of scorer "tone"`},
	} {
		whole, row := &fake{TB: t, name: "TestX"}, &fake{TB: t, name: "TestX/row"}
		e := evaltest.Start(whole, "x", c.opts...)
		evaltest.Row(row, e, eval.Row[string, string]{Inputs: "in", Expected: "other"}, c.task, c.scorer)
		for what, said := range map[string][2]string{"row": {row.end(), c.row}, "evaluation": {whole.end(), c.overall}} {
			if !strings.Contains(said[0], said[1]) || (said[1] == "") != (said[0] == "") {
				t.Errorf("%s: %s says %q, want %q", name, what, said[0], said[1])
			}
		}
	}
}

func TestARowTwiceIsSaid(t *testing.T) {
	whole := &fake{TB: t, name: "TestX"}
	e := evaltest.Start(whole, "x")
	for range 2 {
		evaltest.Row(whole, e, eval.Row[string, string]{ID: "a"}, func(_ context.Context, s string) (string, error) { return s, nil })
	}
	if said := whole.end(); !strings.Contains(said, `two rows have the id "a"`) {
		t.Errorf("said %q", said)
	}
}

// A journal is for what was killed: it answers for no task once the test has ended.
func TestATestThatEndedAsksItsTasksAgain(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "capitals.journal")
	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)))
	asked := 0
	task := func(_ context.Context, s string) (string, error) {
		asked++
		return s, nil
	}
	for range 2 {
		whole := &fake{TB: t, name: "TestX"}
		e := evaltest.Start(whole, "x", evaltest.WithOptions(eval.WithJournal(journal), eval.WithTracerProvider(provider)))
		evaltest.Row(whole, e, eval.Row[string, string]{ID: "a"}, task)
		if said := whole.end(); said != "" {
			t.Errorf("said %q", said)
		}
	}
	if asked != 2 {
		t.Errorf("the task was asked %d times", asked)
	}
	if left, err := os.ReadDir(filepath.Dir(journal)); err != nil || len(left) > 0 {
		t.Errorf("left is %v, %v", left, err)
	}
}

// What was paid before the budget was spent is not paid again by the next test, which has the rest of the rows to pay.
func TestATestWhoseBudgetIsSpentGoesOnTheNextTime(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "capitals.journal")
	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)))
	asked := map[string]int{}
	task := func(ctx context.Context, s string) (string, error) {
		asked[s]++
		eval.ReportCost(ctx, 1)
		return s, nil
	}
	for turn, want := range []string{"the budget of 1.5 US dollars is spent", ""} {
		whole := &fake{TB: t, name: "TestX"}
		e := evaltest.Start(whole, "x", evaltest.WithOptions(eval.WithJournal(journal), eval.WithTracerProvider(provider),
			eval.WithConcurrency(1), eval.WithMaxCost(1.5+float64(turn)*10)))
		for _, in := range []string{"a", "b", "c"} {
			evaltest.Row(whole, e, eval.Row[string, string]{ID: in, Inputs: in}, task)
		}
		if said := whole.end(); !strings.Contains(said, want) || (want == "") != (said == "") {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	if asked["a"] != 1 || asked["b"] != 1 || asked["c"] != 1 {
		t.Errorf("asked %v", asked)
	}
	if _, err := os.Stat(journal); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the journal: %v", err)
	}
}

// go test -run X/one after a kill runs one row: what was paid for the others stays paid.
func TestATestOfSomeRowsKeepsWhatAJournalHasOfTheOthers(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "capitals.journal")
	provider := sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(eval.NewIDGenerator(nil)))
	options := []eval.Option{eval.WithJournal(journal), eval.WithTracerProvider(provider)}
	asked := map[string]int{}
	task := func(_ context.Context, s string) (string, error) {
		asked[s]++
		return s, nil
	}
	killed, err := eval.Open(t.Context(), "x", options...)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"a", "b"} {
		if _, err := eval.RunRow(t.Context(), killed, eval.Row[string, string]{ID: in, Inputs: in}, task); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := killed.Close(t.Context()); err != nil { // which leaves the journal, as a kill does
		t.Fatal(err)
	}
	run := func(rows ...string) (logs string) {
		whole := &fake{TB: t, name: "TestX"}
		e := evaltest.Start(whole, "x", evaltest.WithOptions(options...))
		for _, in := range rows {
			evaltest.Row(whole, e, eval.Row[string, string]{ID: in, Inputs: in}, task)
		}
		if said := whole.end(); said != "" {
			t.Errorf("%v: said %q", rows, said)
		}
		return strings.Join(whole.logs, "\n")
	}
	if logs := run("a"); !strings.Contains(logs, "its journal stays, as it has 1 row that this test did not run") {
		t.Errorf("logged %q", logs)
	}
	if _, err := os.Stat(journal); err != nil {
		t.Fatalf("the journal: %v", err)
	}
	if logs := run("a", "b", "c"); strings.Contains(logs, "journal") {
		t.Errorf("logged %q", logs)
	}
	if asked["a"] != 1 || asked["b"] != 1 || asked["c"] != 1 {
		t.Errorf("asked %v", asked)
	}
	if _, err := os.Stat(journal); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the journal in the end: %v", err)
	}
}
