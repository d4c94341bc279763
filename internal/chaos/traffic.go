//go:build linux

package chaos

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs"
)

// agentTrace makes trace n of a seed: an agent that asks its model some times and uses tools, by the
// GenAI conventions. No two traces and no two seeds have an id in common.
func agentTrace(seed int64, n int, began time.Time) (root *tracepb.TracesData, others []*tracepb.TracesData) {
	r := rand.New(rand.NewPCG(uint64(seed), uint64(n)+1)) //nolint:gosec // a seed, not a secret
	id := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64()|1)
	spans, at := uint64(0), began
	span := func(parent []byte, name string, attributes ...*commonpb.KeyValue) *tracepb.Span {
		spans++
		at = at.Add(time.Duration(1+r.IntN(40)) * time.Millisecond)
		return &tracepb.Span{
			TraceId: id, SpanId: binary.BigEndian.AppendUint64(nil, r.Uint64()<<8|spans), ParentSpanId: parent, Name: name,
			Kind: tracepb.Span_SPAN_KIND_INTERNAL, Attributes: attributes, StartTimeUnixNano: nanoseconds(at),
			EndTimeUnixNano: nanoseconds(at.Add(time.Duration(5+r.IntN(2000)) * time.Millisecond)),
		}
	}
	agent := span(nil, fmt.Sprintf("invoke_agent helper %d", n),
		attribute("gen_ai.operation.name", "invoke_agent"), attribute("gen_ai.agent.name", "helper"))
	for turn := range 1 + r.IntN(4) {
		said := strings.Repeat(fmt.Sprintf("Turn %d of trace %d. ", turn, n), 1+r.IntN(200))
		others = append(others, alone(span(agent.SpanId, "chat chaos-1",
			attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.request.model", "chaos-1"),
			count("gen_ai.usage.input_tokens", int64(10+r.IntN(1000))), count("gen_ai.usage.output_tokens", int64(1+r.IntN(100))),
			attribute("gen_ai.input.messages", fmt.Sprintf(`[{"role":"user","parts":[{"type":"text","content":%q}]}]`, said)))))
		if r.IntN(2) == 0 {
			others = append(others, alone(span(agent.SpanId, "execute_tool look", attribute("gen_ai.operation.name", "execute_tool"),
				attribute("gen_ai.tool.name", "look"), attribute("gen_ai.tool.call.arguments", fmt.Sprintf(`{"turn":%d}`, turn)))))
		}
	}
	agent.EndTimeUnixNano = nanoseconds(at.Add(3 * time.Second))
	r.Shuffle(len(others), func(i, k int) { others[i], others[k] = others[k], others[i] })
	return alone(agent), others
}

func nanoseconds(t time.Time) uint64 { return uint64(t.UnixNano()) } //nolint:gosec // after 1970

func attribute(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func count(key string, value int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}}}
}

// alone is a request of one span.
func alone(s *tracepb.Span) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{Attributes: []*commonpb.KeyValue{attribute("service.name", "chaos")}},
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "chaos"}, Spans: []*tracepb.Span{s}}},
	}}}
}

// parcel is a request of a sender; it is sent when so much time has passed since the one before.
type parcel struct {
	after time.Duration
	data  *tracepb.TracesData
}

// parcels are the requests in which trace n is sent, in one of five orders. late is how long a root
// may be late.
func parcels(n int, root *tracepb.TracesData, others []*tracepb.TracesData, late time.Duration) (out []parcel) {
	whole := runs.Merge(append([]*tracepb.TracesData{root}, others...)...)
	each := func(list ...*tracepb.TracesData) {
		for _, one := range list {
			out = append(out, parcel{data: one})
		}
	}
	switch n % 5 {
	case 0:
		each(whole)
	case 1: // the root first, then each span alone
		each(root)
		each(others...)
	case 2:
		each(runs.Merge(others...), root)
	case 3: // the root late
		each(others...)
		out = append(out, parcel{late, root})
	case 4: // all of it twice, the second time in pieces
		each(whole, root)
		each(others...)
	}
	return out
}

// traceID is the id of a trace's data in hexadecimal.
func traceID(td *tracepb.TracesData) string { return hex.EncodeToString(spansIn(td)[0].GetTraceId()) }

func spansIn(td *tracepb.TracesData) (out []*tracepb.Span) {
	for _, rs := range td.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			out = append(out, ss.GetSpans()...)
		}
	}
	return out
}

// expected is what MLflow has of a trace in the end.
type expected struct {
	id    string
	spans []string          // their ids, sorted
	runs  map[string]string // span of the run → its status
}

func expect(td *tracepb.TracesData) expected {
	e := expected{id: traceID(td), runs: map[string]string{}}
	for _, s := range spansIn(td) {
		e.spans = append(e.spans, hex.EncodeToString(s.GetSpanId()))
	}
	slices.Sort(e.spans)
	for _, p := range runs.Read(td, runs.Rules{}).Project() {
		for _, r := range p.Runs {
			e.runs[r.SpanID.String()] = string(r.Status)
		}
	}
	return e
}
