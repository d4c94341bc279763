package mlflowexporter

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadatatest"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/standin"
)

// recordSpec is a log record; span 0 means that it names none.
type recordSpec struct {
	event string
	span  int
	attrs map[string]any
	body  string
	at    int // time in nanoseconds after that of all others
}

// logs puts log records of one trace and service into one message; trace 0 means that
// they name none.
func logs(trace int, service string, specs ...recordSpec) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", service)
	sl := rl.ScopeLogs().AppendEmpty()
	for i, spec := range specs {
		r := sl.LogRecords().AppendEmpty()
		r.SetEventName(spec.event)
		r.SetTimestamp(pcommon.Timestamp(1_760_000_000_000_000_000 + spec.at + i))
		if trace != 0 {
			r.SetTraceID(traceID(trace))
		}
		if spec.span != 0 {
			r.SetSpanID(spanID(spec.span))
		}
		_ = r.Attributes().FromRaw(spec.attrs)
		if spec.body != "" {
			r.Body().SetStr(spec.body)
		}
	}
	return ld
}

// asked is a message that a log record carries to a model call.
func asked(span int, text string) recordSpec {
	return recordSpec{event: "gen_ai.user.message", span: span, body: text}
}

// inputs keeps what model calls were asked, by trace and span, as it arrives.
type inputs struct {
	mu   sync.Mutex
	said map[string]string
}

func watch(s *standin.Server) *inputs {
	in := &inputs{said: map[string]string{}}
	s.Received = func(r *coltracepb.ExportTraceServiceRequest) int {
		in.mu.Lock()
		defer in.mu.Unlock()
		for _, rs := range r.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					in.said[string(s.TraceId)+string(s.SpanId)] = "" // a span takes the place of what it was
					for _, kv := range s.Attributes {
						if kv.Key == "gen_ai.input.messages" {
							in.said[string(s.TraceId)+string(s.SpanId)] = kv.Value.GetStringValue()
						}
					}
				}
			}
		}
		return http.StatusOK
	}
	return in
}

func (in *inputs) of(trace, span int) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	id, sid := traceID(trace), spanID(span)
	return in.said[string(id[:])+string(sid[:])]
}

func TestLogRecordsJoinTheirSpans(t *testing.T) {
	for name, order := range map[string]string{"logs first": "ls", "spans first": "sl", "logs late": "s.l", "everything twice": "slsl"} {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			in := watch(mlflow)
			traces, logExp, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
			for _, what := range order {
				var err error
				switch what {
				case 's':
					err = traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1)))
				case 'l':
					err = logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "Which shop?")))
				case '.':
					eventually(t, "the spans", func() bool { return mlflow.HasSpan(traceHex(1), spanHex(2)) })
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "the question on its span", func() bool { return strings.Contains(in.of(1, 2), "Which shop?") })
			eventually(t, "both runs", func() bool {
				runs := mlflow.Runs(traceHex(1))
				slices.Sort(runs)
				_, unfinished := mlflow.Doubled()
				return slices.Equal(runs, []string{"chat m", "job"}) && len(unfinished) == 0
			})
			if n, _ := mlflow.Spans(); n != 2 {
				t.Errorf("%d spans arrived, want 2", n)
			}
		})
	}
}

func TestLogRecordsSurviveARestart(t *testing.T) {
	mlflow, url := fake(t)
	in := watch(mlflow)
	c := quick(t, url, "storage: file_storage\nassembly: {max_wait: 1h, wait_after_root: 10ms}")
	h := files(t, t.TempDir())
	_, logExp, stop := beginBoth(t, c, h, settings(t))
	if err := logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "Which shop?"))); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "Still there?"))); err == nil {
		t.Error("a stopped exporter takes log records")
	}
	traces, _, _ := beginBoth(t, c, h, settings(t))
	if err := traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the question on its span", func() bool { return strings.Contains(in.of(1, 2), "Which shop?") })
}

func TestTheExporterRunsUntilItsLastPipelineEnds(t *testing.T) {
	mlflow, url := fake(t)
	traces, logExp, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
	if err := logExp.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the spans", func() bool { return mlflow.HasSpan(traceHex(1), spanHex(2)) })
}

