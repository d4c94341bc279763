package runs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/internal/otlp"
)

// What counts a token is that a span has it and none below has. So the sums of a trace
// do not change when
//
//   - spans are called anything else (but for the few names that alone tell the kind);
//   - a span loses its kind, as long as its numbers are true: those of the call that it
//     is, or the sum of the calls below. A span around others that says other numbers
//     keeps its kind or has had none, as by it alone they are told from a call's;
//   - steps with neither kind nor numbers come in between, or go and leave their
//     children to the span above.

// program is a random program: agents, tools, wrappers and steps around model calls.
type program struct {
	rnd   *rand.Rand
	spans []span
	free  map[string]bool // spans that may lose their kind
	in    int             // true sums
	out   int
	tools int
}

func newProgram(seed uint64) *program {
	p := &program{rnd: rand.New(rand.NewPCG(seed, 7)), free: map[string]bool{}}
	p.spans = append(p.spans, span{Name: "root", From: 0, To: 100_000})
	for range 1 + p.rnd.IntN(3) {
		p.grow("root", 0)
	}
	return p
}

func usageOf(in, out int) m {
	return m{"gen_ai.usage.input_tokens": in, "gen_ai.usage.output_tokens": out}
}

// add puts a span below another and returns its name.
func (p *program) add(parent, operation string, attrs m) string {
	n := uint64(len(p.spans))
	s := span{Name: fmt.Sprint("s", n), Parent: parent, From: 100 * n, To: 100*n + 90, Attrs: m{}}
	maps.Copy(s.Attrs, attrs)
	if operation != "" {
		s.Attrs["gen_ai.operation.name"] = operation
	}
	p.spans = append(p.spans, s)
	return s.Name
}

// grow adds a subtree and returns the tokens that were used in it.
func (p *program) grow(parent string, depth int) (in, out int) {
	what := p.rnd.IntN(6)
	if depth > 4 {
		what = 0
	}
	switch what {
	case 0, 1: // a call, with its usage once more on parts inside
		in, out = 1+p.rnd.IntN(90), 1+p.rnd.IntN(9)
		call := p.add(parent, "chat", usageOf(in, out))
		p.free[call] = true
		for range p.rnd.IntN(2) {
			call = p.add(call, "", usageOf(in, out))
		}
		p.in, p.out = p.in+in, p.out+out
		return in, out
	case 2: // a wrapper with the true sum
		at := len(p.spans)
		name := p.add(parent, "chat", nil)
		p.free[name] = true
		in, out = p.several(name, depth)
		maps.Copy(p.spans[at].Attrs, usageOf(in, out))
	case 3: // an agent with a sum over its whole life
		in, out = p.several(p.add(parent, "invoke_agent", usageOf(5000, 500)), depth)
	case 4:
		p.tools++
		in, out = p.several(p.add(parent, "execute_tool", m{"gen_ai.tool.name": fmt.Sprint("t", p.tools)}), depth)
	default:
		in, out = p.several(p.add(parent, "", nil), depth)
	}
	return in, out
}

func (p *program) several(parent string, depth int) (in, out int) {
	for range 1 + p.rnd.IntN(3) {
		i, o := p.grow(parent, depth+1)
		in, out = in+i, out+o
	}
	return in, out
}

func TestSumsDoNotDependOnNamesKindsAndSteps(t *testing.T) {
	for seed := range uint64(400) {
		p := newProgram(seed)
		want := map[string]float64{"input_tokens": float64(p.in), "output_tokens": float64(p.out), "tool_call_count": float64(p.tools)}
		if p.tools == 0 {
			want["tool_call_count"] = -1
		}
		check := func(change string, spans []span) {
			t.Helper()
			wantMetrics(t, one(t, traceOf(spans...), Rules{}).Runs[0], want)
			if t.Failed() {
				t.Fatalf("seed %d, %s", seed, change)
			}
		}
		check("as it was", p.spans)
		check("renamed", p.changed(func(s *span) { s.ID, s.Name = s.Name, fmt.Sprint("work ", p.rnd.IntN(3)) }))
		check("without kinds", p.changed(func(s *span) {
			if p.free[s.Name] && p.rnd.IntN(2) == 0 {
				delete(s.Attrs, "gen_ai.operation.name")
			}
		}))
		check("with steps in between", p.withSteps())
		check("without the steps", p.withoutSteps())
	}
}

