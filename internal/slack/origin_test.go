package slack

import (
	"testing"

	"go.opentelemetry.io/otel/trace"
)

const (
	someTrace = "0af7651916cd43dd8448eb211c80319c"
	someSpan  = "b7ad6b7169203331"
)

func TestTheListenersSpanSurvivesTheQueue(t *testing.T) {
	id, err1 := trace.TraceIDFromHex(someTrace)
	span, err2 := trace.SpanIDFromHex(someSpan)
	state, err3 := trace.ParseTraceState("vendor=a-b-c,other=1")
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	for name, c := range map[string]trace.SpanContextConfig{
		"none":                 {},
		"sampled":              {TraceID: id, SpanID: span, TraceFlags: trace.FlagsSampled},
		"not sampled":          {TraceID: id, SpanID: span},
		"with a state":         {TraceID: id, SpanID: span, TraceFlags: trace.FlagsSampled, TraceState: state},
		"state, not sampled":   {TraceID: id, SpanID: span, TraceState: state},
		"half a span context":  {TraceID: id},
		"another half of one ": {SpanID: span},
	} {
		sent := trace.NewSpanContext(c)
		got := originSpan(origin(trace.ContextWithSpanContext(t.Context(), sent)))
		if !sent.IsValid() {
			if got.IsValid() {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if !got.Equal(sent.WithRemote(true)) {
			t.Errorf("%s: got %+v, want %+v", name, got, sent)
		}
	}
}

func TestStoredSpansAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		stored  string
		valid   bool
		sampled bool
	}{
		"nothing":            {"", false, false},
		"as it always was":   {"00-" + someTrace + "-" + someSpan + "-01", true, true},
		"not sampled":        {"00-" + someTrace + "-" + someSpan + "-00", true, false},
		"more flags":         {"00-" + someTrace + "-" + someSpan + "-03", true, true},
		"a future version":   {"cc-" + someTrace + "-" + someSpan + "-01-what-comes", true, true},
		"an invalid version": {"ff-" + someTrace + "-" + someSpan + "-01", false, false},
		"no trace":           {"00-00000000000000000000000000000000-" + someSpan + "-01", false, false},
		"text":               {"a-b-c-d", false, false},
		"a broken state":     {"00-" + someTrace + "-" + someSpan + "-01\nnonsense", true, true},
	} {
		got := originSpan(c.stored)
		if got.IsValid() != c.valid || got.IsSampled() != c.sampled {
			t.Errorf("%s: %+v", name, got)
		}
		if c.valid && (got.TraceID().String() != someTrace || got.SpanID().String() != someSpan || !got.IsRemote()) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
