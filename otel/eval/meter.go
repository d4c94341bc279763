package eval

import (
	"context"
	"encoding/json"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Price is what a model's tokens cost, in US dollars for a million.
type Price struct{ Input, Output float64 }

// Meter is a span processor that sums what the model calls of a row cost: what their spans
// say (mlflow.llm.cost), else their tokens (gen_ai.usage.*) by a table of prices. Register
// it with the TracerProvider, and give it to the evaluation by [WithMeter]:
//
//	meter := eval.NewMeter(map[string]eval.Price{"gpt-4o-mini": {Input: 0.15, Output: 0.6}})
//	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(meter), …)
//
// A call inside another, such as that of an HTTP client below a chat span, must not say the
// usage a second time. It keeps numbers only of rows that are under way.
type Meter struct {
	prices map[string]Price
	mu     sync.Mutex
	rows   map[trace.TraceID]float64
}

// NewMeter makes a meter with prices by model (gen_ai.response.model, or where there is none
// of that gen_ai.request.model).
func NewMeter(prices map[string]Price) *Meter {
	return &Meter{prices: prices, rows: map[trace.TraceID]float64{}}
}

// begin watches the trace of a row.
func (m *Meter) begin(id trace.TraceID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[id] = 0
}

// end returns what was spent in the trace of a row.
func (m *Meter) end(id trace.TraceID) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	spent := m.rows[id]
	delete(m.rows, id)
	return spent
}

// OnStart implements sdktrace.SpanProcessor.
func (m *Meter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor.
func (m *Meter) OnEnd(s sdktrace.ReadOnlySpan) {
	cost := m.cost(s.Attributes())
	if cost == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if spent, watched := m.rows[s.SpanContext().TraceID()]; watched {
		m.rows[s.SpanContext().TraceID()] = spent + cost
	}
}

// cost reads what one span says.
func (m *Meter) cost(attrs []attribute.KeyValue) float64 {
	var asked, answered string
	var in, out int64
	for _, kv := range attrs {
		switch kv.Key {
		case mlflowattr.CostKey:
			var said struct {
				Total float64 `json:"total_cost"`
			}
			if json.Unmarshal([]byte(kv.Value.AsString()), &said) == nil && said.Total > 0 {
				return said.Total
			}
		case genai.ResponseModelKey:
			answered = kv.Value.AsString()
		case genai.RequestModelKey:
			asked = kv.Value.AsString()
		case genai.UsageInputTokensKey:
			in = kv.Value.AsInt64()
		case genai.UsageOutputTokensKey:
			out = kv.Value.AsInt64()
		}
	}
	p, known := m.prices[answered]
	if !known {
		p = m.prices[asked]
	}
	const million = 1e6
	return (float64(in)*p.Input + float64(out)*p.Output) / million
}

// Shutdown implements sdktrace.SpanProcessor.
func (m *Meter) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdktrace.SpanProcessor.
func (m *Meter) ForceFlush(context.Context) error { return nil }
