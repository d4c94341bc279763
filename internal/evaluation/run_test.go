package evaluation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/internal/datasets"
	"github.com/technoshare/commentator/internal/evaluation"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/eval"
)

// model is an analyst that comments by what answer makes of prompt and page.
type model struct {
	name   string
	asked  *atomic.Int32
	answer func(prompt *job.Prompt, ev *job.Evidence) (string, error)
}

func (m model) Analyze(ctx context.Context, ev *job.Evidence) (*job.Analysis, error) {
	m.asked.Add(1)
	eval.ReportCost(ctx, 0.01)
	summary, err := m.answer(job.PromptOf(ctx), ev)
	if err != nil {
		return new(job.Analysis), err
	}
	return &job.Analysis{Analyst: job.AnalystOpenAI, Model: m.name, Language: "en", Result: &job.Comment{Summary: summary}}, nil
}

func (m model) Describe() job.AnalystSettings {
	return job.AnalystSettings{Analyst: job.AnalystOpenAI, Model: m.name, MaxTokens: 2000, Language: "en"}
}

// checker is gates of which one asks for a summary, and one for English.
type checker struct{ checks *atomic.Int32 }

func (c checker) Check(ev *job.Evidence, a *job.Analysis) job.Report {
	c.checks.Add(1)
	return job.Report{Results: []job.GateResult{
		{Name: "summary", Passed: a.Result.Summary != "", Detail: "is empty", Severity: job.Blocking},
		{Name: "coverage", Passed: ev.Coverage == job.CoverageFull, Detail: "a teaser", Severity: job.Advisory},
	}}
}

// format is a reply as its summary.
type format struct{ job.Formatter }

func (format) Markdown(r job.Reply) string { return r.Comment.Summary }

// bench is a place to evaluate in.
type bench struct {
	settings      evaluation.Settings
	dataset       evaluation.Dataset
	asked, checks *atomic.Int32
	answer        func(prompt *job.Prompt, ev *job.Evidence) (string, error)
}

func newBench(t *testing.T, rows int) *bench {
	t.Helper()
	b := &bench{asked: new(atomic.Int32), checks: new(atomic.Int32)}
	b.settings = evaluation.Settings{
		Gates: checker{b.checks}, GateNames: []string{"summary", "coverage"}, Format: format{},
		Provider:    sdktrace.NewTracerProvider(sdktrace.WithIDGenerator(eval.NewIDGenerator(nil))),
		Concurrency: 2, Trials: 1, RowTimeout: time.Minute, Journals: filepath.Join(t.TempDir(), "journals"), Origin: "here",
	}
	b.dataset = evaluation.Dataset{Name: "links", ID: "d-1"}
	for i := range rows {
		b.dataset.Rows = append(b.dataset.Rows, datasets.Row{ID: fmt.Sprintf("r%d", i+1), Inputs: datasets.Inputs{
			URL: "https://e.com", Evidence: &job.Evidence{Title: fmt.Sprint(i), Text: "text", Coverage: job.CoverageFull},
		}})
	}
	b.answer = func(p *job.Prompt, ev *job.Evidence) (string, error) {
		return p.Version + " says: Page " + ev.Title, nil
	}
	return b
}

func (b *bench) variant(version, name string) evaluation.Variant {
	return evaluation.Variant{
		Prompt:  &job.Prompt{Name: "commentary", Version: version, Registered: true},
		Analyst: model{name, b.asked, func(p *job.Prompt, ev *job.Evidence) (string, error) { return b.answer(p, ev) }},
	}
}

