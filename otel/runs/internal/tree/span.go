package tree

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/dialect"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Span is one span in its tree.
type Span struct {
	PB       *tracepb.Span  // as it came; never changed
	Resource map[string]any // attributes of its resource
	Scope    string         // name of its instrumentation
	Facts    *dialect.Facts

	ID     trace.SpanID
	Above  trace.SpanID // id of the parent it names; zero for a root. The parent may not be in the trace.
	Parent *Span        // nil for a local root
	Kids   []*Span      // by start, then id
	Orphan bool         // hung below a root because its parent is not in the trace

	Start, End uint64 // Unix nanoseconds; End is never before Start
	Unfinished bool   // it never ended
	Pending    bool   // only a pending span announces it; implies Unfinished
	Failed     bool
	Losses     Losses // before it came here

	resourceDropped uint32 // attributes that the SDK left out of the resource

	// Index is the span's place in Tree.Ordered, by which later phases keep what
	// they find out about it.
	Index int
	// Position is the span's place among all spans of the data that was read.
	Position int
}

// Name returns the span's name as valid text.
func (s *Span) Name() string { return otlp.ValidText(s.PB.GetName()) }

// Begins reports whether the trace, or its part in this process, begins with the
// span. One whose parent got lost, or comes in another part, does not.
func (s *Span) Begins() bool { return !s.Above.IsValid() || s.Parent == nil && s.remote() }

// remote reports whether the span's parent is in another process.
func (s *Span) remote() bool { return otlp.ParentIsRemote(s.PB) && !s.Pending }

// IsBelow reports whether s is a or a span below it.
func (s *Span) IsBelow(a *Span) bool {
	for m := s; m != nil; m = m.Parent {
		if m == a {
			return true
		}
	}
	return false
}

// Walk visits s and all spans below it, parents first and siblings by start. It
// needs no more stack for a chain of thousands.
func (s *Span) Walk(visit func(*Span)) {
	stack := []*Span{s}
	for len(stack) > 0 {
		m := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		visit(m)
		for i := len(m.Kids) - 1; i >= 0; i-- {
			stack = append(stack, m.Kids[i])
		}
	}
}

// Attribute looks up one attribute of the span: as it was read, with indexed ones
// gathered, else by its raw name.
func (s *Span) Attribute(key string) (any, bool) {
	for i := range s.Facts.Attrs {
		if s.Facts.Attrs[i].Key == key {
			return s.Facts.Attrs[i].Value, true
		}
	}
	kvs := s.PB.GetAttributes()
	for i := len(kvs) - 1; i >= 0; i-- {
		if kvs[i].GetKey() == key {
			return value.Decode(kvs[i].GetValue()), true
		}
	}
	return nil, false
}

// Tool returns the name of the tool that a tool span called.
func (s *Span) Tool() string {
	if s.Facts.ToolName != "" {
		return s.Facts.ToolName
	}
	return s.PB.GetName()
}

// Type gives MLflow's word for the span, whose kind is k. One that says nothing is
// a step of a chain, or a call to some other system.
func (s *Span) Type(k kind.Kind) kind.Kind {
	if k != kind.Unknown {
		return k
	}
	switch s.PB.GetKind() {
	case tracepb.Span_SPAN_KIND_CLIENT, tracepb.Span_SPAN_KIND_PRODUCER:
		if s.Above.IsValid() {
			return kind.Other
		}
	}
	return kind.Chain
}

// ByStart orders spans by start, longer ones first, then by id.
func ByStart(a, b *Span) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), bytes.Compare(a.ID[:], b.ID[:]))
}

// Time turns Unix nanoseconds into a time. What a 64 bit sign cannot hold is the
// last time there is, the year 2262.
func Time(ns uint64) time.Time {
	const last = 1<<63 - 1
	return time.Unix(0, int64(min(ns, last))).UTC() //nolint:gosec // bounded just before
}

// readTimes fills what the span itself says about its times and its end.
func (s *Span) readTimes() {
	s.Start, s.End = s.PB.GetStartTimeUnixNano(), s.PB.GetEndTimeUnixNano()
	s.Unfinished = s.End == 0 || s.Pending
	for _, kv := range s.PB.GetAttributes() {
		if kv.GetKey() == string(mlflowattr.UnfinishedKey) {
			if yes, ok := value.Bool(value.Decode(kv.GetValue())); ok && yes {
				s.Unfinished = true
			}
		}
	}
	if s.Start == 0 {
		s.Start = s.End
	}
	s.End = max(s.Start, s.End)
	s.Failed = s.PB.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
}

// saysFailed finds errors of programs that never set the span's status, or set it too
// early.
func (s *Span) saysFailed() bool {
	if s.endedWithException() {
		return true
	}
	if s.PB.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		return false
	}
	genAI, unsuccessful, why := s.Facts.Kind != kind.Unknown, false, false
	for _, a := range s.Facts.Attrs {
		switch a.Key {
		case "error":
			yes, isBool := value.Bool(a.Value)
			if yes {
				return true
			}
			why = why || !isBool && dialect.Label(a.Value) != ""
		case "success":
			yes, isBool := value.Bool(a.Value)
			unsuccessful = isBool && !yes
		case "error.type": // says by the conventions that the operation ended with an error
			why = why || genAI && dialect.Label(a.Value) != ""
		case "otel.status_code", "langfuse.observation.level", "genkit:state":
			if strings.EqualFold(value.Word(a.Value), "error") {
				return true
			}
		default:
			if strings.HasSuffix(a.Key, "is_error") { // lk.function_tool.is_error, MCP's result
				if yes, _ := value.Bool(a.Value); yes {
					return true
				}
			}
		}
	}
	// Either is enough on GenAI work. Elsewhere an "error" may be what a step is about.
	return unsuccessful && why || genAI && (unsuccessful || why)
}

// endedWithException reports whether LangSmith says that its run failed. Its exporter
// (langsmith 0.15) sets the status to OK when it makes the span, which the SDK lets no
// later status change, and records an exception only for a run that ended with one.
func (s *Span) endedWithException() bool {
	if _, ok := s.Attribute("langsmith.span.kind"); !ok {
		return false
	}
	return slices.ContainsFunc(s.PB.GetEvents(), func(e *tracepb.Span_Event) bool { return e.GetName() == "exception" })
}
