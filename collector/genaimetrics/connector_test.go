package genaimetrics

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/technoshare/commentator/collector/genaimetrics/internal/metadatatest"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs"
	"github.com/technoshare/commentator/otel/runs/usage"
)

const (
	tokens   = "gen_ai.client.token.usage"
	duration = "gen_ai.client.operation.duration"
	first    = "gen_ai.client.operation.time_to_first_chunk"
	cost     = "gen_ai.usage.cost"
)

func TestACallBecomesPoints(t *testing.T) {
	s := begin(t, nop(), nil)
	s.send(t, request(t,
		spec{trace: 1, id: 2, parent: 1, service: "shop", attrs: chat("gpt-4o", 1000, 100, "gen_ai.response.model", "gpt-4o-2024-08-06",
			"gen_ai.response.time_to_first_chunk", 0.25)},
		spec{trace: 1, id: 1, service: "shop", attrs: chat("gpt-4o", 1000, 100, "gen_ai.operation.name", "invoke_agent", "gen_ai.agent.name", "planner")},
		spec{trace: 2, id: 1, service: "shop", failed: true, attrs: map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai.chat",
			"gen_ai.request.model": "gpt-4o", "error.type": "429"}},
		spec{trace: 3, id: 1, service: "shop", attrs: chat("own", 5, 1, "gen_ai.usage.cost", 0.5)},
		spec{trace: 4, id: 1, service: "shop", attrs: map[string]any{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "text-embedding-3-small",
			"gen_ai.provider.name": "openai", "gen_ai.usage.input_tokens": 1_000_000}},
		spec{trace: 5, id: 1, service: "shop", attrs: map[string]any{"http.route": "/"}},
	))
	md := s.last(t)
	const call = "gen_ai.agent.name=planner gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-4o " +
		"gen_ai.response.model=gpt-4o-2024-08-06 "
	for name, want := range map[string][]string{
		tokens: {
			call + "gen_ai.token.type=input service.name=shop 1000 of 1", call + "gen_ai.token.type=output service.name=shop 100 of 1",
			"gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=own gen_ai.token.type=input service.name=shop 5 of 1",
			"gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=own gen_ai.token.type=output service.name=shop 1 of 1",
			"gen_ai.operation.name=embeddings gen_ai.provider.name=openai gen_ai.request.model=text-embedding-3-small gen_ai.token.type=input " +
				"service.name=shop 1e+06 of 1",
		},
		duration: {
			call + "service.name=shop 0.5 of 1",
			"error.type=429 gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=gpt-4o service.name=shop 0.5 of 1",
			"gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=own service.name=shop 0.5 of 1",
			"gen_ai.operation.name=embeddings gen_ai.provider.name=openai gen_ai.request.model=text-embedding-3-small service.name=shop 0.5 of 1",
		},
		first: {call + "service.name=shop 0.25 of 1"},
		cost: {
			strings.Replace(call, "gen_ai.response", "gen_ai.response", 1) + "gen_ai.usage.cost.source=list_price service.name=shop 0.0035",
			"gen_ai.operation.name=chat gen_ai.provider.name=openai gen_ai.request.model=own gen_ai.usage.cost.source=span service.name=shop 0.5",
			"gen_ai.operation.name=embeddings gen_ai.provider.name=openai gen_ai.request.model=text-embedding-3-small " +
				"gen_ai.usage.cost.source=list_price service.name=shop 0.02",
		},
	} {
		got := lines(md, name)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	wantBuckets(t, md, tokens, 14)
	wantBuckets(t, md, duration, 14)
}

// wantBuckets holds that every point of a histogram has so many bounds, and that its buckets sum up to its count.
func wantBuckets(t *testing.T, md pmetric.Metrics, name string, bounds int) {
	t.Helper()
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		if m.Name() != name {
			continue
		}
		for _, p := range m.Histogram().DataPoints().All() {
			var n uint64
			for _, b := range p.BucketCounts().All() {
				n += b
			}
			if p.ExplicitBounds().Len() != bounds || p.BucketCounts().Len() != bounds+1 || n != p.Count() {
				t.Errorf("%s: %d bounds, %d buckets with %d of %d", name, p.ExplicitBounds().Len(), p.BucketCounts().Len(), n, p.Count())
			}
		}
	}
}