func TestAFailedStartFailsBothPipelines(t *testing.T) {
	factory, c := NewFactory(), quick(t, "http://127.0.0.1:1", "storage: file_storage")
	traces, err := factory.CreateTraces(t.Context(), settings(t), c)
	if err != nil {
		t.Fatal(err)
	}
	logExp, err := factory.CreateLogs(t.Context(), settings(t), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []component.Component{traces, logExp} {
		if err := one.Start(t.Context(), componenttest.NewNopHost()); err == nil || !strings.Contains(err.Error(), "file_storage") {
			t.Errorf("started: %v", err)
		}
	}
	for _, one := range []component.Component{traces, logExp} {
		if err := one.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestLogRecordsThatAreLeftOutOrRefusedAreCounted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	mlflow, url := fake(t)
	outage(mlflow).Store(true)
	tel := componenttest.NewTelemetry()
	defer func() { _ = tel.Shutdown(context.Background()) }()
	c := quick(t, url, "limits: {max_traces: 1}\nassembly: {max_wait: 1h}")
	_, logExp, _ := beginBoth(t, c, nil, metadatatest.NewSettings(tel))
	projected := logs(1, "worker", asked(2, "x"))
	projected.ResourceLogs().At(0).Resource().Attributes().PutBool("mlflow.projected", true)
	for _, ld := range []plog.Logs{
		projected,
		logs(1, "web", recordSpec{span: 2, body: "GET / 200"}, recordSpec{span: 2, body: "GET /a 404"}),
		logs(0, "agent", asked(0, "of no trace")),
		logs(1, "shop", asked(2, "taken"), recordSpec{span: 2, body: "GET / 200"}),
	} {
		if err := logExp.ConsumeLogs(t.Context(), ld); err != nil {
			t.Fatal(err)
		}
	}
	err := logExp.ConsumeLogs(t.Context(), logs(2, "shop", asked(2, "too much"), asked(3, "too")))
	if err == nil || !strings.Contains(err.Error(), "limits") {
		t.Errorf("beyond the bound: %v", err)
	}
	for name, want := range map[string]map[string]int64{
		"skipped_log_records": {"reason=projected": 1, "reason=non_genai": 4}, "rejected_log_records": {"reason=full": 2},
	} {
		if got := counts(t, tel, name); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	metadatatest.AssertEqualExporterMlflowStoredSpans(t, tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(attribute.String("exporter", "mlflow"))},
	}, metricdatatest.IgnoreTimestamp())
}

func TestASessionOfACodingAgentBecomesATrace(t *testing.T) {
	mlflow, url := fake(t)
	_, logExp, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
	session := map[string]any{"session.id": "s1", "prompt.id": "p1"}
	call := map[string]any{"session.id": "s1", "prompt.id": "p1", "model": "claude", "input_tokens": 5, "output_tokens": 7}
	for _, one := range []plog.Logs{
		logs(0, "claude-code", recordSpec{event: "user_prompt", body: "claude_code.user_prompt", attrs: session}),
		logs(0, "claude-code", recordSpec{event: "api_request", body: "claude_code.api_request", attrs: call}),
	} {
		if err := logExp.ConsumeLogs(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the runs of the session", func() bool {
		_, unfinished := mlflow.Doubled()
		return slices.Equal(sessions(mlflow), []string{"claude-code session, turn 1"}) && len(unfinished) == 0
	})
}

// sessions gives the names of the runs of each trace.
func sessions(mlflow *standin.Server) (out []string) {
	for _, id := range mlflow.Traces() {
		if runs := mlflow.Runs(id); len(runs) > 0 {
			slices.Sort(runs)
			out = append(out, strings.Join(runs, ", "))
		}
	}
	return out
}

// turn is the nth prompt of a session, and the model call that answers it.
func turn(n int) plog.Logs {
	say := map[string]any{"session.id": "s1", "prompt.id": fmt.Sprint("p", n), "prompt": "go on"}
	call := map[string]any{"session.id": "s1", "prompt.id": fmt.Sprint("p", n), "request_id": fmt.Sprint("r", n), "input_tokens": 5}
	return logs(0, "claude-code",
		recordSpec{event: "user_prompt", body: "claude_code.user_prompt", attrs: say, at: 10 * n},
		recordSpec{event: "api_request", body: "claude_code.api_request", attrs: call, at: 10*n + 5})
}

// TestASessionThatIsNotKeptAnyMoreGoesOnInATraceOfItsOwn: its runs must not take the place
// of those that hold all that was before.
func TestASessionThatIsNotKeptAnyMoreGoesOnInATraceOfItsOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		restart bool
		bound   string
	}{
		"the next day":                {bound: "max_open: 1ms, late_window: 1ms"},
		"after a restart, not stored": {restart: true, bound: "max_open: 1h"},
		"too large":                   {bound: "max_trace_spans: 2, max_open: 1h"},
	} {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			c := quick(t, url, "assembly: {wait_after_root: 20ms, max_wait: 100ms, "+tt.bound+"}")
			tel := componenttest.NewTelemetry()
			defer func() { _ = tel.Shutdown(context.Background()) }()
			_, logExp, stop := beginBoth(t, c, nil, metadatatest.NewSettings(tel))
			for n := 1; n <= 2; n++ {
				if n == 2 && tt.restart {
					stop()
					_, logExp, _ = beginBoth(t, c, nil, settings(t))
				}
				if err := logExp.ConsumeLogs(t.Context(), turn(n)); err != nil {
					t.Fatal(err)
				}
				eventually(t, "the session", func() bool {
					got := sessions(mlflow)
					_, unfinished := mlflow.Doubled()
					return len(got) == n && got[0] == "claude-code session, turn 1" && got[n-1] == got[0] && len(unfinished) == 0
				})
				if tt.bound == "max_open: 1ms, late_window: 1ms" {
					eventually(t, "its eviction", func() bool { return storedSpans(tel) == 0 })
				}
			}
		})
	}
}

