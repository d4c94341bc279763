package tree

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs/internal/kind"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

type (
	span = tracetest.Span
	m    = map[string]any
)

func read(t testing.TB, maxRoots int, spans ...span) *Tree {
	t.Helper()
	trees := Read(tracetest.Trace(spans...), Options{MaxRoots: maxRoots, Ignored: func(string) bool { return false }})
	if len(trees) != 1 {
		t.Fatalf("%d trees, want 1", len(trees))
	}
	return trees[0]
}

// shape writes a tree as name(kid kid).
func shape(t *Tree) string {
	var write func(s *Span) string
	write = func(s *Span) string {
		var kids []string
		for _, k := range s.Kids {
			kids = append(kids, write(k))
		}
		name := s.Name()
		if s.Orphan {
			name += "?"
		}
		if len(kids) > 0 {
			name += "(" + strings.Join(kids, " ") + ")"
		}
		return name
	}
	var roots []string
	for _, r := range t.Roots {
		roots = append(roots, write(r))
	}
	return strings.Join(roots, " ")
}

func TestSpansFindTheirPlaces(t *testing.T) {
	const remote = 0x300
	for name, c := range map[string]struct {
		spans []span
		want  string
		note  string
	}{
		"children by start": {[]span{{Name: "b", Parent: "job", From: 5, To: 6}, {Name: "a", Parent: "job", From: 1, To: 2},
			{Name: "job", To: 9}}, "job(a b)", ""},
		"a lost parent, one root": {[]span{{Name: "job", To: 9}, {Name: "x", Parent: "gone", From: 1, To: 2}}, "job(x?)",
			"has no parent"},
		"a lost parent, no root": {[]span{{Name: "x", Parent: "gone", To: 9}, {Name: "y", Parent: "x", From: 1, To: 2}}, "x(y)",
			""},
		"a lost parent, two roots": {[]span{{Name: "j", To: 9}, {Name: "k", From: 1, To: 9},
			{Name: "x", Parent: "gone", From: 2, To: 3}}, "j k x", ""},
		"a parent in another process": {[]span{{Name: "job", To: 9}, {Name: "x", Parent: "gone", Flags: remote, From: 1, To: 2}},
			"job x", ""},
		"a remote parent that came": {[]span{{Name: "job", To: 9}, {Name: "x", Parent: "job", Flags: remote, From: 1, To: 2}},
			"job(x)", ""},
		"its own parent": {[]span{{Name: "x", Parent: "x", To: 9}}, "x", ""},
		"a ring": {[]span{{Name: "a", Parent: "c", From: 1, To: 9}, {Name: "b", Parent: "a", To: 9},
			{Name: "c", Parent: "b", From: 2, To: 9}}, "b(c(a))", "their own ancestors"},
		"a ring with a tail and a root": {[]span{{Name: "job", To: 9}, {Name: "a", Parent: "b", From: 1, To: 9},
			{Name: "b", Parent: "a", From: 2, To: 9}, {Name: "t", Parent: "b", From: 3, To: 9}}, "job(a?(b(t)))", "their own ancestors"},
		"more roots than there may be": {[]span{{Name: "l1", Parent: "gone", To: 9}, {Name: "l2", Parent: "gone", From: 1, To: 9},
			{Name: "r1", From: 2, To: 9}, {Name: "r2", From: 3, To: 9}, {Name: "r3", From: 4, To: 9}}, "r1(l1? l2? r3?) r2",
			"3 local roots beyond the limit of 2"},
		"of one start the longer first": {[]span{{Name: "short", To: 3}, {Name: "long", To: 9}}, "long short", ""},
		"a parent that started later on": {[]span{{Name: "x", Parent: "job", From: 1, To: 2}, {Name: "job", From: 5, To: 9}}, "job(x)",
			""},
	} {
		limit := 9
		if name == "more roots than there may be" {
			limit = 2
		}
		got := read(t, limit, c.spans...)
		if shape(got) != c.want {
			t.Errorf("%s: %s, want %s", name, shape(got), c.want)
		}
		if notes := strings.Join(got.Notes.List(), "\n"); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
			t.Errorf("%s: notes %q, want %q", name, notes, c.note)
		}
		for i, s := range got.Ordered {
			if s.Index != i || s.Parent != nil && s.Parent.Index >= i {
				t.Errorf("%s: span %q at %d has index %d, its parent comes first", name, s.Name(), i, s.Index)
			}
		}
		if len(got.Ordered) != len(c.spans) || len(got.Spans) != len(c.spans) {
			t.Errorf("%s: %d and %d of %d spans", name, len(got.Ordered), len(got.Spans), len(c.spans))
		}
	}
}

