package runs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// steering gives the mlflow.run.* attributes of a span under their whole
// names, also those that gather put together because of a numeric part.
func (n *node) steering() []attr {
	flat := map[string]any{}
	for _, kv := range n.pb.GetAttributes() {
		if key := mend(kv.GetKey()); strings.HasPrefix(key, string(mlflowattr.RunKey)+".") {
			flat[key] = decode(kv.GetValue())
		}
	}
	out := make([]attr, 0, len(flat))
	for _, key := range sortedKeys(flat) {
		out = append(out, attr{key: key, value: flat[key]})
	}
	return out
}

// attributesOf reads attributes without gathering indexed ones.
func attributesOf(kvs []*commonpb.KeyValue) map[string]any {
	out := make(map[string]any, len(kvs))
	for _, kv := range kvs {
		out[mend(kv.GetKey())] = decode(kv.GetValue())
	}
	return out
}

// sortedEvents gives events by time; those of one time stay as they came.
func sortedEvents(events []*tracepb.Span_Event) []*tracepb.Span_Event {
	out := make([]*tracepb.Span_Event, 0, len(events))
	for _, e := range events {
		if e != nil {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *tracepb.Span_Event) int {
		return cmp.Compare(a.GetTimeUnixNano(), b.GetTimeUnixNano())
	})
	return out
}

// point adds one point of a series, as an mlflow.metric event tells it.
func (d *draft) point(n *node, a map[string]any, at time.Time) {
	key := strings.TrimSpace(word(a["key"]))
	v, ok := number(a["value"])
	if key == "" || !ok {
		d.note("event %s of span %q needs a key and a numeric value", mlflowattr.MetricEventName, n.pb.GetName())
		return
	}
	step, _ := number(a["step"])
	d.metric(key, v, at, int64(max(-1e15, min(1e15, step))))
}

// errorText says what went wrong on a failed span: in its own words, else in
// those of the first failed span below that has any. Spans below come first.
func (n *node) errorText() string {
	if s := strings.TrimSpace(mend(n.pb.GetStatus().GetMessage())); s != "" {
		return s
	}
	for _, e := range n.pb.GetEvents() {
		if e.GetName() != "exception" {
			continue
		}
		a := attributesOf(e.GetAttributes())
		kind, msg := word(a["exception.type"]), word(a["exception.message"])
		if kind != "" && msg != "" {
			return kind + ": " + msg
		}
		if kind+msg != "" {
			return kind + msg
		}
	}
	if n.f.errorText != "" {
		return n.f.errorText
	}
	for _, k := range n.kids {
		if k.failed && !k.f.noise && k.reason != noReason {
			return k.reason
		}
	}
	if v, ok := n.attribute("error.type"); ok {
		return word(v)
	}
	return noReason
}

// noReason stands for an error that came without a word.
const noReason = "error"