// truth is what the runs of the traces have.
type truth struct {
	calls, input, output, embedding, cost float64
}

func truthOf(td *tracepb.TracesData) (sum truth) {
	for _, p := range runs.Read(td, runs.Rules{Prices: prices.BuiltIn()}).Project() {
		for _, r := range p.Runs {
			if r.ParentSpanID.IsValid() {
				continue
			}
			for _, m := range r.Metrics {
				switch m.Key {
				case "llm_call_count", "embedding_call_count":
					sum.calls += m.Value
				case "input_tokens":
					sum.input += m.Value
				case "output_tokens":
					sum.output += m.Value
				case "embedding_tokens":
					sum.embedding += m.Value
				case "total_cost_usd":
					sum.cost += m.Value
				}
			}
		}
	}
	return sum
}

func TestProgramsOfAllDialectsCountAsTheirRuns(t *testing.T) {
	for name, td := range captures(t) {
		s := begin(t, nop(), nil)
		for range 2 { // its sender did not get the answer
			s.send(t, decoded(t, td))
		}
		md := s.last(t)
		want := truthOf(td)
		calls, _ := total(md, duration, "", "")
		_, input := total(md, tokens, "gen_ai.token.type", "input")
		_, output := total(md, tokens, "gen_ai.token.type", "output")
		_, usd := total(md, cost, "", "")
		if float64(calls) != want.calls || input != want.input+want.embedding || output != want.output || math.Abs(usd-want.cost) > 1e-9 {
			t.Errorf("%s: %d calls, %g and %g tokens, %g dollars, and its runs have %+v", name, calls, input, output, usd, want)
		}
	}
}

func TestSpansWaitForOneAnotherAndAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nop(), func(c *Config) { c.FlushInterval = 10 * time.Second })
		wrapper := spec{trace: 1, id: 1, attrs: chat("gpt-4o", 7, 2)}
		inner := spec{trace: 1, id: 2, parent: 1, attrs: chat("gpt-4o", 7, 2)}
		agent := spec{trace: 2, id: 1, attrs: chat("gpt-4o", 7, 2, "gen_ai.operation.name", "invoke_agent")}
		step := spec{trace: 2, id: 2, parent: 1, attrs: chat("gpt-4o", 7, 2)}
		s.send(t, request(t, wrapper)) // comes first, whatever the reason
		s.send(t, request(t, step))
		time.Sleep(2 * time.Second)
		s.send(t, request(t, inner))
		time.Sleep(9 * time.Minute)
		s.send(t, request(t, agent)) // late
		s.send(t, request(t, step))  // and sent again
		time.Sleep(20 * time.Second)
		all := s.sink.flushes()
		if n, sum := total(all[len(all)-1], tokens, "gen_ai.token.type", "input"); n != 2 || sum != 14 {
			t.Errorf("%g tokens of %d calls, want 14 of 2", sum, n)
		}
		time.Sleep(11 * time.Minute)
		s.mu.Lock()
		if s.window.spans != 0 || len(s.window.traces) != 0 || s.window.recent.Len() != 0 || s.window.due.Len() != 0 {
			t.Errorf("%d spans of %d traces are remembered", s.window.spans, len(s.window.traces))
		}
		s.mu.Unlock()
		s.end(t)
	})
}

func TestMetricsAreFlushedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for temporality, want := range map[Temporality][]float64{Cumulative: {0, 8, 8}, Delta: {3, 5}} {
			s := begin(t, nop(), func(c *Config) { c.Temporality = temporality })
			began := time.Now()
			s.send(t, request(t, spec{trace: 1, id: 1, attrs: chat("gpt-4o", 3, 1)}))
			time.Sleep(20 * time.Second)
			s.send(t, request(t, spec{trace: 2, id: 1, attrs: chat("gpt-4o", 5, 1)}))
			time.Sleep(25 * time.Second)
			all := s.end(t)
			var got []float64
			for _, md := range all {
				_, sum := total(md, tokens, "gen_ai.token.type", "input")
				got = append(got, sum)
			}
			if temporality == Cumulative {
				got = got[:min(len(got), 3)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", temporality, got, want)
			}
			wantTimes(t, all, temporality, began)
		}
	})
}