func TestTracesAreToldApart(t *testing.T) {
	td := tracetest.Trace(span{Name: "late", From: 5, To: 9}, span{Name: "early", To: 9}, span{Name: "broken", From: 9, To: 9})
	spans := td.ResourceSpans[0].ScopeSpans[0].Spans
	spans[1].TraceId = []byte{1}
	spans[2].TraceId = nil
	trees := Read(td, Options{MaxRoots: 9, Ignored: func(string) bool { return false }})
	var names []string
	for _, tr := range trees {
		names = append(names, tr.Spans[0].Name())
		if !tr.ID.IsValid() {
			t.Errorf("trace of %q has no id", tr.Spans[0].Name())
		}
		if tr.Spans[0].Resource["service.name"] != "tests" {
			t.Errorf("resource %v", tr.Spans[0].Resource)
		}
	}
	if !slices.Equal(names, []string{"early", "late", "broken"}) {
		t.Errorf("traces by their start: %q", names)
	}
	if s := trees[0].Spans[0]; s.Position != 1 {
		t.Errorf("position %d in the data, want 1", s.Position)
	}
}

func TestOneReportOfASpanCounts(t *testing.T) {
	for name, c := range map[string]struct{ counts, other span }{
		"the finished one":          {span{Name: "x", To: 5}, span{Name: "x", Attrs: m{"a": 1, "b": 2}}},
		"not one marked unfinished": {span{Name: "x", To: 5}, span{Name: "x", To: 9, Attrs: m{string(mlflowattr.UnfinishedKey): true}}},
		"the later":                 {span{Name: "x", To: 9}, span{Name: "x", To: 5, Attrs: m{"a": 1}}},
		"the fuller":                {span{Name: "x", To: 9, Attrs: m{"a": 1}}, span{Name: "x", To: 9}},
		"the one with more events":  {span{Name: "x", To: 9, Events: []tracetest.Event{{Name: "e"}}}, span{Name: "x", To: 9}},
		"always the same":           {span{Name: "x", To: 9, Attrs: m{"a": "2"}}, span{Name: "x", To: 9, Attrs: m{"a": "1"}}},
	} {
		for _, order := range [][]span{{c.counts, c.other}, {c.other, c.counts}} {
			got := read(t, 9, order...)
			want := read(t, 9, c.counts)
			if len(got.Spans) != 1 || got.Spans[0].spelling() != want.Spans[0].spelling() || got.Spans[0].End != want.Spans[0].End {
				t.Errorf("%s: %s counts", name, got.Spans[0].spelling())
			}
			merged := Merge(tracetest.Trace(order[0]), tracetest.Trace(order[1]))
			if n := otlp.Count(merged); n != 1 {
				t.Errorf("%s: merged to %d spans", name, n)
			}
			for _, s := range otlp.Spans(merged) {
				if s.GetEndTimeUnixNano() != c.counts.PB().GetEndTimeUnixNano() || len(s.Attributes) != len(c.counts.Attrs) {
					t.Errorf("%s: merging kept the other one", name)
				}
			}
		}
	}
}

func TestMergeKeepsResourcesAndScopes(t *testing.T) {
	td := tracetest.Trace(span{Name: "a", To: 1, Scope: "one"}, span{Name: "b", To: 2, Scope: "two"},
		span{Name: "c", To: 3, Scope: "one"})
	td.ResourceSpans[0].SchemaUrl, td.ResourceSpans[0].ScopeSpans[1].SchemaUrl = "r", "s"
	var got []string
	for at, s := range otlp.Spans(Merge(td, td, &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{}}})) {
		got = append(got, at.Resource.SchemaUrl+"/"+at.Scope.SchemaUrl+at.Scope.Scope.Name+"/"+s.Name)
	}
	if !slices.Equal(got, []string{"r/one/a", "r/one/c", "r/stwo/b"}) {
		t.Errorf("merged to %q", got)
	}
}

func TestTimesOfASpan(t *testing.T) {
	for name, c := range map[string]struct {
		span       *tracepb.Span
		start, end uint64
		unfinished bool
	}{
		"as it is":     {&tracepb.Span{StartTimeUnixNano: 1, EndTimeUnixNano: 5}, 1, 5, false},
		"open":         {&tracepb.Span{StartTimeUnixNano: 3}, 3, 3, true},
		"backwards":    {&tracepb.Span{StartTimeUnixNano: 5, EndTimeUnixNano: 3}, 5, 5, false},
		"without both": {&tracepb.Span{}, 0, 0, true},
		"no start":     {&tracepb.Span{EndTimeUnixNano: 7}, 7, 7, false},
	} {
		s := Span{PB: c.span}
		if s.readTimes(); s.Start != c.start || s.End != c.end || s.Unfinished != c.unfinished {
			t.Errorf("%s: %d to %d, unfinished %v", name, s.Start, s.End, s.Unfinished)
		}
	}
	if got := Time(1 << 63); got.Before(time.Unix(0, 0)) {
		t.Errorf("a time beyond what can be held came out as %v", got)
	}
}

