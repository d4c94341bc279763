package logrecords

import (
	"slices"
	"strings"
	"testing"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// A conversation as OpenAI's instrumentations of Java, .NET and older ones of Python
// write it, in two requests.
func conversation() []rec {
	return []rec{
		{event: "gen_ai.system.message", span: "chat", at: 1, attrs: m{"gen_ai.system": "openai"}, body: m{"content": "Be terse."}},
		{event: "gen_ai.user.message", span: "chat", at: 2, body: m{"content": "Weather in Rome?"}},
		{event: "gen_ai.assistant.message", span: "chat", at: 3, body: m{"tool_calls": []any{
			m{"id": "c1", "type": "function", "function": m{"name": "get_weather", "arguments": `{"city":"Rome","day":12345678901234567890}`}},
		}}},
		{event: "gen_ai.tool.message", span: "chat", at: 4, body: m{"id": "c1", "content": "21 degrees"}},
		{event: "gen_ai.choice", span: "chat", at: 5, body: m{"index": 0, "finish_reason": "stop", "message": m{"content": "Mild."}}},
	}
}

const (
	wantInput = `[{"parts":[{"content":"Be terse.","type":"text"}],"role":"system"},` +
		`{"parts":[{"content":"Weather in Rome?","type":"text"}],"role":"user"},` +
		`{"parts":[{"arguments":{"city":"Rome","day":12345678901234567890},"id":"c1","name":"get_weather","type":"tool_call"}],` +
		`"role":"assistant"},` +
		`{"parts":[{"id":"c1","response":"21 degrees","type":"tool_call_response"}],"role":"tool"}]`
	wantOutput = `[{"finish_reason":"stop","parts":[{"content":"Mild.","type":"text"}],"role":"assistant"}]`
)

func TestMessagesBecomeAttributesOfTheirSpan(t *testing.T) {
	td := trace1("desk", sp{name: "ask"}, sp{name: "chat", parent: "ask", attrs: m{"gen_ai.request.model": "gpt"}})
	got := spansOf(t, Join(merge(td, carriers(logs("desk", conversation()...)))))
	if len(got) != 2 {
		t.Fatalf("%d spans, want 2", len(got))
	}
	attrs := said(got["chat"])
	want := m{inputKey: wantInput, outputKey: wantOutput, "gen_ai.system": "openai", "gen_ai.request.model": "gpt"}
	for key, want := range want {
		if attrs[key] != want {
			t.Errorf("%s is %v,\nwant %v", key, attrs[key], want)
		}
	}
	if reasons, _ := attrs[finishKey].([]any); len(reasons) != 1 || reasons[0] != "stop" {
		t.Errorf("finish reasons %v", attrs[finishKey])
	}
	if len(said(got["ask"])) != 0 {
		t.Errorf("the parent got %v", said(got["ask"]))
	}
}

func TestWhereInstrumentationsPutMessages(t *testing.T) {
	const hello = `[{"parts":[{"content":"Hello","type":"text"}],"role":"user"}]`
	for name, r := range map[string]rec{
		"name in an attribute":     {attrs: m{"event.name": "gen_ai.user.message"}, body: m{"content": "Hello"}},
		"body as JSON":             {attrs: m{"event.name": "gen_ai.user.message"}, body: `{"role":"user","content":"Hello"}`},
		"body as text":             {event: "gen_ai.user.message", body: "Hello"},
		"content in an attribute":  {event: "gen_ai.user.message", attrs: m{"gen_ai.event.content": `{"content":"Hello"}`}},
		"attributes of their own":  {event: "gen_ai.user.message", attrs: m{"content": "Hello"}},
		"parts as OpenAI has them": {event: "gen_ai.user.message", body: m{"content": []any{m{"type": "text", "text": "Hello"}}}},
	} {
		r.span = "chat"
		got := spansOf(t, Join(merge(trace1("s", sp{name: "chat"}), carriers(logs("s", r)))))
		if attrs := said(got["chat"]); attrs[inputKey] != hello {
			t.Errorf("%s: %v", name, attrs)
		}
	}
}

func TestDetailsCountAsTheSpansWhereItSaysNothing(t *testing.T) {
	r := rec{event: DetailsEvent, span: "chat", attrs: m{
		"gen_ai.request.model": "asked", "gen_ai.usage.input_tokens": 20, "gen_ai.response.finish_reasons": []any{"stop"}, "server.port": 80,
		inputKey: []any{m{"role": "user", "parts": []any{m{"type": "text", "content": "Hello"}}}},
	}}
	own := sp{name: "chat", attrs: m{"gen_ai.request.model": "own", "server.port": 81}}
	got := spansOf(t, Join(merge(trace1("s", own), carriers(logs("s", r)))))
	attrs := said(got["chat"])
	want := m{
		"gen_ai.request.model": "own", "gen_ai.usage.input_tokens": int64(20), "server.port": int64(81),
		inputKey: `[{"parts":[{"content":"Hello","type":"text"}],"role":"user"}]`,
	}
	for key, want := range want {
		if attrs[key] != want {
			t.Errorf("%s is %v, want %v", key, attrs[key], want)
		}
	}
	if len(got["chat"].Events) != 0 {
		t.Error("the details stand in an event too")
	}
}

func TestOtherRecordsBecomeEvents(t *testing.T) {
	ld := logs("s",
		rec{event: "gen_ai.evaluation.result", span: "chat", at: 2, attrs: m{"gen_ai.evaluation.name": "fluency"}},
		rec{span: "chat", at: 1, attrs: m{"gen_ai.system": "x"}, body: "tried again"},
		rec{event: "gen_ai.note", at: 3, body: m{"a": 1}},
	)
	ld.ResourceLogs[0].ScopeLogs[0].LogRecords[1].SeverityNumber = logspb.SeverityNumber_SEVERITY_NUMBER_WARN
	got := spansOf(t, Join(merge(trace1("s", sp{name: "root"}, sp{name: "chat", parent: "root"}), carriers(ld))))
	events := got["chat"].Events
	if len(events) != 2 || events[0].Name != "log" || events[1].Name != "gen_ai.evaluation.result" {
		t.Fatalf("events %v", events)
	}
	if text(events[0].Attributes, "body") != "tried again" || text(events[0].Attributes, "severity_text") != "WARN" {
		t.Errorf("event %v", events[0])
	}
	if own := got["root"].Events; len(own) != 1 || text(own[0].Attributes, "body") != `{"a":1}` {
		t.Errorf("what names no span belongs to the root, which has %v", own)
	}
}

func TestOfASpanThatNeverCameThereIsAnUnfinishedOne(t *testing.T) {
	r := rec{event: DetailsEvent, span: "lost", at: 7, attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt"}}
	for name, with := range map[string]int{"alone": 1, "beside a root": 2} {
		td := trace1("s", sp{name: "root"})
		if with == 1 {
			td = trace1("s")
		}
		out := Join(merge(td, carriers(logs("s", r))))
		got := spansOf(t, out)["chat gpt"]
		if got == nil || otlp.Count(out) != with {
			t.Errorf("%s: %v", name, out)
			continue
		}
		if said(got)["mlflow.run.unfinished"] != true || string(got.SpanId) != string(bytesOf("lost", 8)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAStandInIsSetApartFromTheRealSpan(t *testing.T) {
	td := Join(merge(trace1("s", sp{name: "root"}), carriers(logs("s", rec{event: "gen_ai.user.message", span: "chat", body: "late"}))))
	SetApart(td)
	for _, s := range otlp.Spans(td) {
		if IsStandIn(s) != (s.Name != "root") {
			t.Errorf("%q is a stand-in: %v", s.Name, IsStandIn(s))
		}
		if IsStandIn(s) && (string(s.ParentSpanId) != string(bytesOf("chat", 8)) || string(s.SpanId) == string(bytesOf("chat", 8))) {
			t.Errorf("%v would write over the real span", s)
		}
	}
}

func TestRecordsOfOrdinaryProgramsAreSkipped(t *testing.T) {
	ld := logs("s",
		rec{span: "chat", body: "GET / 200"}, rec{event: "exception", span: "chat", body: "boom"},
		rec{span: "chat", attrs: m{"event.name": "user_prompt", "http.route": "/"}, body: "x"},
		rec{event: "gen_ai.user.message", noTrace: true, body: m{"content": "of no trace"}},
		rec{event: "claude_code.api_request", noTrace: true, attrs: m{"model": "of no session"}},
		rec{event: "codex.sse_event", noTrace: true, attrs: m{"conversation.id": "c", "event.kind": "response.output_text.delta"}},
		rec{event: "gen_ai.user.message", span: "chat", body: m{"content": "taken"}},
	)
	ld.ResourceLogs = append(ld.ResourceLogs, nil)
	parts, skipped := Carriers(ld)
	if len(parts) != 1 || parts[0].Records != 1 || skipped != 6 {
		t.Errorf("%d parts, %d skipped", len(parts), skipped)
	}
	if parts, skipped = Carriers(nil); parts != nil || skipped != 0 {
		t.Error("out of nothing came something")
	}
}

func TestACarrierIsNeverARoot(t *testing.T) {
	ld := logs("s", rec{event: "gen_ai.user.message", body: "no span"}, rec{event: "gen_ai.user.message", span: "chat", body: "a span"},
		rec{event: "claude_code.user_prompt", noTrace: true, attrs: m{"session.id": "1"}})
	for _, s := range otlp.Spans(carriers(ld)) {
		if !otlp.ParentID(s).IsValid() || !IsCarrier(s) || len(s.TraceId) != 16 || len(s.SpanId) != 8 {
			t.Errorf("%v", s)
		}
	}
}

func TestOrderRepetitionAndSplitDoNotMatter(t *testing.T) {
	td := trace1("desk", sp{name: "ask"}, sp{name: "chat", parent: "ask"})
	records := append(conversation(), rec{event: "gen_ai.note", span: "ask", at: 9},
		rec{event: "gen_ai.user.message", span: "late", at: 3, body: "?"})
	want := spelled(Join(merge(td, carriers(logs("desk", records...)))))
	backwards := slices.Clone(records)
	slices.Reverse(backwards)
	all := carriers(logs("desk", records...))
	before := proto.CloneOf(all)
	for name, in := range map[string]func() string{
		"spans last":  func() string { return spelled(Join(merge(all, td))) },
		"backwards":   func() string { return spelled(Join(merge(carriers(logs("desk", backwards...)), td))) },
		"came twice":  func() string { return spelled(Join(merge(all, td, carriers(logs("desk", records...))))) },
		"joined once": func() string { return spelled(Join(Join(merge(td, all)))) },
		"one by one": func() string {
			parts := td
			for _, r := range records {
				parts = merge(parts, carriers(logs("desk", r)))
			}
			return spelled(Join(parts))
		},
	} {
		if got := in(); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	if !proto.Equal(all, before) {
		t.Error("Join changed its argument")
	}
}

func TestRecordsOfOneTimeStayInTheirOrder(t *testing.T) {
	var list []rec
	for _, word := range strings.Fields("in the order that they came") {
		list = append(list, rec{event: "gen_ai.user.message", span: "chat", at: 1, body: word})
	}
	got := spansOf(t, Join(merge(trace1("s", sp{name: "chat"}), carriers(logs("s", list...)))))["chat"]
	last := -1
	for _, r := range list {
		at := strings.Index(text(got.Attributes, inputKey), `"`+r.body.(string)+`"`)
		if at < last {
			t.Errorf("%q is not where it was in %s", r.body, text(got.Attributes, inputKey))
		}
		last = at
	}
}

func TestDataWithoutRecordsIsLeftAlone(t *testing.T) {
	td := trace1("s", sp{name: "chat"})
	if Join(td) != td || Join(nil) != nil {
		t.Error("it was copied")
	}
}

func TestATimeBeyondWhatCanBeHeldIsNone(t *testing.T) {
	r := &logspb.LogRecord{
		TraceId: bytesOf("trace", 16), SpanId: bytesOf("span", 8), EventName: "gen_ai.user.message",
		TimeUnixNano: 1 << 63, ObservedTimeUnixNano: 5,
	}
	parts, _ := Carriers(&logspb.LogsData{ResourceLogs: []*logspb.ResourceLogs{{ScopeLogs: []*logspb.ScopeLogs{{LogRecords: []*logspb.LogRecord{r}}}}}})
	if len(parts) != 1 {
		t.Fatalf("%d parts", len(parts))
	}
	for _, s := range otlp.Spans(parts[0].Data) {
		if s.StartTimeUnixNano != 5 {
			t.Errorf("time %d, want that of its observation", s.StartTimeUnixNano)
		}
	}
}
