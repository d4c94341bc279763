package tree

import (
	"encoding/hex"
	"slices"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Some SDKs show a span while it runs: at its start they send a pending span, with an id
// of its own, no duration, and the real span as its parent. Logfire writes
// logfire.span_type = "pending_span" and the real span's parent as
// logfire.pending_parent_id; others took the words over under their own prefix. To us
// it is one more report of the real span: written before that ended.

// place is where a report of a span stands in its trace.
type place struct {
	id, above trace.SpanID
	pending   bool
}

// placeOf reads a span's own place, or that of the real span which it announces.
func placeOf(pb *tracepb.Span) place {
	p := place{id: otlp.SpanID(pb), above: otlp.ParentID(pb)}
	if !IsPending(pb) {
		return p
	}
	if !p.above.IsValid() { // it announces nothing but itself
		p.pending = true
		return p
	}
	announced := p.above
	// Where the real span's parent is not said, it may be anywhere: as its own parent it
	// is one whose parent is not known, and no root.
	p = place{id: announced, above: announced, pending: true}
	for _, kv := range pb.GetAttributes() {
		w := naming.Words(kv.GetKey())
		if len(w) < 3 || !slices.Equal(w[len(w)-3:], []string{"pending", "parent", "id"}) {
			continue
		}
		var id trace.SpanID
		if n, err := hex.Decode(id[:], []byte(value.Word(value.Decode(kv.GetValue())))); err == nil && n == len(id) && id != announced {
			p.above = id
		}
	}
	return p
}

// pendingType is the type of a pending span.
const pendingType = "pending_span"

// IsPending reports whether a span says that it only announces another.
func IsPending(pb *tracepb.Span) bool {
	return slices.ContainsFunc(pb.GetAttributes(), func(kv *commonpb.KeyValue) bool {
		return SaysPending(kv.GetKey(), kv.GetValue().GetStringValue())
	})
}

// SaysPending reports whether an attribute says that its span only announces another.
func SaysPending(key, text string) bool {
	if text != pendingType {
		return false
	}
	w := naming.Words(key)
	return len(w) >= 2 && w[len(w)-2] == "span" && w[len(w)-1] == "type"
}
