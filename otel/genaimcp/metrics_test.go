package genaimcp_test

import (
	"context"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/semconv/v1.41.0/mcpconv"
)

func TestDurationsAreMeasuredOnBothSides(t *testing.T) {
	w, session := both(t)
	for _, city := range []string{"Bern", "Atlantis"} {
		if _, err := call(t, t.Context(), session, "get-weather", city); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := call(t, t.Context(), session, "no-such-tool", "Bern"); err == nil {
		t.Fatal("it did not fail")
	}
	if _, err := session.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "greet"}); err != nil {
		t.Fatal(err)
	}
	var rm metricdata.ResourceMetrics
	if err := w.reader.Collect(context.Background(), &rm); err != nil {
		t.Fatal(err)
	}
	described := map[string]string{
		mcpconv.ClientOperationDuration{}.Name(): mcpconv.ClientOperationDuration{}.Description(),
		mcpconv.ServerOperationDuration{}.Name(): mcpconv.ServerOperationDuration{}.Description(),
	}
	for _, scope := range rm.ScopeMetrics {
		for _, m := range scope.Metrics {
			if described[m.Name] != m.Description || m.Unit != "s" {
				t.Errorf("%s in %s is described as %q, want %q", m.Name, m.Unit, m.Description, described[m.Name])
			}
			delete(described, m.Name)
			h, ok := m.Data.(metricdata.Histogram[float64])
			if !ok {
				t.Fatalf("%s is %T", m.Name, m.Data)
			}
			got := map[string]uint64{}
			for _, p := range h.DataPoints {
				value := func(key attribute.Key) string {
					v, _ := p.Attributes.Value(key)
					return v.String()
				}
				if value("network.transport") != "pipe" || value("mcp.method.name") == "" {
					t.Errorf("%s has %v", m.Name, p.Attributes)
				}
				got[value("mcp.method.name")+" "+value("gen_ai.tool.name")+value("gen_ai.prompt.name")+" "+value("error.type")] += p.Count
				if len(p.Bounds) != 14 || p.Bounds[0] != 0.01 || p.Bounds[13] != 300 {
					t.Errorf("%s has the boundaries %v", m.Name, p.Bounds)
				}
			}
			for _, series := range []string{
				"tools/call get-weather ", "tools/call get-weather tool_error", "tools/call  -32602", "prompts/get greet ",
			} {
				if got[series] != 1 {
					t.Errorf("%s: %q was counted %d times, of %v", m.Name, series, got[series], got)
				}
			}
		}
	}
	if len(described) != 0 {
		t.Errorf("not measured: %v", described)
	}
}