// wantTimes holds that points begin where those before them ended, or all where the first did.
func wantTimes(t *testing.T, all []pmetric.Metrics, temporality Temporality, began time.Time) {
	t.Helper()
	for i, md := range all {
		for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			if m.Name() != tokens {
				continue
			}
			p := m.Histogram().DataPoints().At(0)
			start, end := p.StartTimestamp().AsTime(), p.Timestamp().AsTime()
			if !start.Before(end) || start.Before(began) {
				t.Errorf("%s: point %d is from %v to %v", temporality, i, start, end)
			}
			if i == 1 {
				before := all[0].ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Histogram().DataPoints().At(0)
				if continues := start.Equal(before.Timestamp().AsTime()); continues != (temporality == Delta) {
					t.Errorf("%s: the second point begins at %v", temporality, start)
				}
			}
			if cumulative := m.Histogram().AggregationTemporality() == pmetric.AggregationTemporalityCumulative; cumulative != (temporality == Cumulative) {
				t.Errorf("%s: the point says otherwise", temporality)
			}
		}
	}
}

func TestWhatWasNotTakenIsInTheNextFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		set := nop()
		set.Logger = zap.New(core)
		s := begin(t, set, func(c *Config) { c.Temporality = Delta })
		s.sink.mu.Lock()
		s.sink.refuses = 3
		s.sink.mu.Unlock()
		s.send(t, request(t, spec{trace: 1, id: 1, attrs: chat("gpt-4o", 3, 1)}))
		time.Sleep(50 * time.Second)
		s.send(t, request(t, spec{trace: 2, id: 1, attrs: chat("gpt-4o", 5, 1)}))
		all := s.end(t)
		if len(all) != 1 {
			t.Fatalf("%d flushes", len(all))
		}
		if n, sum := total(all[0], tokens, "gen_ai.token.type", "input"); n != 2 || sum != 8 {
			t.Errorf("%g tokens of %d calls", sum, n)
		}
		if logs.Len() != 1 {
			t.Errorf("%d lines in the log, want 1", logs.Len())
		}
	})
}

// What an SDK or a log says of a span while it is at work counts for nothing, and its end counts once.
func TestASpanThatCameUnfinishedCountsWhenItEnds(t *testing.T) {
	s := begin(t, nop(), nil)
	call := spec{trace: 1, id: 1, attrs: chat("gpt-4o", 3, 1)}
	running := request(t, call)
	running.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetEndTimestamp(0)
	partial := request(t, spec{trace: 1, id: 1, attrs: chat("gpt-4o", 2, 0, "mlflow.run.unfinished", true)})
	for _, td := range []ptrace.Traces{running, partial, request(t, call), running, request(t, call)} {
		s.send(t, td)
		s.take(t.Context(), func() []usage.Call { return s.window.countAll() })
	}
	md := s.last(t)
	if n, sum := total(md, tokens, "gen_ai.token.type", "input"); n != 1 || sum != 3 {
		t.Errorf("%g tokens of input of %d calls, want 3 of 1", sum, n)
	}
	if n, _ := total(md, duration, "", ""); n != 1 {
		t.Errorf("%d durations", n)
	}
}

