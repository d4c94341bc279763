package mlflowexporter

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func root(id int) spanSpec { return spanSpec{id: id, name: "job"} }

func TestATraceInPiecesBecomesOneRunTree(t *testing.T) {
	orders := map[string][][]spanSpec{
		"at once":          {{root(1), chat(2, 1)}},
		"root first":       {{root(1)}, {chat(2, 1)}},
		"root last":        {{chat(2, 1)}, {root(1)}},
		"everything twice": {{root(1), chat(2, 1)}, {chat(2, 1), root(1)}},
	}
	for name, requests := range orders {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			exp, _ := begin(t, quick(t, url, ""), nil)
			for _, r := range requests {
				if err := exp.ConsumeTraces(t.Context(), request(1, "shop", r...)); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "both spans and both runs", func() bool {
				runs := mlflow.Runs(traceHex(1))
				slices.Sort(runs)
				return mlflow.HasSpan(traceHex(1), spanHex(1)) && mlflow.HasSpan(traceHex(1), spanHex(2)) &&
					slices.Equal(runs, []string{"chat m", "job"})
			})
		})
	}
}

func TestALateSpanCorrectsTheRuns(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, ""), nil)
	send := func(specs ...spanSpec) {
		if err := exp.ConsumeTraces(t.Context(), request(1, "shop", specs...)); err != nil {
			t.Fatal(err)
		}
	}
	send(chat(3, 2)) // neither its parent nor the root
	eventually(t, "the trace without its root", func() bool { return shape(mlflow, 1) == "shop RUNNING? > [chat m FINISHED?]" })
	send(root(1), spanSpec{id: 2, parent: 1, name: "step"})
	eventually(t, "the model call folded into its step", func() bool {
		runs := mlflow.Runs(traceHex(1))
		slices.Sort(runs)
		_, unfinished := mlflow.Doubled()
		return slices.Equal(runs, []string{"job", "step"}) && len(unfinished) == 0
	})
}

