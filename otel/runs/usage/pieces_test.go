package usage_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
	"github.com/technoshare/commentator/otel/runs/usage"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

func chat(name, parent string, from, to uint64, in, out int) span {
	return span{Name: name, Parent: parent, From: from, To: to, Attrs: m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
		"gen_ai.provider.name": "openai", "gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out}}
}

func agent(name, parent string, from, to uint64, in, out int) span {
	s := chat(name, parent, from, to, in, out)
	s.Attrs["gen_ai.operation.name"], s.Attrs["gen_ai.agent.name"] = "invoke_agent", "planner"
	return s
}

func with(s span, more m) span {
	for k, v := range more {
		s.Attrs[k] = v
	}
	return s
}

func scoped(s span, scope string) span {
	s.Scope = scope
	return s
}

// told is what a trace says after each piece that comes: operation, tokens, and × for what is no call.
func told(pieces ...[]span) string {
	var tr *usage.Trace
	var out []string
	for _, piece := range pieces {
		for _, s := range usage.Read(tracetest.Trace(piece...)) {
			if tr == nil {
				tr = usage.NewTrace(s.TraceID())
			}
			tr.Add(s)
		}
		var said []string
		for _, c := range tr.Count(nil) {
			text := fmt.Sprintf("%s %d/%d", c.Operation, c.Input, c.Output)
			if !c.IsCall {
				text += "×"
			}
			said = append(said, text)
		}
		out = append(out, strings.Join(said, ", "))
	}
	return strings.Join(out, " | ")
}

func TestWhatWasToldStands(t *testing.T) {
	a, b := chat("a", "job", 1, 10, 3, 1), chat("b", "job", 11, 20, 4, 1)
	wrapper := chat("w", "job", 0, 30, 7, 2)
	inner := chat("inner", "w", 1, 10, 7, 2)
	part := span{Name: "part", Parent: "a", From: 2, To: 9, Attrs: m{"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 1}}
	one := scoped(with(a, m{"gen_ai.response.id": "r"}), "one")
	two := scoped(with(chat("x", "job", 2, 9, 3, 1), m{"gen_ai.response.id": "r"}), "two")
	open := chat("a", "job", 1, 0, 0, 0)
	for name, c := range map[string]struct {
		pieces [][]span
		want   string
	}{
		"calls, then their agent":    {[][]span{{a, b}, {agent("job", "", 0, 30, 7, 2)}}, "chat 3/1, chat 4/1 | "},
		"an agent, then its calls":   {[][]span{{agent("job", "", 0, 30, 7, 2)}, {a, b}}, "invoke_agent 7/2× | "},
		"an agent between its calls": {[][]span{{a}, {agent("job", "", 0, 30, 7, 2)}, {b}}, "chat 3/1 |  | chat 4/1"},
		"a wrapper, then its call":   {[][]span{{wrapper}, {inner}}, "chat 7/2 | "},
		"a call, then its wrapper":   {[][]span{{inner}, {wrapper}}, "chat 7/2 | "},
		"a part, then its call":      {[][]span{{part}, {with(a, m{"gen_ai.response.id": "r"})}}, "chat 3/1 | "},
		"a call, then its part":      {[][]span{{with(a, m{"gen_ai.response.id": "r"})}, {part}}, "chat 3/1 | "},
		"a second report":            {[][]span{{one}, {two}}, "chat 3/1 | "},
		"both reports":               {[][]span{{one, two}}, "chat 3/1"},
		"a batch that is sent again": {[][]span{{a}, {a, b}, {a, b}}, "chat 3/1 | chat 4/1 | "},
		"a span that has not ended":  {[][]span{{open}, {a}}, " | chat 3/1"},
		"a call in a tool of a call": {[][]span{{chat("inner", "t", 3, 9, 7, 1)}, {{Name: "t", Parent: "a", From: 2, To: 9,
			Attrs: m{"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x"}}}, {chat("a", "", 1, 10, 3, 1)}}, "chat 7/1 |  | chat 3/1"},
		"an embedding":     {[][]span{{{Name: "e", To: 9, Attrs: m{"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 6}}}}, "embeddings 6/0"},
		"nothing of GenAI": {[][]span{{{Name: "GET /", To: 9, Attrs: m{"http.route": "/"}}}}, ""},
	} {
		if got := told(c.pieces...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatASpanIsToItsTrace(t *testing.T) {
	running := chat("a", "", 1, 0, 0, 0)
	partial := with(chat("a", "", 1, 5, 1, 0), m{"mlflow.run.unfinished": true})
	pending := span{Name: "a, pending", Parent: "a", From: 1, To: 1, Attrs: m{"logfire.span_type": "pending_span"}}
	ended, later := chat("a", "", 1, 10, 3, 1), chat("a", "", 1, 11, 3, 1)
	for name, c := range map[string]struct {
		reports []span
		want    []usage.Report
		told    string
	}{
		"sent twice":               {[]span{ended, ended}, []usage.Report{usage.First, usage.Repeated}, "chat 3/1"},
		"ended twice":              {[]span{ended, later}, []usage.Report{usage.First, usage.Repeated}, "chat 3/1"},
		"running, then ended":      {[]span{running, ended}, []usage.Report{usage.First, usage.Further}, "chat 3/1"},
		"partial, then ended":      {[]span{partial, ended}, []usage.Report{usage.First, usage.Further}, "chat 3/1"},
		"pending, then ended":      {[]span{pending, ended}, []usage.Report{usage.First, usage.Further}, "chat 3/1"},
		"ended before its partial": {[]span{ended, partial}, []usage.Report{usage.First, usage.Further}, "chat 3/1"},
		"running for long":         {[]span{running, running, partial}, []usage.Report{usage.First, usage.Further, usage.Further}, ""},
		"all of them": {[]span{pending, running, partial, ended, ended},
			[]usage.Report{usage.First, usage.Further, usage.Further, usage.Further, usage.Repeated}, "chat 3/1"},
	} {
		var pieces [][]span
		var tr *usage.Trace
		var got []usage.Report
		for _, r := range c.reports {
			pieces = append(pieces, []span{r})
			s := usage.Read(tracetest.Trace(r))[0]
			if tr == nil {
				tr = usage.NewTrace(s.TraceID())
			}
			got = append(got, tr.Add(s))
		}
		if !slices.Equal(got, c.want) || tr.Len() != 1 {
			t.Errorf("%s: %v and %d spans, want %v", name, got, tr.Len(), c.want)
		}
		once := strings.Trim(told(slices.Concat(pieces...)), " |")
		if each := strings.Trim(told(pieces...), " |"); each != c.told || once != c.told {
			t.Errorf("%s: %q where each is counted as it comes, %q where all are there, want %q", name, each, once, c.told)
		}
	}
}

func TestACallIsDescribed(t *testing.T) {
	table, err := prices.Parse("list", []byte("models:\n  gpt-4o: {input: 1000000, output: 2000000}\n"))
	if err != nil {
		t.Fatal(err)
	}
	call := with(chat("call", "job", 100, 1600, 3, 1), m{"gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.response.time_to_first_chunk": 0.25})
	failed := with(chat("failed", "job", 2000, 2500, 0, 0), m{"error.type": "429", "ai.response.msToFirstChunk": 250})
	failed.Err = "too many"
	raised := chat("raised", "", 3000, 3100, 0, 0)
	raised.Err, raised.Events = "-", []tracetest.Event{{Name: "exception", Attrs: m{"exception.type": "Timeout"}}}
	unsaid := chat("unsaid", "", 4000, 4100, 0, 0)
	unsaid.Err = "-"
	spans := usage.Read(tracetest.Trace(call, failed, raised, unsaid, agent("job", "", 0, 3000, 0, 0)))
	tr := usage.NewTrace(spans[0].TraceID())
	for _, s := range spans {
		tr.Add(s)
	}
	calls := tr.Count(table)
	if len(calls) != 4 {
		t.Fatalf("%d calls", len(calls))
	}
	want := usage.Call{
		SpanID: tracetest.SpanID("call"), Service: "tests", Operation: "chat", Provider: "openai", Asked: "gpt-4o", Answered: "gpt-4o-2024-08-06",
		Agent: "planner", IsCall: true, Start: time.Unix(0, int64(tracetest.At(100))).UTC(), Duration: 1500 * time.Millisecond,
		FirstChunk: 250 * time.Millisecond, UsageKnown: true, Input: 3, Output: 1, HasOutput: true, CostKnown: true, Cost: 5, Listed: true,
	}
	if calls[0] != want {
		t.Errorf("%+v, want %+v", calls[0], want)
	}
	for i, errorType := range []string{"", "429", "Timeout", "_OTHER"} {
		if calls[i].ErrorType != errorType {
			t.Errorf("%d failed by %q, want %q", i, calls[i].ErrorType, errorType)
		}
	}
	if calls[1].FirstChunk != 250*time.Millisecond || calls[1].UsageKnown || calls[1].CostKnown {
		t.Errorf("%+v", calls[1])
	}
}

func TestTheTimeToTheFirstChunkIsReadInItsUnit(t *testing.T) {
	for name, c := range map[string]struct {
		attrs m
		want  time.Duration
	}{
		"the conventions":            {m{"gen_ai.response.time_to_first_chunk": 0.25}, 250 * time.Millisecond},
		"whole seconds":              {m{"gen_ai.response.time_to_first_chunk": 2}, 2 * time.Second},
		"the name of a metric":       {m{"gen_ai.client.operation.time_to_first_chunk": 0.25}, 250 * time.Millisecond},
		"the server's name":          {m{"gen_ai.server.time_to_first_token": 0.25}, 250 * time.Millisecond},
		"the server's name, Strands": {m{"gen_ai.server.time_to_first_token": 250}, 250 * time.Millisecond},
		"the AI SDK":                 {m{"ai.response.msToFirstChunk": 250.5}, 250500 * time.Microsecond},
		"Claude Code":                {m{"ttft_ms": 250}, 250 * time.Millisecond},
		"no number":                  {m{"gen_ai.response.time_to_first_chunk": "soon", "ttft_ms": 250}, 250 * time.Millisecond},
		"none":                       {nil, 0},
	} {
		spans := usage.Read(tracetest.Trace(with(chat("call", "", 0, 1000, 3, 1), c.attrs)))
		tr := usage.NewTrace(spans[0].TraceID())
		tr.Add(spans[0])
		if calls := tr.Count(nil); len(calls) != 1 || calls[0].FirstChunk != c.want {
			t.Errorf("%s: %+v, want %s", name, calls, c.want)
		}
	}
}

// A span is kept without what it says.
func TestPromptsAreNotKept(t *testing.T) {
	big := with(chat("a", "", 0, 9, 3, 1), m{"gen_ai.input.messages": strings.Repeat("secret ", 1<<16)})
	for _, s := range usage.Read(tracetest.Trace(big)) {
		if text := fmt.Sprintf("%v %+v %v", s.PB, *s.Facts, s.Span); strings.Contains(text, "secret") {
			t.Error("the prompt is kept")
		}
	}
}

// What is kept of a span has a bound, whatever stands where.
func TestWhatIsKeptOfASpanIsBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	read := map[string]func() []*usage.Span{
		"name and scope": func() []*usage.Span {
			s := span{Name: "execute_tool " + strings.Clone(long), To: 9, Attrs: m{"gen_ai.operation.name": "execute_tool"}}
			return usage.Read(tracetest.Trace(scoped(s, strings.Clone(long))))
		},
		"service.name": func() []*usage.Span {
			td := tracetest.Trace(chat("a", "", 0, 9, 3, 1))
			for _, kv := range td.ResourceSpans[0].Resource.Attributes {
				if kv.Key == "service.name" {
					kv.Value = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: strings.Clone(long)}}
				}
			}
			return usage.Read(td)
		},
	}
	for _, key := range []string{
		"gen_ai.operation.name", "gen_ai.request.model", "llm.model_name", "gen_ai.provider.name", "gen_ai.agent.name", "server.address",
		"openai.response.service_tier", "error.type", "gen_ai.response.id", "gen_ai.tool.name", "litellm.model_group", long + ".input_tokens",
	} {
		for text, of := range map[string]string{"a long text": long, "a word in spaces": strings.Repeat(" ", 1<<16) + "word"} {
			read[text+" in "+key[max(0, len(key)-40):]] = func() []*usage.Span {
				s := with(chat("a", "", 0, 9, 3, 1), m{key: strings.Clone(of)})
				s.Err = "-"
				return usage.Read(tracetest.Trace(s))
			}
		}
	}
	for what, spans := range read {
		const times = 8
		var kept []*usage.Span
		before := heap()
		for range times {
			kept = append(kept, spans()...)
		}
		if size := heap() - before; size > 1<<18 {
			t.Errorf("%s: %d bytes are kept of %d spans", what, size, times)
		}
		runtime.KeepAlive(kept)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestWhatIsNoAmountIsNoCost(t *testing.T) {
	for _, cost := range []any{math.Inf(1), math.NaN(), -1.0, 1e300, "Inf", "1e400"} {
		spans := usage.Read(tracetest.Trace(with(chat("a", "", 0, 9, 3, 1), m{"gen_ai.usage.cost": cost})))
		tr := usage.NewTrace(spans[0].TraceID())
		tr.Add(spans[0])
		if calls := tr.Count(nil); len(calls) != 1 || calls[0].CostKnown {
			t.Errorf("%v: %+v", cost, calls)
		}
	}
}