// Prompts and answers are neither copied nor parsed, however long they are: what reading a span takes does not grow with them.
func TestContentIsNotCopied(t *testing.T) {
	for dialect, attrs := range wordy(t, 1<<20) {
		td := request(t, spec{trace: 1, id: 1, service: "shop", attrs: attrs})
		const times, most = 20, 64 << 10 // bytes for a span
		var before, after runtime.MemStats
		usage.Read(viewOf(td)) // what is made once
		runtime.ReadMemStats(&before)
		for range times {
			usage.Read(viewOf(td))
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / times; each > most {
			t.Errorf("%s: %d bytes are allocated for a span", dialect, each)
		}
	}
}

func TestSeriesAreBounded(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	set := nop()
	set.Logger = zap.New(core)
	s := begin(t, set, func(c *Config) { c.MaxSeries, c.MaxValues = 50, 10 })
	const calls = 1000
	for i := range calls {
		s.send(t, request(t, spec{trace: i, id: 1, service: fmt.Sprint("service-", i%7), attrs: chat(fmt.Sprint("model-", i), 3, 1,
			"gen_ai.agent.name", fmt.Sprint("agent-", i%20))}))
	}
	md := s.last(t)
	if n, sum := total(md, tokens, "gen_ai.token.type", "input"); n > calls || sum > 3*calls {
		t.Errorf("%g tokens of %d calls", sum, n)
	}
	if n, sum := total(md, tokens, "", ""); n != 2*calls || sum != 4*calls {
		t.Errorf("all: %g tokens in %d points, want %d and %d", sum, n, 4*calls, 2*calls)
	}
	if n, _ := total(md, tokens, overflowKey, "true"); n == 0 {
		t.Error("nothing overflowed")
	}
	for _, name := range []string{tokens, duration} {
		if got := len(lines(md, name)); got > 50 {
			t.Errorf("%s has %d series", name, got)
		}
	}
	models := map[string]bool{}
	for _, l := range lines(md, duration) {
		for _, w := range strings.Fields(l) {
			if v, ok := strings.CutPrefix(w, "gen_ai.request.model="); ok {
				models[v] = true
			}
		}
	}
	if len(models) > 10 {
		t.Errorf("%d models", len(models))
	}
	if n := logs.FilterMessageSnippet("Too many series").Len(); n != 1 {
		t.Errorf("%d lines in the log, want 1", n)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	s := begin(t, nop(), nil)
	s.send(t, request(t, spec{trace: 1, id: 1, attrs: chat(strings.Repeat("ä", 500), 3, 1)}))
	for _, l := range lines(s.last(t), duration) {
		if want := "gen_ai.request.model=" + strings.Repeat("ä", 100) + " "; !strings.Contains(l, want) {
			t.Errorf("%q", l)
		}
	}
}

func TestSeriesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nop(), func(c *Config) { c.ExpireAfter, c.MaxValues = time.Hour, 1 })
		for i, model := range []string{"a", "b"} {
			s.send(t, request(t, spec{trace: i, id: 1, attrs: chat(model, 3, 1)}))
			time.Sleep(2 * time.Hour) // which makes room for the second one
		}
		s.mu.Lock()
		size, seen := s.registry.size(), len(s.registry.seen[requestModel])
		s.mu.Unlock()
		for _, md := range s.end(t) {
			if n, _ := total(md, tokens, overflowKey, "true"); n > 0 {
				t.Error("there was room")
			}
		}
		if size != 0 || seen != 0 {
			t.Errorf("%d series, %d models", size, seen)
		}
	})
}

func TestASeriesExpiresAfterItWasHandedOn(t *testing.T) {
	for _, temporality := range []Temporality{Cumulative, Delta} {
		synctest.Test(t, func(t *testing.T) {
			s := begin(t, nop(), func(c *Config) { c.Temporality, c.ExpireAfter = temporality, time.Second })
			s.sink.mu.Lock()
			s.sink.refuses = 3
			s.sink.mu.Unlock()
			s.send(t, request(t, spec{trace: 1, id: 1, attrs: chat("gpt-4o", 3, 1)}))
			time.Sleep(2 * time.Minute)
			s.mu.Lock()
			size := s.registry.size()
			s.mu.Unlock()
			all := s.end(t)
			if want := map[Temporality]int{Cumulative: 2, Delta: 1}[temporality]; len(all) != want {
				t.Fatalf("%s: %d flushes, want %d", temporality, len(all), want)
			}
			if n, sum := total(all[len(all)-1], tokens, "gen_ai.token.type", "input"); n != 1 || sum != 3 || size != 0 {
				t.Errorf("%s: %g tokens of %d calls, and %d series are kept", temporality, sum, n, size)
			}
		})
	}
}