func TestWhatAnotherProcessProjectsIsLeftAlone(t *testing.T) {
	mlflow, url := fake(t)
	exp, stop := begin(t, quick(t, url, ""), nil)
	for i, mark := range []any{true, "true", "false"} {
		td := request(i+1, "worker", root(1), chat(2, 1))
		_ = td.ResourceSpans().At(0).Resource().Attributes().FromRaw(map[string]any{"mlflow.projected": mark})
		if err := exp.ConsumeTraces(t.Context(), td); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if got := mlflow.Traces(); !slices.Equal(got, []string{traceHex(3)}) {
		t.Errorf("delivered traces %v, want only the one whose mark says false", got)
	}
}

func TestTracesWithoutGenAI(t *testing.T) {
	for setting, want := range map[string]struct{ spans, runs int }{"drop": {0, 0}, "trace_only": {1, 0}, "project": {1, 1}} {
		t.Run(setting, func(t *testing.T) {
			mlflow, url := fake(t)
			exp, stop := begin(t, quick(t, url, "non_genai_traces: "+setting), nil)
			if err := exp.ConsumeTraces(t.Context(), request(1, "web",
				spanSpec{id: 1, name: "GET /", attrs: map[string]any{"http.request.method": "GET"}})); err != nil {
				t.Fatal(err)
			}
			stop()
			if spans, _ := mlflow.Spans(); spans != want.spans || len(mlflow.Runs(traceHex(1))) != want.runs {
				t.Errorf("%d spans and runs %v, want %+v", spans, mlflow.Runs(traceHex(1)), want)
			}
		})
	}
}

func TestRunsTracesAndArtifactsCanBeLeftOut(t *testing.T) {
	for setting, want := range map[string]struct{ spans, runs, artifacts int }{
		"{}":                 {2, 2, 1},
		"{artifacts: false}": {2, 2, 0},
		"{traces: false}":    {0, 2, 1},
		"{runs: false}":      {2, 0, 0},
	} {
		t.Run(setting, func(t *testing.T) {
			mlflow, url := fake(t)
			var artifacts atomic.Int64
			mlflow.Fault = func(r *http.Request) (int, string) {
				if strings.Contains(r.URL.Path, "mlflow-artifacts") && r.Method == http.MethodPut {
					artifacts.Store(1)
				}
				return 0, ""
			}
			exp, stop := begin(t, quick(t, url, "delivery: "+setting), nil)
			job := root(1)
			job.attrs = map[string]any{"mlflow.run.artifact.note.txt": "a note"}
			if err := exp.ConsumeTraces(t.Context(), request(1, "shop", job, chat(2, 1))); err != nil {
				t.Fatal(err)
			}
			stop()
			got := want
			got.spans, _ = mlflow.Spans()
			got.runs, got.artifacts = len(mlflow.Runs(traceHex(1))), int(artifacts.Load())
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestExperimentsByResourceAttribute(t *testing.T) {
	mlflow, url := fake(t)
	exp, stop := begin(t, quick(t, url, "experiment: {name: others, from_attribute: service.name, max_experiments: 2}"), nil)
	for i, service := range []string{"shop", "search", "", "shop", "one too many"} {
		if err := exp.ConsumeTraces(t.Context(), request(i+1, service, chat(1, 0))); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the trace of "+service, func() bool { return len(mlflow.Runs(traceHex(i+1))) == 1 })
	}
	stop()
	got := mlflow.Experiments()
	if got["shop"] != 2 || got["search"] != 1 || got["others"] != 2 || len(got) != 4 {
		t.Errorf("runs by experiment: %v", got)
	}
}

func TestNothingIsLostWhileMLflowFails(t *testing.T) {
	for name, status := range map[string]int{"away": 503, "broken": 500, "no such experiment": 404, "forbidden": 403, "overloaded": 429} {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			var failing atomic.Bool
			var met atomic.Int64
			body := `{"error_code":"INTERNAL_ERROR","message":"as told"}`
			if status == 404 {
				body = `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=0 exists"}`
			}
			mlflow.Fault = func(*http.Request) (int, string) {
				if failing.Load() {
					met.Add(1)
					return status, body
				}
				return 0, ""
			}
			c := quick(t, url, "")
			c.Delivery.RefusedInterval = 20 * time.Millisecond
			exp, _ := begin(t, c, nil)
			failing.Store(true)
			for i := range 20 {
				if err := exp.ConsumeTraces(t.Context(), request(i, "shop", root(1), chat(2, 1))); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "several attempts", func() bool { return met.Load() > 3 })
			failing.Store(false)
			eventually(t, "all spans", func() bool { n, _ := mlflow.Spans(); return n == 40 })
			eventually(t, "all runs, once", func() bool {
				doubled, unfinished := mlflow.Doubled()
				return len(doubled) == 0 && len(unfinished) == 0 && len(mlflow.Traces()) == 20
			})
		})
	}
}

func TestPoisonIsIsolated(t *testing.T) {
	mlflow, url := fake(t)
	var poisoned atomic.Bool
	poisoned.Store(true)
	mlflow.Received = poison(&poisoned, "bad")
	c := quick(t, url, "")
	c.Delivery.RefusedInterval = 50 * time.Millisecond
	exp, _ := begin(t, c, nil)
	for i := range 5 {
		specs := []spanSpec{root(1), chat(2, 1)}
		if i == 2 {
			specs = append(specs, spanSpec{id: 3, parent: 1, name: "bad"})
		}
		if err := exp.ConsumeTraces(t.Context(), request(i, "shop", specs...)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all but the bad span", func() bool { n, _ := mlflow.Spans(); return n == 10 })
	if mlflow.HasSpan(traceHex(2), spanHex(3)) {
		t.Fatal("the bad span was taken")
	}
	poisoned.Store(false)
	eventually(t, "the bad span, once the server takes it", func() bool { return mlflow.HasSpan(traceHex(2), spanHex(3)) })
}

func TestWhatIsStoredSurvivesARestart(t *testing.T) {
	mlflow, url := fake(t)
	failing := outage(mlflow)
	dir := t.TempDir()
	c := quick(t, url, "storage: file_storage")
	h := files(t, dir)
	exp, stop := begin(t, c, h)
	if err := exp.ConsumeTraces(t.Context(), request(0, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first trace", func() bool { n, _ := mlflow.Spans(); return n == 2 })
	eventually(t, "the first trace's runs", func() bool { _, u := mlflow.Doubled(); return len(u) == 0 })
	failing.Store(true)
	for i := 1; i <= 10; i++ {
		if err := exp.ConsumeTraces(t.Context(), request(i, "shop", root(1), chat(2, 1))); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := exp.ConsumeTraces(t.Context(), request(99, "shop", root(1))); err == nil {
		t.Error("a stopped exporter takes spans")
	}
	failing.Store(false)
	_, before := mlflow.Spans()
	_, stop = begin(t, c, h)
	eventually(t, "all traces after the restart", func() bool { n, _ := mlflow.Spans(); return n == 22 })
	stop()
	if doubled, _ := mlflow.Doubled(); len(doubled) > 0 {
		t.Errorf("doubled runs: %v", doubled)
	}
	_, after := mlflow.Spans()
	if perTrace := float64(after-before) / 10; perTrace > 16 {
		t.Errorf("%.1f calls a trace: was the delivered one sent again?", perTrace)
	}
}

func TestAFullStoreRefusesAndRecovers(t *testing.T) {
	mlflow, url := fake(t)
	failing := outage(mlflow)
	c := quick(t, url, "limits: {max_traces: 5}\nassembly: {late_window: 1h, wait_after_root: 10ms}")
	exp, _ := begin(t, c, nil)
	failing.Store(true)
	var err error
	taken := 0
	for i := range 10 {
		if err = exp.ConsumeTraces(t.Context(), request(i, "shop", root(1), chat(2, 1))); err == nil {
			taken++
		}
	}
	if taken != 5 || err == nil || !strings.Contains(err.Error(), "limits") {
		t.Fatalf("took %d traces, last error %v", taken, err)
	}
	failing.Store(false)
	eventually(t, "what was taken", func() bool { n, _ := mlflow.Spans(); return n == 10 })
	eventually(t, "room again", func() bool {
		return exp.ConsumeTraces(t.Context(), request(50, "shop", root(1), chat(2, 1))) == nil
	})
	eventually(t, "the new trace", func() bool { return mlflow.HasSpan(traceHex(50), spanHex(2)) })
}

func TestAGiantTraceGoesInPieces(t *testing.T) {
	mlflow, url := fake(t)
	exp, _ := begin(t, quick(t, url, "assembly: {max_trace_spans: 50, wait_after_root: 20ms, max_wait: 200ms}"), nil)
	const n = 400
	for i := 0; i < n; i += 20 {
		var specs []spanSpec
		for k := range 20 {
			if i+k == 0 {
				specs = append(specs, root(1))
			} else {
				specs = append(specs, chat(i+k+1, 1))
			}
		}
		if err := exp.ConsumeTraces(t.Context(), request(1, "shop", specs...)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all spans", func() bool { got, _ := mlflow.Spans(); return got == n })
	if doubled, _ := mlflow.Doubled(); len(doubled) > 0 {
		t.Errorf("doubled runs: %v", doubled)
	}
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	forbid := func(status int, code string) func(*http.Request) (int, string) {
		return func(*http.Request) (int, string) {
			return status, `{"error_code":"` + code + `","message":"as told"}`
		}
	}
	tests := map[string]struct {
		more  string
		fault func(*http.Request) (int, string)
		want  string // "" starts
	}{
		"a server that is away":            {fault: forbid(503, "TEMPORARILY_UNAVAILABLE")},
		"no right to make the experiment":  {fault: forbid(403, "PERMISSION_DENIED"), want: "experiment::name"},
		"wrong credentials":                {fault: forbid(401, "UNAUTHENTICATED"), want: "token"},
		"a storage that is not defined":    {more: "storage: file_storage", want: `storage: there is no extension "file_storage"`},
		"an auth extension that is absent": {more: "auth: {authenticator: basicauth}", want: "basicauth"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			mlflow.Fault = tt.fault
			exp, err := NewFactory().CreateTraces(t.Context(), settings(t), quick(t, url, tt.more))
			if err != nil {
				t.Fatal(err)
			}
			err = exp.Start(context.Background(), componenttest.NewNopHost())
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if err := exp.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLifecycleWithoutStart(t *testing.T) {
	exp, err := NewFactory().CreateTraces(t.Context(), settings(t), quick(t, "http://127.0.0.1:1", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if !exp.Capabilities().MutatesData {
		t.Error("spans are moved, which the Collector has to know")
	}
	if NewFactory().Type() != component.MustNewType("mlflow") {
		t.Error("wrong type")
	}
}

func TestAFullDiskLosesNothingThatWasTaken(t *testing.T) {
	mlflow, url := fake(t)
	failing := outage(mlflow)
	exp, _ := begin(t, quick(t, url, "storage: file_storage\nassembly: {late_window: 0s, wait_after_root: 10ms}"),
		files(t, t.TempDir(), func(c *filestorage.Config) { c.MaxSize = 1 << 20 }))
	failing.Store(true)
	big := func(n int) ptrace.Traces {
		td := request(n, "shop", root(1), chat(2, 1))
		noise := make([]byte, 50_000)
		r := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // a count
		for i := range noise {
			noise[i] = byte('a' + r.IntN(26))
		}
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1).Attributes().PutStr("gen_ai.prompt", string(noise))
		return td
	}
	taken, refused := []int{}, 0
	for n := 1; n <= 60; n++ {
		if exp.ConsumeTraces(t.Context(), big(n)) == nil {
			taken = append(taken, n)
		} else {
			refused++
		}
	}
	if len(taken) == 0 || refused == 0 {
		t.Fatalf("%d taken, %d refused", len(taken), refused)
	}
	failing.Store(false)
	eventually(t, "all that was taken", func() bool {
		for _, n := range taken {
			if !mlflow.HasSpan(traceHex(n), spanHex(2)) {
				return false
			}
		}
		return true
	})
	eventually(t, "room again", func() bool { return exp.ConsumeTraces(t.Context(), big(100)) == nil })
	eventually(t, "the new trace", func() bool { return mlflow.HasSpan(traceHex(100), spanHex(2)) })
}
