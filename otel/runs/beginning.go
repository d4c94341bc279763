package runs

import (
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/tree"
)

// Beginning says what is known of the root of a trace.
type Beginning int

// The kinds of beginning. A program that works for long sends its steps long before the
// span that holds them together, since a span is sent when it ends.
const (
	// RootHere is a trace with a root that has ended, or one with nothing to wait for.
	RootHere = Beginning(tree.RootHere)
	// RootOutside is a trace that is whole but for parents in other processes, which may
	// send their spans elsewhere. Its local roots stand for the root.
	RootOutside = Beginning(tree.RootOutside)
	// RootMissing is a trace whose root is still open (a pending span announces it, or it
	// has no end), or whose spans name parents of their own process that are not there.
	RootMissing = Beginning(tree.RootMissing)
)

// BeginningOf looks for the root among the spans of one trace.
func BeginningOf(td *tracepb.TracesData) Beginning { return Beginning(tree.BeginningOf(td)) }

// IsEntry reports whether a span that has a parent says that it is in another process: by
// its flags (SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK), else by its kind, SERVER or CONSUMER.
func IsEntry(flags uint32, kind tracepb.Span_SpanKind) bool { return tree.IsEntry(flags, kind) }

// SaysPending reports whether an attribute that is text says that its span only announces
// another, which is still to come (logfire.span_type = "pending_span").
func SaysPending(key, text string) bool { return tree.SaysPending(key, text) }

// AddMissing returns the spans of one trace with a pending span for each parent that is
// missing, if its root is. The spans there then hang together: they are nested runs of
// runs that the parents complete once they come. Nothing is added where a root is known to
// be open, as all hangs below that. The result shares spans with td, which stays as it is.
func AddMissing(td *tracepb.TracesData) *tracepb.TracesData { return tree.AddMissing(td) }