// TestASessionRunsUntilNothingComesOfIt: its runs do not say that it is over while records
// of it come, and do after the silence that ends it.
func TestASessionRunsUntilNothingComesOfIt(t *testing.T) {
	mlflow, url := fake(t)
	_, logExp, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
	status := func() string {
		for _, id := range mlflow.Traces() {
			for _, r := range mlflow.RunsBySpan(id) {
				if r.Name == "claude-code session" {
					return r.Status
				}
			}
		}
		return ""
	}
	for pause := range 2 {
		n := 100 * pause
		eventually(t, "the session at work", func() bool {
			n++
			if err := logExp.ConsumeLogs(t.Context(), turn(n)); err != nil {
				t.Error(err)
				return true
			}
			return status() == "RUNNING"
		})
		eventually(t, "its end", func() bool { return status() == "FINISHED" })
	}
}

// storedSpans is the exporter's own count of what it keeps.
func storedSpans(tel *componenttest.Telemetry) (n int64) {
	m, err := tel.GetMetric("otelcol_exporter_mlflow_stored_spans")
	if err != nil {
		return -1
	}
	for _, p := range m.Data.(metricdata.Gauge[int64]).DataPoints {
		n += p.Value
	}
	return n
}

// TestASessionGoesOnAfterAPause: a person thinks for longer than the late window, and
// what the session used is still counted whole.
func TestASessionGoesOnAfterAPause(t *testing.T) {
	mlflow, url := fake(t)
	c := quick(t, url, "")
	c.Assembly.LateWindow = time.Millisecond
	_, logExp, _ := beginBoth(t, c, nil, settings(t))
	began := recordSpec{event: "plugin_loaded", body: "claude_code.plugin_loaded", attrs: map[string]any{"session.id": "s1"}}
	if err := logExp.ConsumeLogs(t.Context(), logs(0, "claude-code", began)); err != nil {
		t.Fatal(err)
	}
	for turn, all := range []string{"claude-code session, turn 1", "claude-code session, turn 1, turn 2"} {
		one := map[string]any{"session.id": "s1", "prompt.id": fmt.Sprint("p", turn)}
		call := map[string]any{"model": "claude", "input_tokens": 5, "output_tokens": 7, "request_id": fmt.Sprint("r", turn)}
		maps.Copy(call, one)
		for _, rec := range []recordSpec{
			{event: "user_prompt", body: "claude_code.user_prompt", attrs: one, at: 10 * turn},
			{event: "api_request", body: "claude_code.api_request", attrs: call, at: 10*turn + 1},
		} {
			if err := logExp.ConsumeLogs(t.Context(), logs(0, "claude-code", rec)); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the runs of the session", func() bool {
			_, unfinished := mlflow.Doubled()
			return slices.Equal(sessions(mlflow), []string{all}) && len(unfinished) == 0
		})
	}
}

// TestRecordsWaitForTheirSpansAsAnOpenTraceDoes: a single model call may take longer than
// max_wait and the late window, and what it was asked is said when it begins.
func TestRecordsWaitForTheirSpansAsAnOpenTraceDoes(t *testing.T) {
	mlflow, url := fake(t)
	in := watch(mlflow)
	c := quick(t, url, "")
	c.Assembly.LateWindow = time.Millisecond
	traces, logExp, _ := beginBoth(t, c, nil, settings(t))
	if err := logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "Which shop?"))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a run of the records", func() bool {
		_, unfinished := mlflow.Doubled()
		return len(mlflow.Runs(traceHex(1))) == 1 && len(unfinished) == 0
	})
	time.Sleep(50 * time.Millisecond) // longer than the late window
	if err := traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both runs", func() bool { return shape(mlflow, 1) == "job FINISHED > [chat m FINISHED]" })
	if said := in.of(1, 2); !strings.Contains(said, "Which shop?") {
		t.Errorf("the call says that it was asked %q", said)
	}
}

