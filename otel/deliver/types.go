package deliver

import (
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Origin says where a trace comes from, as far as delivery depends on it.
type Origin struct {
	// SearchFirst says that the trace may have been delivered in part before,
	// by an earlier attempt or an earlier process.
	SearchFirst bool
	// Late says that this is a further part of a trace that is delivered
	// already. Its spans join the trace; only spans without a local parent
	// become runs.
	Late bool
	// SampledFlag says that the W3C sampled flag of the spans is to be believed:
	// spans without it become runs and are not sent as traces. True for spans
	// out of a Go SDK in this process; other senders leave the flag unset, and
	// what arrives over the wire was sampled anyway.
	SampledFlag bool
	// Unfinished says in words why the trace has no root, when it is delivered all the
	// same: it is under way (runs.ReadOpen), or was given up. Its runs get the words as the
	// tag mlflowattr.UnfinishedTag, until a delivery without them.
	Unfinished string
}

// Result says what a delivery left on the server.
type Result struct {
	TraceID      trace.TraceID
	ExperimentID string
	ParentRunID  string // of the first root run; empty with tracking off
	RunURL       string // pages in MLflow's UI
	TraceURL     string
	Runs         map[trace.SpanID]string // span → run id
	Poison       []*tracepb.Span         // spans the server refuses; all others are delivered
	PoisonReason string                  // the server's words about the first
	Missing      []Missing               // what this server does not take; all else is delivered
	Notes        []string                // what was shortened or left out, one sentence each
	Calls        int                     // requests sent
}

// Start is a trace that has begun and will take a while: Data holds its local
// root as it is now, with no end time.
type Start struct {
	TraceID trace.TraceID
	Data    *tracepb.TracesData
}
