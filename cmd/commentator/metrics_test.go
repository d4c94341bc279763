package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/internal/sandbox"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runprocessor"
)

type standingQueue struct{}

func (standingQueue) Status(context.Context) (job.QueueStatus, error) {
	return job.QueueStatus{Queued: 1, Running: 2, Waiting: 3, Oldest: time.Second, Depth: 10,
		Ended: map[string]int{"success": 1, "gate_failed": 1, "no_urls": 1, "error": 1}}, nil
}

// saidAnalyst gives what it is told to.
type saidAnalyst struct {
	job.Analyst
	got *job.Analysis
	err error
}

func (a saidAnalyst) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) {
	return a.got, a.err
}

// gathered are the metrics as Prometheus gets them: type and labels with their values, by name. What names a scope or
// an instance is left out.
func gathered(t *testing.T, m *workerMetrics) map[string]string {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range families {
		values := map[string][]string{}
		for _, point := range f.GetMetric() {
			for _, l := range point.GetLabel() {
				if n := l.GetName(); !strings.HasPrefix(n, "otel_scope_") && n != "otel_component_name" && !slices.Contains(values[n], l.GetValue()) {
					values[n] = append(values[n], l.GetValue())
				}
			}
		}
		text := strings.ToLower(f.GetType().String())
		for _, label := range slices.Sorted(maps.Keys(values)) {
			slices.Sort(values[label])
			text += " " + label + "=" + strings.Join(values[label], "|")
		}
		if f.GetName() != "target_info" {
			out[f.GetName()] = text
		}
	}
	return out
}

// allMetrics are those that Prometheus gets of a worker and of the run processor in it, with all values of their
// labels that there may be.
func allMetrics(t *testing.T) map[string]string {
	t.Helper()
	m, err := newWorkerMetrics(standingQueue{})
	if err != nil {
		t.Fatal(err)
	}
	died := func() sandbox.Stats {
		return sandbox.Stats{Started: 2, Died: map[sandbox.Cause]int64{sandbox.Start: 1, sandbox.Memory: 1}}
	}
	prompts := standingPrompt{read: time.Unix(1_795_463_052, 0), all: []registry.Status{{Ref: prompts.Ref{Name: "commentary", Alias: "production"}, Version: 3}}}
	ready := func(context.Context) bool { return true }
	if err := errors.Join(m.observeChildren(died), m.observePrompts(prompts), m.observeReady(ready)); err != nil {
		t.Fatal(err)
	}
	jobs, err := m.forJobs()
	if err != nil {
		t.Fatal(err)
	}
	price := 0.5
	asked := &job.Analysis{Analyst: job.AnalystOpenAI, Model: "m", Calls: 2, HasUsage: true, InputTokens: 7, OutputTokens: 3, CostUSD: &price}
	for _, outcome := range []job.Outcome{job.OutcomeSuccess, job.OutcomeGateFailed, job.OutcomeNoURLs, job.OutcomeError} {
		jobs.process(func(context.Context, job.Job) job.Result { return job.Result{Outcome: outcome} })(t.Context(), job.Job{})
	}
	for _, err := range []error{nil, errors.New("no answer")} {
		_, _ = jobs.analyst(saidAnalyst{got: asked, err: err}).Analyze(t.Context(), nil)
	}
	server := mlflow.Config{URI: "http://127.0.0.1:1", EnableTracking: true, EnableTracing: true}
	runs, err := runprocessor.New(t.Context(), runprocessor.WithConfig(server),
		runprocessor.WithSpoolDir(t.TempDir()), runprocessor.WithMeterProvider(m.provider), runprocessor.WithLogger(discardLogger()))
	if err != nil {
		t.Fatal(err)
	}
	got := gathered(t, m)
	end, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := errors.Join(runs.Shutdown(end), m.close()); err != nil {
		t.Error(err)
	}
	return got
}

// standingPrompt is a prompt whose versions stand as it says.
type standingPrompt struct {
	all  []registry.Status
	away string
	read time.Time
}

func (s standingPrompt) Status() ([]registry.Status, string) { return s.all, s.away }
func (s standingPrompt) LastRead() time.Time                 { return s.read }

