package logrecords

import (
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// apply puts records, in their order, onto a span. What the span says itself stays, and
// of several records the first that says something counts.
func apply(s *tracepb.Span, list []*record) {
	f := filler{span: s, have: make(map[string]bool, len(s.Attributes))}
	for _, kv := range s.Attributes {
		if !isEmpty(kv.GetValue()) {
			f.have[kv.GetKey()] = true
		}
	}
	var in, out []any
	var finished []string
	for _, r := range list {
		switch {
		case IsMessage(r.event):
			f.addAll(r.attrs, isOfCall)
			msg, finish := r.message()
			if finish != "" {
				finished = append(finished, finish)
			}
			switch {
			case msg == nil:
			case r.event == "gen_ai.choice":
				out = append(out, msg)
			default:
				in = append(in, msg)
			}
		case r.event == DetailsEvent:
			f.addAll(r.attrs, isDetail)
			f.addAll(r.body.GetKvlistValue().GetValues(), isDetail)
		case f.addStep(r):
		default:
			s.Events = append(s.Events, r.asEvent())
		}
	}
	if len(in) > 0 {
		f.add(inputKey, str(jsonOf(in)))
	}
	if len(out) > 0 {
		f.add(outputKey, str(jsonOf(out)))
	}
	if len(finished) > 0 {
		list := &commonpb.ArrayValue{}
		for _, reason := range finished {
			list.Values = append(list.Values, str(otlp.ValidText(reason)))
		}
		f.add(finishKey, &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}})
	}
}

// filler adds to a span what it lacks.
type filler struct {
	span *tracepb.Span
	have map[string]bool
}

func (f *filler) add(key string, v *commonpb.AnyValue) {
	if f.have[key] || isEmpty(v) {
		return
	}
	f.have[key] = true
	f.span.Attributes = append(f.span.Attributes, &commonpb.KeyValue{Key: key, Value: plain(v)})
}

// addAll adds the attributes that are wanted.
func (f *filler) addAll(kvs []*commonpb.KeyValue, wanted func(key string) bool) {
	for _, kv := range kvs {
		if wanted(kv.GetKey()) {
			f.add(kv.GetKey(), kv.GetValue())
		}
	}
}

// isDetail reports whether an attribute of a record with the details of a call says
// something of the call: all do.
func isDetail(key string) bool { return key != "" && key != EventNameKey }

// isOfCall reports whether an attribute of a message says something of the call.
func isOfCall(key string) bool {
	return key == "error.type" || strings.HasPrefix(key, genAIPrefix) && key != "gen_ai.event.content"
}

// addStep adds what a record of an agent knows of the call or the prompt that the span
// stands for, or reports false. Tokens stay those of the span.
func (f *filler) addStep(r *record) bool {
	if agentOf(r.event) == nil {
		return false
	}
	switch kind := stepOf(r); {
	case kind == prompt && !isHidden(r.text("prompt")):
		f.add(inputKey, message("user", r.text("prompt")))
	case !r.ofCall:
		return false
	case kind == answered:
		if cost, ok := r.number("cost_usd"); ok {
			f.add("gen_ai.usage.cost", double(cost))
		}
	case kind == replied && !isHidden(r.text("response")):
		f.add(outputKey, message("assistant", r.text("response")))
	case kind == tool:
		if args := r.arguments(); !isHidden(args) {
			f.add("gen_ai.tool.call.arguments", str(args))
		}
		if result := r.result(); !isHidden(result) {
			f.add("gen_ai.tool.call.result", str(result))
		}
	default:
		return false
	}
	return !r.failed() // what failed stands in an event too
}

// asEvent gives a record as an event of a span. OTLP's fields that events lack become
// attributes under their names there.
func (r *record) asEvent() *tracepb.Span_Event {
	e := &tracepb.Span_Event{TimeUnixNano: r.time(), Name: r.event, DroppedAttributesCount: r.span.GetDroppedAttributesCount()}
	if e.Name == "" {
		e.Name = "log"
	}
	for _, kv := range r.attrs {
		if kv.GetKey() != EventNameKey {
			e.Attributes = append(e.Attributes, &commonpb.KeyValue{Key: kv.GetKey(), Value: plain(kv.GetValue())})
		}
	}
	if !isEmpty(r.body) && r.body.GetStringValue() != r.event {
		e.Attributes = append(e.Attributes, &commonpb.KeyValue{Key: "body", Value: plain(r.body)})
	}
	if r.severity != "" {
		e.Attributes = append(e.Attributes, &commonpb.KeyValue{Key: "severity_text", Value: str(r.severity)})
	}
	return e
}