func TestFailuresThatNoStatusTells(t *testing.T) {
	for name, c := range map[string]struct {
		span span
		want bool
	}{
		"a status":               {span{Name: "x", To: 1, Err: "no"}, true},
		"a flag":                 {span{Name: "x", To: 1, Attrs: m{"error": "true"}}, true},
		"a word":                 {span{Name: "x", To: 1, Attrs: m{"langfuse.observation.level": "ERROR"}}, true},
		"another word":           {span{Name: "x", To: 1, Attrs: m{"langfuse.observation.level": "DEBUG"}}, false},
		"the type of an error":   {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "chat", "error.type": "timeout"}}, true},
		"a text and no success":  {span{Name: "x", To: 1, Attrs: m{"success": false, "error": "exit status 1"}}, true},
		"a tool without success": {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "execute_tool", "success": "false"}}, true},
		"an error of a tool":     {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "execute_tool", "error": "no such file"}}, true},
		"an error of anything":   {span{Name: "x", To: 1, Attrs: m{"error": "no such file"}}, false},
		"a tool's success": {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "execute_tool", "success": true, "error": ""}},
			false},
		"a result of MCP": {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "execute_tool", "mcp.tool.result.is_error": true}},
			true},
		"no type of an error":    {span{Name: "x", To: 1, Attrs: m{"gen_ai.operation.name": "chat", "error.type": "none"}}, false},
		"a status of a web page": {span{Name: "x", To: 1, Attrs: m{"http.route": "/", "error.type": "404"}}, false},
		"a flag that is off":     {span{Name: "x", To: 1, Attrs: m{"error": false}}, false},
	} {
		if got := read(t, 9, c.span).Spans[0].Failed; got != c.want {
			t.Errorf("%s: failed %v", name, got)
		}
	}
	ok := span{Name: "x", To: 1, Attrs: m{"error": true}}.PB()
	ok.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
	td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{ok}}}}}}
	if Read(td, Options{MaxRoots: 1, Ignored: func(string) bool { return false }})[0].Spans[0].Failed {
		t.Error("a status of OK is the last word")
	}
	ok.Events = []*tracepb.Span_Event{{Name: "exception"}}
	if Read(td, Options{MaxRoots: 1, Ignored: func(string) bool { return false }})[0].Spans[0].Failed {
		t.Error("an exception that was handled is no failure")
	}
	ok.Attributes = span{Name: "x", To: 1, Attrs: m{"langsmith.span.kind": "llm"}}.PB().Attributes
	if !Read(td, Options{MaxRoots: 1, Ignored: func(string) bool { return false }})[0].Spans[0].Failed {
		t.Error("LangSmith's OK is set before the run ends")
	}
}

func TestWhoBeginsAndWhoIsBelow(t *testing.T) {
	tr := read(t, 9, span{Name: "job", To: 9}, span{Name: "a", Parent: "job", From: 1, To: 8},
		span{Name: "b", Parent: "a", From: 2, To: 7},
		span{Name: "remote", Parent: "elsewhere", Flags: 0x300, From: 3, To: 4})
	by := map[trace.SpanID]*Span{}
	for _, s := range tr.Spans {
		by[s.ID] = s
	}
	job, a, b, remote := by[tracetest.SpanID("job")], by[tracetest.SpanID("a")], by[tracetest.SpanID("b")], by[tracetest.SpanID("remote")]
	if !job.Begins() || a.Begins() || !remote.Begins() {
		t.Error("a trace begins with its roots and what another process called")
	}
	if !b.IsBelow(job) || !b.IsBelow(b) || job.IsBelow(b) || remote.IsBelow(job) {
		t.Error("b is below job")
	}
	var seen []string
	job.Walk(func(s *Span) { seen = append(seen, s.Name()) })
	if !slices.Equal(seen, []string{"job", "a", "b"}) {
		t.Errorf("walked %q", seen)
	}
}

func TestTypesOfSpansThatSayNothing(t *testing.T) {
	tr := read(t, 9, span{Name: "job", To: 9, Kind: tracepb.Span_SPAN_KIND_CLIENT},
		span{Name: "x", Parent: "job", From: 1, To: 2, Kind: tracepb.Span_SPAN_KIND_CLIENT})
	root, call := tr.Ordered[0], tr.Ordered[1]
	if root.Type(kind.Unknown) != kind.Chain || call.Type(kind.Unknown) != kind.Other || call.Type(kind.Tool) != kind.Tool {
		t.Errorf("types %s, %s", root.Type(kind.Unknown), call.Type(kind.Unknown))
	}
}