func TestWhichPromptIsInUseIsAMetric(t *testing.T) {
	production := prompts.Ref{Name: "commentary", Alias: "production"}
	for name, c := range map[string]struct {
		prompt standingPrompt
		want   map[string]float64
	}{
		"all is well": {
			standingPrompt{[]registry.Status{{Ref: production, Version: 3}}, "", time.Unix(1_795_463_052, 0)},
			map[string]float64{"version": 3, "refused": 0, "registry_away": 0, "registry_read_timestamp_seconds": 1_795_463_052},
		},
		"a version that can't be used": {
			standingPrompt{[]registry.Status{{Ref: production, Version: 3, Fault: "no messages"}}, "", time.Unix(1_795_463_052, 0)},
			map[string]float64{"version": 3, "refused": 1, "registry_away": 0, "registry_read_timestamp_seconds": 1_795_463_052},
		},
		"MLflow never answered": {
			standingPrompt{[]registry.Status{{Ref: production}}, "no connection", time.Time{}},
			map[string]float64{"version": 0, "refused": 0, "registry_away": 1},
		},
	} {
		m, err := newWorkerMetrics(standingQueue{})
		if err == nil {
			err = m.observePrompts(c.prompt)
		}
		if err != nil {
			t.Fatal(err)
		}
		families, err := m.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			if short, ok := strings.CutPrefix(f.GetName(), "commentator_prompt_"); ok {
				got[short] = f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if err := m.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestModelCallsAreCountedWithWhatTheyCost(t *testing.T) {
	price := 0.25
	for name, c := range map[string]struct {
		got  job.Analysis
		err  error
		want map[string]float64
	}{
		"with usage and price": {
			job.Analysis{Analyst: job.AnalystOpenAI, Model: "m", Calls: 2, HasUsage: true, InputTokens: 7, OutputTokens: 3, CostUSD: &price}, nil,
			map[string]float64{"analysis success": 1, "calls": 2, "tokens input": 7, "tokens output": 3, "cost": 0.25},
		},
		"a server that counts nothing": {
			job.Analysis{Analyst: job.AnalystOpenAI, Model: "m", Calls: 1}, nil, map[string]float64{"analysis success": 1, "calls": 1},
		},
		"calls that failed cost too": {
			job.Analysis{Analyst: job.AnalystOpenAI, Model: "m", Calls: 2, HasUsage: true, InputTokens: 9}, errors.New("no answer"),
			map[string]float64{"analysis error": 1, "calls": 2, "tokens input": 9, "tokens output": 0},
		},
		"offline": {job.Analysis{Analyst: job.AnalystOffline}, nil, map[string]float64{"analysis success": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newWorkerMetrics(standingQueue{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = m.close() }()
			jobs, err := m.forJobs()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jobs.analyst(saidAnalyst{got: &c.got, err: c.err}).Analyze(t.Context(), nil); !errors.Is(err, c.err) {
				t.Errorf("the error became %v", err)
			}
			if got := counted(t, m); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// counted are the metrics of jobs, shortened.
func counted(t *testing.T, m *workerMetrics) map[string]float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		what, ours := map[string]string{
			"commentator_analysis_duration_seconds": "analysis", "commentator_model_calls_total": "calls",
			"commentator_model_tokens_total": "tokens", "commentator_model_cost_total": "cost", "commentator_job_duration_seconds": "job",
		}[f.GetName()]
		if !ours {
			continue
		}
		for _, point := range f.GetMetric() {
			key := what
			for _, l := range point.GetLabel() {
				if l.GetName() == "outcome" || l.GetName() == "gen_ai_token_type" {
					key += " " + l.GetValue()
				}
			}
			out[key] += point.GetCounter().GetValue() + float64(point.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func TestTheWorkersOwnJobsAreMeasured(t *testing.T) {
	b, err := newOpsBench(t, func(s *config.Settings) { s.Fetch.Timeout = time.Minute })
	if err != nil {
		t.Fatal(err)
	}
	r := b.worker.process(t.Context(), job.Job{URL: "http://127.0.0.1:1/"}) // a private address, which is not fetched
	if got := counted(t, b.worker.metrics); got[fmt.Sprintf("job %s", r.Outcome)] != 1 {
		t.Errorf("the job ended as %s, and counted is %v", r.Outcome, got)
	}
	if w := b.get("/metrics"); !strings.Contains(w.Body.String(), "\ncommentator_ready{") {
		t.Errorf("it is not told whether the worker is ready: %.2000s", w.Body)
	}
	all := allMetrics(t)
	for name := range gathered(t, b.worker.metrics) {
		if all[name] == "" {
			t.Errorf("%s is not among those that dashboards are held against", name)
		}
	}
}
