package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
)

var reportedJob = job.Job{ID: "ab12", URL: "https://reader:hunter22@example.com/x?token=s3cr3t", Attempt: 2}

func TestReportHoldsTheJobsEnd(t *testing.T) {
	result := job.Result{
		Outcome: job.OutcomeError, TraceID: trace.TraceID{1}, Err: errors.New("no key " + testKey),
		Evidence: &job.Evidence{AdapterName: "GenericAdapter", Coverage: job.CoveragePartial, Snippets: make([]job.Snippet, 3)},
		Analysis: &job.Analysis{Result: &job.Comment{Summary: "s"}},
	}
	rep := newReport(reportedJob, result, delivery{done: true, runID: "r", runURL: "http://run", traceURL: "http://trace"},
		config.NewMasker(testKey))
	body, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"job_id": "ab12", "url": "https://example.com/x?token=REDACTED", "outcome": "error", "attempt": 2.0, "trace_id": trace.TraceID{1}.String(),
		"run_id": "r", "run_url": "http://run", "trace_url": "http://trace", "delivered": true, "error": "no key ***", "delivery_error": "",
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	for _, name := range []string{"gate_failures", "missing"} {
		if list, ok := got[name].([]any); !ok || len(list) != 0 {
			t.Errorf("%s is %v, want an empty list", name, got[name])
		}
	}
	if ev, ok := got["evidence"].(map[string]any); !ok || ev["snippet_count"] != 3.0 || ev["coverage"] != "partial" {
		t.Errorf("evidence is %v", got["evidence"])
	}
	if rep.Comment == nil || rep.Comment.Summary != "s" {
		t.Errorf("comment %+v", rep.Comment)
	}
}

func TestReportOfATraceThatIsNotOnDiskIsNotDelivered(t *testing.T) {
	rep := newReport(reportedJob, job.Result{Outcome: job.OutcomeSuccess, NotOnDisk: errors.New("disk full at " + testKey)},
		delivery{done: true}, config.NewMasker(testKey))
	if rep.Delivered || !rep.waiting || rep.DeliveryError != "disk full at ***" || rep.Evidence != nil || rep.Comment != nil {
		t.Errorf("report %+v", rep)
	}
}

// shown runs a job's life through a reporter.
func shown(t *testing.T, std streams, asJSON bool, rep jobReport, res job.Result, events ...job.Event) string {
	t.Helper()
	var out bytes.Buffer
	std.out, std.mask = &out, config.NewMasker(testKey)
	r := newReporter(std, asJSON)
	r.begin(reportedJob)
	for _, e := range events {
		r.event(e)
	}
	if err := r.end(rep, res); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJobsAreShownForPeopleForPipesAndForPrograms(t *testing.T) {
	events := []job.Event{
		{Stage: "retrieval"}, {Stage: "retrieval", Done: true, Duration: 1234 * time.Millisecond, Detail: "3 snippets"},
		{Stage: "analysis"}, {Stage: "analysis", Done: true, Duration: 50 * time.Millisecond, Err: errors.New("refused " + testKey)},
		{Stage: "slack_post"}, {Stage: "slack_post", Done: true, Skipped: true, Duration: 123 * time.Microsecond, Detail: "skipped, as nobody asked"},
	}
	failed := jobReport{JobID: "ab12", Outcome: "error", Error: "refused ***", waiting: true, DeliveryError: "MLflow is away"}
	gate := jobReport{JobID: "ab12", Outcome: "gate_failed", GateFailures: []string{strings.Repeat("x", 300)}, Delivered: true,
		RunURL: "http://run", TraceURL: "http://trace"}
	for name, c := range map[string]struct {
		std       streams
		json      bool
		rep       jobReport
		want, not []string
	}{
		"another error than the stage's": {streams{}, false, jobReport{JobID: "ab12", Outcome: "error", Error: "given up"}, []string{"  error given up"}, nil},
		"pipe": {streams{}, false, failed, []string{"job_ab12 https://example.com/", "✓ retrieval", "1.23s", "3 snippets", "✗ analysis",
			"50ms", "refused ***", "– slack_post               skipped, as nobody asked", "error in", "outbox MLflow is away"},
			[]string{"✓ slack_post", "123µs", "  error refused", "\x1b", "…", testKey, "hunter22", "s3cr3t"}},
		"terminal": {streams{terminal: true}, false, failed, []string{"… retrieval", "\r"}, []string{"\x1b", testKey}},
		"colour": {streams{terminal: true, color: true}, false, failed, []string{"\x1b[1mjob_ab12\x1b[0m", "\x1b[32m✓", "\x1b[31m✗",
			"\x1b[33moutbox"}, []string{testKey}},
		"gate": {streams{}, false, gate, []string{"gate_failed in", "gate xxx", "x…\n", "run    http://run", "trace  http://trace"},
			[]string{"outbox", strings.Repeat("x", 200)}},
		"partial": {streams{}, false, jobReport{JobID: "ab12", Outcome: "success", waiting: true, DeliveryError: "artifacts wait", RunURL: "http://run"},
			[]string{"run    http://run", "outbox artifacts wait"}, []string{"trace  "}},
		"incomplete": {streams{}, false, jobReport{JobID: "ab12", Outcome: "success", Delivered: true, RunURL: "http://run",
			Missing: []string{"artifacts (3): no store"}},
			[]string{"missing artifacts (3): no store", "outbox commentator outbox retry delivers what is missing"}, []string{"hint"}},
		"json": {streams{}, true, failed, []string{`"error":"refused ***"`}, []string{"✓", "retrieval", testKey}},
	} {
		t.Run(name, func(t *testing.T) {
			got := shown(t, c.std, c.json, c.rep, job.Result{Outcome: job.Outcome(c.rep.Outcome)}, events...)
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("no %q in\n%s", w, got)
				}
			}
			for _, w := range c.not {
				if strings.Contains(got, w) {
					t.Errorf("%q in\n%s", w, got)
				}
			}
			if c.json && strings.Count(got, "\n") != 1 {
				t.Errorf("more than a line a job:\n%s", got)
			}
		})
	}
}