// What is kept is bounded by spans, and not by what they hold, nor by how many come.
func TestMemoryIsBounded(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	set := nop()
	set.Logger = zap.New(core)
	const most, perRequest = 2000, 1000
	spans := 100_000
	if testing.Short() {
		spans = 10_000
	}
	s := begin(t, set, func(c *Config) { c.MaxSpans, c.Wait = most, time.Hour })
	for i := 0; i < spans; i += perRequest {
		var batch []spec
		for j := range perRequest {
			n := i + j
			batch = append(batch, spec{trace: n / 2, id: 1 + n%2, parent: n % 2, attrs: chat("gpt-4o", 3, 1)})
		}
		s.send(t, request(t, batch...))
		s.mu.Lock()
		if s.window.spans > most || len(s.window.traces) > most || s.window.recent.Len() > most || s.window.due.Len() > most {
			t.Fatalf("%d spans of %d traces", s.window.spans, len(s.window.traces))
		}
		s.mu.Unlock()
	}
	if n, _ := total(s.last(t), duration, "", ""); n != uint64(spans/2) {
		t.Errorf("%d calls, want %d", n, spans/2)
	}
	if got := logs.FilterMessageSnippet("No room").Len(); got != 1 {
		t.Errorf("%d lines in the log, want 1", got)
	}
}

func TestATraceLargerThanAllIsCountedInPieces(t *testing.T) {
	s := begin(t, nop(), func(c *Config) { c.MaxSpans = 10 })
	for i := range 100 {
		s.send(t, request(t, spec{trace: 1, id: 2 + i, parent: 1, attrs: chat("gpt-4o", 3, 1)}))
	}
	if n, _ := total(s.last(t), duration, "", ""); n != 100 {
		t.Errorf("%d calls", n)
	}
}

func TestItsOwnMetrics(t *testing.T) {
	tel := componenttest.NewTelemetry()
	set := connectortest.NewNopSettings(component.MustNewType("genai_metrics"))
	set.TelemetrySettings = tel.NewTelemetrySettings()
	s := begin(t, set, func(c *Config) { c.MaxSpans, c.MaxValues, c.Wait = 3, 1, time.Hour })
	one := spec{trace: 1, id: 1, attrs: chat("nobody knows", 3, 1)}
	s.send(t, request(t, one, one))
	open := request(t, one) // which is no duplicate: it was sent while the span was at work
	open.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetEndTimestamp(0)
	s.send(t, open)
	for i := range 3 {
		s.send(t, request(t, spec{trace: 2 + i, id: 1, attrs: chat("gpt-4o", 3, 1)}))
	}
	self := attribute.NewSet(attribute.String("connector", "genai_metrics"))
	id := set.ID.String()
	if id != "genai_metrics" {
		self = attribute.NewSet(attribute.String("connector", id))
	}
	points := func(n int64) []metricdata.DataPoint[int64] {
		return []metricdata.DataPoint[int64]{{Attributes: self, Value: n}}
	}
	metadatatest.AssertEqualConnectorGenaiMetricsDuplicateSpans(t, tel, points(1), metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualConnectorGenaiMetricsForgottenTraces(t, tel, points(1), metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualConnectorGenaiMetricsUnpricedCalls(t, tel, points(1), metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualConnectorGenaiMetricsHeldSpans(t, tel, points(3), metricdatatest.IgnoreTimestamp())
	metadatatest.AssertEqualConnectorGenaiMetricsSeries(t, tel, points(3), metricdatatest.IgnoreTimestamp())
	s.end(t)
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no wait":        {func(c *Config) { c.Wait = 0 }, "wait: must be more than zero"},
		"no series":      {func(c *Config) { c.MaxSeries = -1 }, "max_series: must be more than zero"},
		"no temporality": {func(c *Config) { c.Temporality = "gamma" }, `temporality: "gamma" is neither`},
		"no such prices": {func(c *Config) { c.Prices.File = "none.yaml" }, "file: read prices: open none.yaml"},
	} {
		cfg := createDefaultConfig().(*Config)
		c.change(cfg)
		err := cfg.Validate()
		if err == nil {
			err = cfg.Prices.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := createDefaultConfig().(*Config)
	if cfg.Prices.Enabled = false; cfg.Prices.Validate() != nil {
		t.Error("without prices there is nothing to read")
	}
}

func BenchmarkSpans(b *testing.B) {
	for name, td := range captures(b) {
		if name != "openai-v2-chat.001.pb" && name != "web-two-services.001.pb" && name != "pydantic-ai-booking.001.pb" {
			continue
		}
		in := decoded(b, td)
		b.Run(name, func(b *testing.B) {
			s := begin(b, nop(), nil)
			b.ReportAllocs()
			for b.Loop() {
				s.send(b, in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*in.SpanCount()), "ns/span")
			s.end(b)
		})
	}
}
