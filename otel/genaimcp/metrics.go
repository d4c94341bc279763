package genaimcp

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/technoshare/commentator/otel/genai"
)

// newDuration makes the histogram of one side, with the boundaries that the conventions recommend.
func newDuration(p metric.MeterProvider, side string) metric.Float64Histogram {
	description := "The duration of the MCP request or notification as observed on the sender from the time it was sent until " +
		"the response or ack is received."
	if side == "server" {
		description = "MCP request or notification duration as observed on the receiver from the time it was received until " +
			"the result or ack is sent."
	}
	h, err := p.Meter(scopeName, metric.WithSchemaURL(genai.SchemaURL)).Float64Histogram("mcp."+side+".operation.duration",
		metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300))
	if err != nil {
		return noop.Float64Histogram{}
	}
	return h
}

// series returns what a measurement is told apart by. A tool or a prompt that was refused may be any name that a peer
// thinks of, and is not among it.
func (o *operation) series(f *failure, told []attribute.KeyValue) []attribute.KeyValue {
	kv := []attribute.KeyValue{methodNameKey.String(o.method)}
	add := func(key attribute.Key, value string) {
		if value != "" {
			kv = append(kv, key.String(value))
		}
	}
	add(protocolVersionKey, o.version)
	if o.message.tool != "" {
		add(genai.OperationNameKey, genai.OperationExecuteTool)
	}
	if f == nil || f.code == "" {
		add(genai.ToolNameKey, o.message.tool)
		add(genai.PromptNameKey, o.prompt)
	}
	if f != nil {
		add(genai.ErrorTypeKey, f.kind)
	}
	return append(kv, told...)
}
