package runs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

const (
	remoteParent, localParent = 0x300, 0x100 // SpanFlags

	server, consumer = tracepb.Span_SPAN_KIND_SERVER, tracepb.Span_SPAN_KIND_CONSUMER
)

// pendingSpan announces a span, as Logfire does. parent is the announced span's, "-" when
// that is not said.
func pendingSpan(name, parent string, at uint64) span {
	attrs := m{"logfire.span_type": "pending_span"}
	switch parent {
	case "-":
	case "":
		attrs["logfire.pending_parent_id"] = "0000000000000000"
	default:
		attrs["logfire.pending_parent_id"] = spanIDOf(parent)
	}
	return span{Name: name, ID: name + " pending", Parent: name, From: at, To: at, Attrs: attrs}
}

func TestWhatIsKnownOfARoot(t *testing.T) {
	step := span{Name: "step", Parent: "job", From: 2, To: 3}
	for name, tt := range map[string]struct {
		spans []span
		want  Beginning
	}{
		"a root":                                {[]span{{Name: "job", From: 1, To: 9}, step}, RootHere},
		"a root and a lost step":                {[]span{{Name: "job", From: 1, To: 9}, {Name: "s", Parent: "lost", To: 2}}, RootHere},
		"a step":                                {[]span{step}, RootMissing},
		"a step below one that has ended":       {[]span{step, {Name: "call", Parent: "step", From: 2, To: 3}}, RootMissing},
		"a root without an end":                 {[]span{{Name: "job", From: 1}, step}, RootMissing},
		"a root that a pending span announces":  {[]span{pendingSpan("job", "", 1), step}, RootMissing},
		"a pending span, its parent not said":   {[]span{pendingSpan("job", "-", 1)}, RootMissing},
		"a root after its pending span":         {[]span{pendingSpan("job", "", 1), {Name: "job", From: 1, To: 9}, step}, RootHere},
		"a root that says it is pending itself": {[]span{{Name: "job", From: 1, To: 1, Attrs: m{"x.span_type": "pending_span"}}}, RootMissing},
		"a remote parent":                       {[]span{{Name: "step", Parent: "job", From: 2, To: 3, Flags: remoteParent}}, RootOutside},
		"a remote parent, still open":           {[]span{{Name: "step", Parent: "job", From: 2, Flags: remoteParent}}, RootMissing},
		"a server":                              {[]span{{Name: "step", Parent: "job", From: 2, To: 3, Kind: server}}, RootOutside},
		"a consumer":                            {[]span{{Name: "step", Parent: "job", From: 2, To: 3, Kind: consumer}}, RootOutside},
		"a server of its own process":           {[]span{{Parent: "job", To: 3, Flags: localParent, Kind: server}}, RootMissing},
		"a remote parent, and a step":           {[]span{step, {Name: "s", Parent: "far", From: 2, To: 3, Flags: remoteParent}}, RootMissing},
		"spans that are their own ancestors":    {[]span{{Name: "a", Parent: "b", To: 3}, {Name: "b", Parent: "a", To: 3}}, RootHere},
		"a remote parent, here and open":        {[]span{{Name: "job", From: 1}, {Parent: "job", To: 3, Flags: remoteParent}}, RootMissing},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				if got := BeginningOf(shuffled(traceOf(tt.spans...), seed)); got != tt.want {
					t.Errorf("%d, want %d", got, tt.want)
				}
			}
		})
	}
}

// TestCapturedTracesAreWhole: nothing that real programs sent would be waited for in vain.
func TestCapturedTracesAreWhole(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		byTrace := map[string][]*tracepb.Span{}
		for _, rs := range loadCase(t, c.Files).ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					byTrace[string(s.TraceId)] = append(byTrace[string(s.TraceId)], s)
				}
			}
		}
		for id, spans := range byTrace {
			td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: spans}}}}}
			if got := BeginningOf(td); got != RootHere {
				t.Errorf("%s, trace %x: beginning %d", c.Name, id, got)
			}
		}
	}
}

