package main

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/genai"
)

// spanMask takes secrets out of texts of spans. Servers repeat secrets in errors,
// and adapters record errors in spans of their own.
type spanMask struct {
	all  *config.Masker // for texts of errors
	long *config.Masker // for content, in which a short key may be a common word
}

func newSpanMask(mask *config.Masker) spanMask { return spanMask{mask, mask.Long()} }

// statusKey is the key of a span's status, as of runprocessor.WithRedaction.
const statusKey = "otel.status_description"

// text returns the text that stands under the key without secrets.
func (m spanMask) text(key, text string) string {
	if isError(key) {
		return m.all.Mask(text)
	}
	return m.long.Mask(text)
}

// isError reports whether texts of errors stand under the key: of a status, of a
// job, of an exception, or of a gate that says why it failed.
func isError(key string) bool {
	switch attribute.Key(key) {
	case statusKey, job.ErrorKey, genai.EvaluationExplanationKey:
		return true
	}
	return strings.HasPrefix(key, "exception.")
}

// maskedProcessor takes secrets out of spans that end before it passes them on. It
// is for processors that look at ended spans only; the run processor, which writes
// open ones too, masks by its own option.
type maskedProcessor struct {
	sdktrace.SpanProcessor
	mask spanMask
}

// newMaskedProcessor stands between the provider and a processor that exports.
// Each exporting processor gets its own, since the SDK hands all of them the
// span as it was.
func newMaskedProcessor(next sdktrace.SpanProcessor, mask *config.Masker) maskedProcessor {
	return maskedProcessor{next, newSpanMask(mask)}
}

// OnEnd passes the span on without secrets, or as it is where there are none. It
// does no I/O; its time grows with the length of the span's texts.
func (p maskedProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	// Attributes and events are shared with other processors: they are copied
	// before they are changed, attributes only when there is something to
	// change.
	m := maskedSpan{s, s.Status(), s.Attributes(), slices.Clone(s.Events())}
	changed := false
	if text := p.mask.text(statusKey, m.status.Description); text != m.status.Description {
		m.status.Description, changed = text, true
	}
	if kv, masked := p.mask.attributes(m.attributes); masked {
		m.attributes, changed = kv, true
	}
	for i, e := range m.events { // a copy, so that it may be changed
		if kv, masked := p.mask.attributes(e.Attributes); masked {
			m.events[i].Attributes, changed = kv, true
		}
	}
	if changed {
		s = m
	}
	p.SpanProcessor.OnEnd(s)
}

// attributes returns the attributes without secrets, in a list of its own if it
// found any.
func (m spanMask) attributes(kv []attribute.KeyValue) (out []attribute.KeyValue, changed bool) {
	out = kv
	for i, a := range kv {
		v, masked := m.value(string(a.Key), a.Value)
		if !masked {
			continue
		}
		if !changed {
			out, changed = slices.Clone(kv), true
		}
		out[i].Value = v
	}
	return out, changed
}

// value returns an attribute's value without secrets, and whether it had any. Only
// texts and lists of texts can hold one.
func (m spanMask) value(key string, v attribute.Value) (attribute.Value, bool) {
	switch v.Type() {
	case attribute.STRING:
		if text := m.text(key, v.AsString()); text != v.AsString() {
			return attribute.StringValue(text), true
		}
	case attribute.STRINGSLICE:
		list, changed := v.AsStringSlice(), false
		for i, s := range list {
			if text := m.text(key, s); text != s {
				list[i], changed = text, true
			}
		}
		if changed {
			return attribute.StringSliceValue(list), true
		}
	}
	return v, false
}

// maskedSpan is a span with other texts. Spans are read-only, so that it covers
// what the processors read of them instead of changing the span.
type maskedSpan struct {
	sdktrace.ReadOnlySpan
	status     sdktrace.Status
	attributes []attribute.KeyValue
	events     []sdktrace.Event
}

// Status returns the status without secrets.
func (s maskedSpan) Status() sdktrace.Status { return s.status }

// Attributes returns the attributes without secrets.
func (s maskedSpan) Attributes() []attribute.KeyValue { return s.attributes }

// Events returns the events without secrets.
func (s maskedSpan) Events() []sdktrace.Event { return s.events }