func TestOneBrokenTextHarmsOnlyItself(t *testing.T) {
	mlflow, url := fake(t)
	in := watch(mlflow)
	traces, logExp, _ := beginBoth(t, quick(t, url, ""), nil, settings(t))
	if err := logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "broken \xff"), asked(2, "whole"))); err != nil {
		t.Fatal(err)
	}
	if err := traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both texts", func() bool {
		said := in.of(1, 2)
		return strings.Contains(said, "broken \uFFFD") && strings.Contains(said, "whole")
	})
}

func TestASessionWithSpansIsNotCountedASecondTime(t *testing.T) {
	mlflow, url := fake(t)
	traces, logExp, _ := beginBoth(t, quick(t, url, "non_genai_traces: project"), nil, settings(t))
	answer := func(session string) recordSpec {
		return recordSpec{event: "codex.sse_event", attrs: map[string]any{"conversation.id": session, "input_token_count": 5}}
	}
	began := recordSpec{event: "codex.startup_phase", attrs: map[string]any{"conversation.id": "only began"}}
	call := chat(2, 1)
	call.attrs["conversation.id"] = "with spans"
	for _, err := range []error{
		logExp.ConsumeLogs(t.Context(), logs(0, "codex_exec", answer("with spans"))),
		logExp.ConsumeLogs(t.Context(), logs(0, "codex_exec", began)),
		traces.ConsumeTraces(t.Context(), request(1, "codex_exec", root(1), call)),
		logExp.ConsumeLogs(t.Context(), logs(0, "codex_exec", answer("without"))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the session without spans, and the trace with", func() bool {
		return len(mlflow.Traces()) == 2 && mlflow.HasSpan(traceHex(1), spanHex(2))
	})
	time.Sleep(400 * time.Millisecond) // longer than max_wait: the others would be here
	if n := len(mlflow.Traces()); n != 2 {
		t.Errorf("%d traces, want the one with spans and the session without", n)
	}
}

// TestASessionThatWasDeliveredBeforeItsSpansIsTakenBack: a model call may take longer than
// max_wait, and the records of it come before its span.
func TestASessionThatWasDeliveredBeforeItsSpansIsTakenBack(t *testing.T) {
	for name, restart := range map[string]bool{"at once": false, "after a restart": true} {
		t.Run(name, func(t *testing.T) {
			mlflow, url := fake(t)
			h := files(t, t.TempDir())
			c := quick(t, url, "storage: file_storage")
			traces, logExp, stop := beginBoth(t, c, h, settings(t))
			answer := func() error {
				return logExp.ConsumeLogs(t.Context(), logs(0, "codex_exec", recordSpec{event: "codex.sse_event",
					attrs: map[string]any{"conversation.id": "c", "event.kind": "response.completed", "input_token_count": 5}}))
			}
			if err := answer(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the session of records", func() bool {
				_, unfinished := mlflow.Doubled()
				return len(sessions(mlflow)) == 1 && len(unfinished) == 0
			})
			if restart {
				stop()
				traces, logExp, _ = beginBoth(t, c, h, settings(t))
			}
			call := chat(2, 1)
			call.attrs["conversation.id"] = "c"
			if err := traces.ConsumeTraces(t.Context(), request(1, "codex_exec", root(1), call)); err != nil {
				t.Fatal(err)
			}
			spans := []string{"chat m, job"}
			eventually(t, "the trace of spans alone", func() bool { return slices.Equal(sessions(mlflow), spans) && mlflow.TracesDeleted() == 1 })
			if err := answer(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(400 * time.Millisecond) // longer than max_wait: it would be back
			if got := sessions(mlflow); !slices.Equal(got, spans) {
				t.Errorf("one more record brings %q", got)
			}
		})
	}
}

func TestARunningCallWithRecordsIsNotShownAsFinished(t *testing.T) {
	mlflow, url := fake(t)
	in := watch(mlflow)
	traces, logExp, _ := beginBoth(t, quick(t, url, "assembly: {wait_after_root: 20ms, max_wait: 100ms, max_open: 1h}"), nil, settings(t))
	send := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// The model call of the record, and the root, are still at work.
	send(traces.ConsumeTraces(t.Context(), request(1, "shop", chat(3, 1))))
	send(logExp.ConsumeLogs(t.Context(), logs(1, "shop", asked(2, "Which shop?"))))
	eventually(t, "a run of the step that has ended", func() bool { return len(mlflow.Runs(traceHex(1))) > 0 })
	if mlflow.HasSpan(traceHex(1), spanHex(2)) {
		t.Error("the call that is at work was sent as if it had ended")
	}
	send(traces.ConsumeTraces(t.Context(), request(1, "shop", root(1), chat(2, 1))))
	eventually(t, "the question on its span", func() bool { return strings.Contains(in.of(1, 2), "Which shop?") })
}