func TestATraceUnderWay(t *testing.T) {
	use := m{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5}
	steps := []span{
		{Name: "chat m", Parent: "job", From: 2, To: 3, Attrs: use},
		{Name: "search", Parent: "job", From: 4, To: 5},
		{Name: "chat n", Parent: "plan", From: 6, To: 7, Attrs: use},
	}
	read := ReadOpen(traceOf(steps...), Rules{})
	p := read.Project()[0]
	var got []string
	for _, r := range p.Runs {
		got = append(got, fmt.Sprintf("%s %s below %s", r.Name, r.Status, r.ParentSpanID))
		if (r.Status == Running) != r.End.IsZero() {
			t.Errorf("run %s is %s and ends at %v", r.Name, r.Status, r.End)
		}
		if _, ok := r.Tags["span_name"]; r.Status == Running && ok {
			t.Errorf("tags %v: the name of a span that has not come", r.Tags)
		}
	}
	want := []string{
		"svc RUNNING below 0000000000000000", "chat m FINISHED below " + spanIDOf("job"), "search FINISHED below " + spanIDOf("job"),
		"svc RUNNING below 0000000000000000", "chat n FINISHED below " + spanIDOf("plan"),
	}
	for i := range got {
		got[i] = strings.Replace(got[i], p.Runs[0].Name+" ", "svc ", 1)
	}
	if !slices.Equal(got, want) || p.Trace.State != "IN_PROGRESS" {
		t.Errorf("state %s, runs\n%s\nwant\n%s", p.Trace.State, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	wantMetrics(t, p.Runs[0], map[string]float64{"input_tokens": 10, "llm_call_count": 1})
	sent := 0
	for _, rs := range read.Annotated().ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			sent += len(ss.Spans)
		}
	}
	if sent != len(steps) {
		t.Errorf("%d spans go to MLflow, want those that have ended", sent)
	}
	// Given up, the same runs are killed; with the root they are the ones of the trace.
	given := Read(AddMissing(traceOf(steps...)), Rules{})
	for _, rs := range given.Annotated().ResourceSpans {
		for _, sp := range rs.ScopeSpans[0].Spans {
			if sp.Name == "" || sp.Name == "unnamed" {
				t.Errorf("span %x has no name", sp.SpanId)
			}
		}
	}
	for i, r := range given.Project()[0].Runs {
		if r.SpanID != p.Runs[i].SpanID || p.Runs[i].Status == Running && r.Status != Killed {
			t.Errorf("given up, run %s is %s", r.Name, r.Status)
		}
	}
	whole := traceOf(append(steps, span{Name: "plan", Parent: "job", From: 5, To: 8}, span{Name: "job", From: 1, To: 9})...)
	if AddMissing(whole) != whole {
		t.Error("a whole trace gets spans")
	}
	joined := Read(whole, Rules{}).Project()[0]
	if r := joined.Runs[0]; r.SpanID != p.Runs[0].SpanID || r.Status != Finished || len(joined.Runs) != 4 {
		t.Errorf("joined: %s is %s; runs %q", r.Name, r.Status, runNames(joined))
	}
	wantMetrics(t, joined.Runs[0], map[string]float64{"input_tokens": 20, "llm_call_count": 2})
}

// What is known to be open holds all that is there, and nothing stands in for it.
func TestAnOpenRootHoldsWhatIsThere(t *testing.T) {
	td := traceOf(span{Name: "job", From: 1}, span{Name: "step", Parent: "job", From: 2, To: 3},
		span{Name: "deep", Parent: "lost", From: 4, To: 5})
	if AddMissing(td) != td {
		t.Error("spans were added")
	}
	p := ReadOpen(td, Rules{}).Project()[0]
	if job := run(t, p, "job"); job.Status != Running || len(p.Runs) != 2 || run(t, p, "step").Status != Finished {
		t.Errorf("job is %s; runs %q", job.Status, runNames(p))
	}
}