// reply has words enough for several lines of any width.
var reply = job.Reply{Comment: &job.Comment{
	TLDR: []string{"A window is as wide as its owner made it."}, Summary: strings.Repeat("Every line of this summary has to fit. ", 12),
}}

func TestLinesAreAsWideAsTheTerminal(t *testing.T) {
	rep := jobReport{JobID: "ab12", Outcome: "success", waiting: true, DeliveryError: "MLflow is away" + strings.Repeat(" and the trace is kept", 12)}
	res := job.Result{Outcome: job.OutcomeSuccess, Reply: reply, Report: job.Report{Results: []job.GateResult{
		{Name: "similar", Severity: job.Advisory, Detail: strings.Repeat("nothing like it is named ", 9)},
	}}}
	event := job.Event{Stage: "quality_gates", Done: true, Detail: strings.Repeat("many words of detail ", 12)}
	widest := func(width int) (most int, text string) {
		text = shown(t, streams{width: width}, false, rep, res, event)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(line) - 1; !strings.Contains(line, "http") {
				most = max(most, n)
			}
		}
		return most, text
	}
	for _, width := range []int{60, 80, 100, 150} {
		if most, text := widest(width); most > width || most < width-15 {
			t.Errorf("the widest line has %d of %d columns:\n%s", most, width, text)
		}
	}
	_, text := widest(0)
	if !strings.Contains(text, "outbox "+rep.DeliveryError) || strings.Contains(text, strings.Repeat("Every line of this summary has to fit. ", 3)) {
		t.Errorf("without a width a line of the delivery is cut, or the comment is not laid out:\n%s", text)
	}
	if !strings.Contains(text, "warning similar: nothing") {
		t.Errorf("an advisory gate that failed is not told:\n%s", text)
	}
}

func TestColumnsAreThoseOfTheVariableOrOfTheTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for value, want := range map[string]int{"": 0, "72": 72, "300": 300, "0": 0, "-3": 0, "wide": 0} {
		if got := columns(func(string) string { return value }, file); got != want {
			t.Errorf("COLUMNS=%s: %d columns, want %d", value, got, want)
		}
	}
}

func TestDurationsAreRoundedToWhatMatters(t *testing.T) {
	for d, want := range map[time.Duration]string{
		12345 * time.Millisecond: "12.3s", 1234 * time.Millisecond: "1.23s", 12345 * time.Microsecond: "12.3ms", 12 * time.Microsecond: "0s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%s is shown as %s, want %s", d, got, want)
		}
	}
}

func TestExitCodesTellHowTheJobsEnded(t *testing.T) {
	good, gate, bad, waits := jobReport{Outcome: "success"}, jobReport{Outcome: "gate_failed"}, jobReport{Outcome: "error"}, jobReport{Outcome: "success", waiting: true}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for name, c := range map[string]struct {
		ctx     context.Context
		reports []jobReport
		asked   int
		want    int
	}{
		"all good":            {t.Context(), []jobReport{good, good}, 2, exitOK},
		"a gate failed":       {t.Context(), []jobReport{good, gate}, 2, exitJob},
		"an error":            {t.Context(), []jobReport{bad, good}, 2, exitJob},
		"one waits":           {t.Context(), []jobReport{waits, good}, 2, exitWaiting},
		"an error and a wait": {t.Context(), []jobReport{waits, bad}, 2, exitJob},
		"stopped":             {stopped, []jobReport{good}, 2, exitJob},
	} {
		err := verdict(c.ctx, c.reports, c.asked)
		got, e := exitOK, exitError{}
		if errors.As(err, &e) {
			got = e.code
		} else if err != nil {
			t.Errorf("%s: %v has no code", name, err)
		}
		if got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
}
