package logrecords

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// FuzzJoin builds spans and records from a seed, hostile ones among them, and a text that
// one of them holds. Whatever comes: the result has no carriers, can be encoded, is the
// same in any order, with everything twice and in any split, keeps all spans, and no
// count of an agent's tokens is in it twice.
func FuzzJoin(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint8(seed), `{"message":{"content":"x","tool_calls":[{"function":{"name":"f","arguments":"{"}}]}}`)
	}
	f.Add(uint64(1), uint8(9), "\xff[{")
	f.Fuzz(func(t *testing.T, seed uint64, size uint8, body string) {
		r := rand.New(rand.NewPCG(seed, 1))
		td, records, spent := randomProgram(r, int(size%30)+1, body)
		one := carriers(logs("s", records...))
		before := proto.CloneOf(one)
		joined := Join(merge(td, one))
		want := spelled(joined)
		if !proto.Equal(one, before) {
			t.Error("Join changed its argument")
		}
		for _, s := range otlp.Spans(joined) {
			if IsCarrier(s) {
				t.Errorf("%s is a carrier still", s.Name)
			}
		}
		kept := map[string]bool{}
		for _, s := range otlp.Spans(joined) {
			kept[string(s.SpanId)] = true
		}
		for _, s := range otlp.Spans(td) {
			if !kept[string(s.SpanId)] {
				t.Errorf("span %s is gone", s.Name)
			}
		}
		if _, err := proto.Marshal(repaired(joined)); err != nil {
			t.Errorf("joined but not encodable: %v", err)
		}
		if got := sum(joined); got != spent {
			t.Errorf("counted %d tokens of %d", got, spent)
		}
		shuffled := slices.Clone(records)
		r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		cut := r.IntN(len(shuffled) + 1)
		again := merge(carriers(logs("s", shuffled[:cut]...)), td, carriers(logs("s", shuffled[cut:]...)), one)
		if got := spelled(Join(again)); got != want {
			t.Errorf("order, repetition or split matter:\n%s\nwant\n%s", got, want)
		}
		if got := spelled(Join(joined)); got != want {
			t.Error("joining again changes something")
		}
	})
}

// randomProgram gives spans, records of different times, and the sum of input tokens that
// agents without spans report.
func randomProgram(r *rand.Rand, n int, body string) (*tracepb.TracesData, []rec, int64) {
	events := []string{
		"gen_ai.user.message", "gen_ai.choice", DetailsEvent, "gen_ai.note", "gen_ai.tool.message", "claude_code.user_prompt",
		"claude_code.api_request", "claude_code.tool_result", "codex.api_request", "codex.sse_event", "codex.tool_result",
		"gemini_cli.api_request", "gemini_cli.api_response", "gemini_cli.tool_call", "claude_code.api_error", "codex.other",
	}
	values := []any{
		body, "", "<REDACTED>", 5, -1, math.NaN(), math.Inf(1), 1e300, true, []any{}, []any{body, m{"text": body}}, m{}, m{"content": body},
		m{"message": body}, m{"message": m{"content": []any{1, nil}}, "tool_calls": body}, `[1]`, "NaN", "1e99", nil,
	}
	keys := []string{
		"content", "message", "role", "tool_calls", "gen_ai.event.content", "prompt", "prompt.id", "duration_ms", "model", "success",
		"status_code", "error.message", "event.sequence", "tool_name", "arguments", "gen_ai.input.messages", "gen_ai.system",
		"mlflow.log_record.body", "request_id", "response",
	}
	var spans []sp
	for i := range r.IntN(4) {
		spans = append(spans, sp{
			name: fmt.Sprint("s", i), parent: []string{"", "s0", "gone"}[r.IntN(3)], attrs: m{"gen_ai.system": values[r.IntN(3)]},
		})
	}
	var spent int64
	var list []rec
	for i := range n {
		e := rec{event: events[r.IntN(len(events))], at: uint64(i * 10), attrs: m{}, body: values[r.IntN(len(values))]}
		e.span = []string{"", "s0", "s1", "s7", "s8"}[r.IntN(5)]
		for range r.IntN(5) {
			e.attrs[keys[r.IntN(len(keys))]] = values[r.IntN(len(values))]
		}
		if agentOf(e.event) != nil {
			e.attrs["session.id"] = fmt.Sprint("session", r.IntN(2))
			e.noTrace = r.IntN(2) == 0
			count := int64(r.IntN(100))
			switch e.event {
			case "claude_code.api_request", "gemini_cli.api_response":
				e.attrs["input_tokens"] = int(count)
			case "codex.sse_event":
				e.attrs["input_token_count"] = fmt.Sprint(count)
			default:
				count = 0
			}
			// Beside spans of the same service the spans count.
			if e.noTrace || len(spans) == 0 || agentOf(e.event).strayTraces {
				spent += count
			}
		}
		list = append(list, e)
	}
	return trace1("s", spans...), list, spent
}

// sum adds up the tokens of the spans that were made of agents' records.
func sum(td *tracepb.TracesData) (n int64) {
	for _, s := range otlp.Spans(td) {
		if v, ok := find(s.Attributes, "gen_ai.usage.input_tokens"), text(s.Attributes, "gen_ai.provider.name"); ok != "" {
			n += v.GetIntValue()
		}
	}
	return n
}

// repaired makes text valid, as is done before spans are sent.
func repaired(td *tracepb.TracesData) *tracepb.TracesData {
	td = otlp.Clone(td)
	otlp.RepairText(td.ProtoReflect())
	return td
}

func FuzzCarriers(f *testing.F) {
	b, err := proto.Marshal(logs("s", conversation()...))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		ld := &logspb.LogsData{}
		if proto.Unmarshal(b, ld) != nil {
			return
		}
		parts, skipped := Carriers(ld)
		n := skipped
		for _, p := range parts {
			n += p.Records
			for _, s := range otlp.Spans(p.Data) {
				if otlp.TraceID(s) != p.TraceID || !otlp.ParentID(s).IsValid() {
					t.Errorf("%v is in the wrong trace, or a root", s)
				}
			}
			Join(p.Data)
		}
		all := 0
		for _, rl := range ld.ResourceLogs {
			for _, sl := range rl.ScopeLogs {
				all += len(sl.LogRecords)
			}
		}
		if n != all {
			t.Errorf("%d records of %d are accounted for", n, all)
		}
	})
}
