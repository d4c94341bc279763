package genaimetrics

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// sink keeps the metrics that it takes, and refuses as many flushes as it is told.
type sink struct {
	mu      sync.Mutex
	all     []pmetric.Metrics
	refuses int
}

func (s *sink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (s *sink) ConsumeMetrics(_ context.Context, md pmetric.Metrics) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses > 0 {
		s.refuses--
		return errors.New("not now")
	}
	s.all = append(s.all, md)
	return nil
}

func (s *sink) flushes() []pmetric.Metrics {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// started is a connector at work.
type started struct {
	*genaiMetrics
	sink *sink
}

func begin(t testing.TB, settings connector.Settings, change func(*Config)) *started {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	s := &started{sink: &sink{}}
	c, err := NewFactory().CreateTracesToMetrics(t.Context(), settings, cfg, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.genaiMetrics = c.(*genaiMetrics)
	if err := c.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	return s
}

// nop are settings whose telemetry goes nowhere.
func nop() connector.Settings {
	return connectortest.NewNopSettings(component.MustNewType("genai_metrics"))
}

func (s *started) send(t testing.TB, td ptrace.Traces) {
	t.Helper()
	if err := s.ConsumeTraces(context.Background(), td); err != nil {
		t.Fatal(err)
	}
}

// end shuts the connector down and returns all that it handed on.
func (s *started) end(t testing.TB) []pmetric.Metrics {
	t.Helper()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s.sink.flushes()
}

// last shuts the connector down and returns what it handed on last: with cumulative temporality, all that it counted, however
// often it flushed before on a busy machine.
func (s *started) last(t testing.TB) pmetric.Metrics {
	t.Helper()
	all := s.end(t)
	if len(all) == 0 {
		return pmetric.NewMetrics()
	}
	return all[len(all)-1]
}

// spec is a span of a made-up trace.
type spec struct {
	trace, id, parent int
	attrs             map[string]any
	service           string
	failed            bool
}

func request(t testing.TB, specs ...spec) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	for _, s := range specs {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", s.service)
		span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{8: byte(s.trace >> 24), 9: byte(s.trace >> 16), 10: byte(s.trace >> 8), 11: byte(s.trace), 15: 1})
		span.SetSpanID(pcommon.SpanID{4: byte(s.id >> 24), 5: byte(s.id >> 16), 6: byte(s.id >> 8), 7: byte(s.id)})
		if s.parent != 0 {
			span.SetParentSpanID(pcommon.SpanID{4: byte(s.parent >> 24), 5: byte(s.parent >> 16), 6: byte(s.parent >> 8), 7: byte(s.parent)})
		}
		span.SetStartTimestamp(pcommon.Timestamp(1_000_000_000 * (1 + s.id%1000)))
		span.SetEndTimestamp(span.StartTimestamp() + 500_000_000)
		if s.failed {
			span.Status().SetCode(ptrace.StatusCodeError)
		}
		if err := span.Attributes().FromRaw(s.attrs); err != nil {
			t.Fatal(err)
		}
	}
	return td
}

func chat(model string, in, out int, more ...any) map[string]any {
	attrs := map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model,
		"gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out,
	}
	for i := 0; i < len(more); i += 2 {
		attrs[more[i].(string)] = more[i+1]
	}
	return attrs
}

// lines says each point of a metric: its attributes by their last words, count and sum.
func lines(md pmetric.Metrics, name string) (out []string) {
	points(md, name, func(attrs pcommon.Map, count uint64, sum float64) {
		var words []string
		for k, v := range attrs.All() {
			words = append(words, k+"="+v.AsString())
		}
		slices.Sort(words)
		text := fmt.Sprintf("%s %g", strings.Join(words, " "), sum)
		if count > 0 {
			text += fmt.Sprintf(" of %d", count)
		}
		out = append(out, text)
	})
	return out
}

func points(md pmetric.Metrics, name string, visit func(attrs pcommon.Map, count uint64, sum float64)) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Name() != name {
					continue
				}
				switch m.Type() {
				case pmetric.MetricTypeSum:
					for _, p := range m.Sum().DataPoints().All() {
						visit(p.Attributes(), 0, p.DoubleValue())
					}
				case pmetric.MetricTypeHistogram:
					for _, p := range m.Histogram().DataPoints().All() {
						visit(p.Attributes(), p.Count(), p.Sum())
					}
				}
			}
		}
	}
}

// total sums a metric over its points, those of them of which an attribute has the value.
func total(md pmetric.Metrics, name, attribute, value string) (count uint64, sum float64) {
	points(md, name, func(attrs pcommon.Map, n uint64, s float64) {
		if v, ok := attrs.Get(attribute); attribute == "" || ok && v.AsString() == value {
			count, sum = count+n, sum+s
		}
	})
	return count, sum
}

// captures are traces of real programs, by file.
func captures(t testing.TB) map[string]*tracepb.TracesData {
	t.Helper()
	files, err := filepath.Glob("../../otel/runs/testdata/traces/*.pb")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	out := map[string]*tracepb.TracesData{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		td := &tracepb.TracesData{}
		if err := proto.Unmarshal(raw, td); err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(file)] = td
	}
	return out
}

// decoded are the captures as a receiver gives them.
func decoded(t testing.TB, td *tracepb.TracesData) ptrace.Traces {
	t.Helper()
	raw, err := proto.Marshal(td)
	if err != nil {
		t.Fatal(err)
	}
	out, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