func (b *bench) run(t *testing.T, variants ...evaluation.Variant) []evaluation.Outcome {
	t.Helper()
	out, err := evaluation.Run(t.Context(), b.settings, b.dataset, variants)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestARowPassesWhenGatesAndExpectationsSayYes(t *testing.T) {
	b := newBench(t, 7)
	rows := b.dataset.Rows
	rows[1].Inputs.Evidence.Coverage = job.CoveragePartial // only advice
	rows[2].Expectations = map[string]any{"contains": []any{"page 2", "SAYS"}, "excludes": "nonsense"}
	rows[3].Expectations = map[string]any{"contains": "another page"}
	rows[4].Expectations = map[string]any{"excludes": []any{"PAGE"}}
	rows[5].Expectations = map[string]any{"contains": 5}
	rows[6].Inputs.Evidence = nil
	b.answer = func(p *job.Prompt, ev *job.Evidence) (string, error) {
		if ev.Title == "0" {
			return "", nil
		}
		return "It says: Page " + ev.Title, nil
	}
	got := map[string]string{}
	for _, r := range b.run(t, b.variant("1", "m"))[0].Report.Rows {
		switch s := r.Scores[evaluation.Passed]; {
		case evaluation.Fault(r) != "":
			got[r.RowID] = evaluation.Fault(r)
		case s.Value == 1:
			got[r.RowID] = "passed"
		default:
			got[r.RowID] = s.Explanation
		}
	}
	want := map[string]string{
		"r1": "gates: summary: is empty", "r2": "passed", "r3": "passed", "r4": `contains: does not say "another page"`,
		"r5": `contains: says "PAGE"`, "r6": `contains gave no verdict: the expectation contains is no text nor a list of texts: write "contains": ["…"]`,
		"r7": "the row has no evidence: build the dataset anew, or add the row again",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if n := b.checks.Load(); n != 6 {
		t.Errorf("gates were asked %d times for 6 replies", n)
	}
}

func TestTheSameCommandGoesOnWithWhatWasPaid(t *testing.T) {
	b := newBench(t, 6)
	variants := []evaluation.Variant{b.variant("2", "m"), b.variant("1", "m")}
	ctx, cancel := context.WithCancel(t.Context())
	answer := b.answer
	b.answer = func(p *job.Prompt, ev *job.Evidence) (string, error) {
		if b.asked.Load() == 8 { // in the second variant
			cancel()
		}
		return answer(p, ev)
	}
	cut, err := evaluation.Run(ctx, b.settings, b.dataset, variants)
	if err != nil || !cut[0].Complete() || cut[1].Complete() || cut[1].Report.Expected != 6 || cut[1].FailedRows() == 0 {
		t.Fatalf("%+v, %v", cut, err)
	}
	if err := evaluation.Forget(cut); err != nil { // which leaves what is not complete
		t.Fatal(err)
	}
	left := 6 - len(cut[1].Report.Rows) // of which some may have been answered, and not judged
	b.answer = answer
	b.asked.Store(0)
	b.checks.Store(0)
	out := b.run(t, variants...)
	if n := int(b.asked.Load()); n > left || n < left-b.settings.Concurrency {
		t.Errorf("%d calls for %d rows that had not ended", n, left)
	}
	if n := int(b.checks.Load()); n != left {
		t.Errorf("gates were asked %d times for %d rows that had not ended", n, left)
	}
	for i, o := range out {
		if !o.Complete() || o.FailedRows() != 0 || o.Report.Means[evaluation.Passed] != 1 || o.Report.TraceID != cut[i].Report.TraceID {
			t.Errorf("variant %d: %+v", i, o)
		}
	}
	// Once all is done, the same command is another evaluation.
	if err := evaluation.Forget(out); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(b.settings.Journals); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
	b.asked.Store(0)
	if again := b.run(t, variants...); b.asked.Load() != 12 || again[0].Report.TraceID == out[0].Report.TraceID {
		t.Errorf("%d calls", b.asked.Load())
	}
}

func TestAnotherCommandHasAnotherJournal(t *testing.T) {
	b := newBench(t, 2)
	b.run(t, b.variant("1", "m"))
	for name, change := range map[string]func(*bench) evaluation.Variant{
		"another version": func(b *bench) evaluation.Variant { return b.variant("2", "m") },
		"another model":   func(b *bench) evaluation.Variant { return b.variant("1", "n") },
		"another server": func(b *bench) evaluation.Variant {
			b.settings.Origin = "there"
			return b.variant("1", "m")
		},
		"more trials": func(b *bench) evaluation.Variant {
			b.settings.Trials = 2
			return b.variant("1", "m")
		},
		"another dataset": func(b *bench) evaluation.Variant {
			b.dataset.ID = "d-2"
			return b.variant("1", "m")
		},
	} {
		other := *b
		v := change(&other)
		b.asked.Store(0)
		if n := other.run(t, v); b.asked.Load() == 0 {
			t.Errorf("%s: goes on with %+v", name, n)
		}
	}
	b.asked.Store(0)
	b.settings.Concurrency, b.settings.MaxCost = 1, 5
	if b.run(t, b.variant("1", "m")); b.asked.Load() != 0 {
		t.Errorf("another bound is another evaluation: %d calls", b.asked.Load())
	}
}

func TestWhatAnotherProcessIsAtWorkOnIsLeftToIt(t *testing.T) {
	b := newBench(t, 1)
	v := b.variant("1", "m")
	earlier := b.run(t, v)
	if err := evaluation.Forget(earlier); err != nil {
		t.Fatal(err)
	}
	answer := b.answer
	b.answer = func(p *job.Prompt, ev *job.Evidence) (string, error) {
		_, err := evaluation.Run(t.Context(), b.settings, b.dataset, []evaluation.Variant{v})
		if err == nil || !strings.HasPrefix(err.Error(), "evaluate commentary/1, m: another process evaluates it") {
			t.Errorf("the second says %v", err)
		}
		if err := evaluation.Forget(earlier); err != nil { // as one does that found all rows in a journal, later than others
			t.Error(err)
		}
		return answer(p, ev)
	}
	b.run(t, v)
	if left, err := filepath.Glob(filepath.Join(b.settings.Journals, "*.jsonl")); err != nil || len(left) != 1 {
		t.Errorf("journals %v, %v", left, err)
	}
}

func TestOldJournalsGo(t *testing.T) {
	b := newBench(t, 1)
	b.run(t, b.variant("1", "m"))
	old := time.Now().Add(-31 * 24 * time.Hour)
	entries, err := filepath.Glob(filepath.Join(b.settings.Journals, "*"))
	if err != nil || len(entries) == 0 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, path := range entries {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	b.run(t, b.variant("2", "m"))
	for _, path := range entries {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there: %v", path, err)
		}
	}
}

func TestABudgetIsThatOfAllVariants(t *testing.T) {
	b := newBench(t, 4)
	b.settings.Concurrency, b.settings.MaxCost = 1, 0.06
	out := b.run(t, b.variant("2", "m"), b.variant("1", "m"), b.variant("1", "n"))
	if n := b.asked.Load(); n != 6 {
		t.Errorf("%d calls of 0.01 for 0.06 dollars", n)
	}
	for i, ran := range []int{4, 2, 0} {
		if o := out[i]; len(o.Report.Rows) != ran || o.Report.Expected != 4 || o.Complete() != (ran == 4) || o.FailedRows() != 4-ran {
			t.Errorf("variant %d: %+v", i, o)
		}
	}
	b.settings.MaxCost = 1
	if out = b.run(t, b.variant("2", "m"), b.variant("1", "m"), b.variant("1", "n")); b.asked.Load() != 12 || !out[2].Complete() {
		t.Errorf("with more money: %d calls, %+v", b.asked.Load(), out[2])
	}
}

func TestAJudgeIsAskedWhereOnlyItCanTell(t *testing.T) {
	b := newBench(t, 3)
	b.dataset.Rows[1].Expectations = map[string]any{"contains": "page", datasets.ExpectedResponse: "It names the year."}
	b.dataset.Rows[2].Expectations = map[string]any{"contains": "page"}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var body strings.Builder
		_ = r.Write(&body)
		if said := body.String(); !strings.Contains(said, "It names the year.") || !strings.Contains(said, "Page 1") || r.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("the judge is asked %s", said)
		}
		_, _ = fmt.Fprint(w, `{"choices":[{"message":{"content":"{\"rationale\":\"There is no year.\",\"verdict\":\"fail\"}"}}]}`)
	}))
	t.Cleanup(server.Close)
	judge := evaluation.NewJudge(server.URL, "k", "j")
	b.settings.Judge = &judge
	if n := evaluation.Unjudged(b.dataset.Rows); n != 1 {
		t.Errorf("%d rows need a judge", n)
	}
	o := b.run(t, b.variant("1", "m"))[0]
	if asked.Load() != 1 || o.Report.Means[evaluation.Passed] != 2.0/3 {
		t.Errorf("%d questions, %+v", asked.Load(), o.Report)
	}
	if s := o.Report.Rows[1].Scores[evaluation.Passed]; s.Value != 0 || s.Explanation != "judge: There is no year." {
		t.Errorf("%+v", s)
	}
}

func TestACallOfARowHasAKeyThatFollowsFromIt(t *testing.T) {
	keys := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { keys[r.Header.Get("Idempotency-Key")]++ }))
	t.Cleanup(server.Close)
	client := evaluation.Client(http.DefaultTransport)
	post := func(ctx context.Context, body string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	post(t.Context(), "outside of a row")
	rows := eval.Slice("d", eval.Row[string, string]{ID: "a"}, eval.Row[string, string]{ID: "b"})
	if _, err := eval.RunWith(t.Context(), []eval.Option{eval.WithConcurrency(1)}, rows, func(ctx context.Context, _ string) (string, error) {
		post(ctx, "one")
		post(ctx, "one")
		post(ctx, "another")
		return "", nil
	}); err != nil {
		t.Fatal(err)
	}
	if keys[""] != 1 || len(keys) != 5 {
		t.Errorf("keys %v, want none once, and two of each row", keys)
	}
}