// changed copies the spans and changes each.
func (p *program) changed(change func(*span)) []span {
	out := make([]span, len(p.spans))
	for i, s := range p.spans {
		s.Attrs = maps.Clone(s.Attrs)
		change(&s)
		out[i] = s
	}
	return out
}

// withSteps puts a step between some spans and what they stand below.
func (p *program) withSteps() []span {
	var steps []span
	out := p.changed(func(s *span) {
		if s.Parent != "" && p.rnd.IntN(3) == 0 {
			step := span{Name: "between " + s.Name, Parent: s.Parent, From: s.From, To: s.To}
			steps, s.Parent = append(steps, step), step.Name
		}
	})
	return append(out, steps...)
}

// withoutSteps hangs what is below a step below the span above.
func (p *program) withoutSteps() []span {
	above := map[string]string{}
	var out []span
	for _, s := range p.spans { // parents first
		if up, gone := above[s.Parent]; gone {
			s.Parent = up
		}
		if len(s.Attrs) == 0 && s.Parent != "" {
			above[s.Name] = s.Parent
			continue
		}
		out = append(out, s)
	}
	return out
}

// TestSumsOfCapturesDoNotDependOnNames: the same for real traces, as far as their spans
// say by attributes what they are.
func TestSumsOfCapturesDoNotDependOnNames(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		renamed := proto.CloneOf(td)
		i := 0
		for _, s := range otlp.Spans(renamed) {
			i++
			s.Name = fmt.Sprint("work ", i%3)
		}
		want, got := project(td, Rules{}), project(renamed, Rules{})
		for i := range want {
			a, b := metrics(want[i].Runs[0]), metrics(got[i].Runs[0])
			for _, key := range []string{"input_tokens", "output_tokens", "cached_input_tokens", "llm_call_count", "embedding_call_count",
				"embedding_tokens", "tool_call_count"} {
				if a[key] != b[key] {
					t.Errorf("%s, trace %s: %s is %v, and %v renamed", c.Name, want[i].TraceID, key, a[key], b[key])
				}
			}
		}
	}
}

// TestSumsOfCapturesDoNotDependOnSteps puts a step above every span of real traces.
func TestSumsOfCapturesDoNotDependOnSteps(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		with := proto.CloneOf(td)
		for _, rs := range with.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				ss.Spans = withStepAbove(ss.Spans)
			}
		}
		want, got := project(td, Rules{}), project(with, Rules{})
		for i := range want {
			a, b := metrics(want[i].Runs[0]), metrics(got[i].Runs[0])
			for _, key := range []string{"input_tokens", "output_tokens", "cached_input_tokens", "llm_call_count", "tool_call_count"} {
				if a[key] != b[key] {
					t.Errorf("%s, trace %s: %s is %v, and %v with steps", c.Name, want[i].TraceID, key, a[key], b[key])
				}
			}
		}
	}
}

func withStepAbove(spans []*tracepb.Span) []*tracepb.Span {
	out := spans
	for _, s := range spans {
		if len(s.ParentSpanId) == 0 || otlp.ParentIsRemote(s) {
			continue
		}
		id := spanIDBytes("above " + string(s.SpanId))
		out = append(out, &tracepb.Span{TraceId: s.TraceId, SpanId: id, ParentSpanId: s.ParentSpanId, Name: "step",
			StartTimeUnixNano: s.StartTimeUnixNano, EndTimeUnixNano: s.EndTimeUnixNano,
			Attributes: []*commonpb.KeyValue{{Key: "x", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: "y"}}}}})
		s.ParentSpanId = id
	}
	return out
}
