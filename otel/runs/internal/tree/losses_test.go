package tree

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

func TestWhatTheSDKDroppedIsSaid(t *testing.T) {
	root := tracetest.Span{Name: "job", To: 9}.PB()
	root.DroppedAttributesCount, root.DroppedEventsCount, root.DroppedLinksCount = 57, 2, 1<<32-1
	root.Events = []*tracepb.Span_Event{{DroppedAttributesCount: 3}, nil}
	root.Links = []*tracepb.Span_Link{{DroppedAttributesCount: 4}}
	child := tracetest.Span{Name: "a", Parent: "job", From: 1, To: 2}.PB()
	td := &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		Resource:   &resourcepb.Resource{DroppedAttributesCount: 5},
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{root, child}}},
	}}}
	tr := Read(td, Options{MaxRoots: 50, Ignored: func(string) bool { return false }})[0]
	if got := tr.Roots[0].Losses; got.Attributes != 57+3+4+5 || got.Events != 2 || got.Links != maxDropped {
		t.Errorf("lost %+v", got)
	}
	if got := tr.Roots[0].Kids[0].Losses; got.Any() {
		t.Errorf("the child lost %+v: the resource counts once", got)
	}
	notes := strings.Join(tr.Notes.List(), "\n")
	for _, want := range []string{`span "job" lost 69 attributes`, `span "job" lost 2 events`, "links to the limits of its SDK"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %s", want, notes)
		}
	}
}

func TestValuesThatEndAtALimit(t *testing.T) {
	long := strings.Repeat("word ", 100)
	for name, c := range map[string]struct {
		attrs []m
		want  []string // span and key
	}{
		"JSON that ends in the middle": {[]m{{"a": `[{"role":"user","content":"` + long[:60]}, {"b": "short"}}, []string{"0 a"}},
		"and texts of that length": {[]m{{"a": `[{"role":"user","content":"` + long[:73], "b": long[1:101]}, {"c": long[2:102],
			"d": long[:99]}},
			[]string{"0 a", "0 b", "1 c"}},
		"a longer text shows no limit": {[]m{{"a": `[{"role":"user","content":"` + long[:73], "b": long[1:101]}, {"c": long[:200]}},
			[]string{"0 a"}},
		"a limit that people choose": {[]m{{"a": long[1:257]}, {"b": long[2:258]}}, []string{"0 a", "1 b"}},
		"one text of such a length":  {[]m{{"a": long[1:257], "b": "x"}}, nil},
		"the same text twice":        {[]m{{"a": long[1:257]}, {"b": long[1:257]}}, nil},
		"two of another length":      {[]m{{"a": long[1:250]}, {"b": long[2:251]}}, nil},
		"JSON and what is only like it": {[]m{{"a": `{"text":"` + long[:100] + `"}`, "b": "[note] " + long[:120],
			"c": "{x " + long[:30]}}, nil},
		"short JSON with a missing end ": {[]m{{"a": `[{"a":1`}}, nil},
	} {
		var spans []span
		for i, attrs := range c.attrs {
			s := span{Name: fmt.Sprint(i), From: uint64(i), To: 100, Attrs: attrs}
			if i > 0 {
				s.Parent = "0"
			}
			spans = append(spans, s)
		}
		var got []string
		tr := Read(tracetest.Trace(spans...), Options{MaxRoots: 50, Ignored: func(string) bool { return false }})[0]
		for _, s := range tr.Ordered {
			for _, key := range s.Losses.Cut {
				got = append(got, s.Name()+" "+key)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: cut %q, want %q", name, got, c.want)
		}
		if noted := len(tr.Notes.List()); noted != len(c.want) {
			t.Errorf("%s: notes %q", name, tr.Notes.List())
		}
	}
}

func TestEventsOfEmptyChunksAreNoContent(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		attrs m
		want  int
	}{
		"empty":           {"llm.content.completion.chunk", nil, 0},
		"numbered":        {"gen_ai.content.chunk", m{"index": 3}, 0},
		"with blank text": {"stream.delta", m{"content": " "}, 0},
		"content of none": {"gen_ai.content.completion", m{"gen_ai.completion": ""}, 0},
		"with text":       {"stream.delta", m{"content": "a"}, 1},
		"the first one":   {"ai.stream.firstChunk", m{"ai.response.msToFirstChunk": 12.5}, 1},
		"no chunk":        {"retry", nil, 1},
		"a chunked word":  {"chunkier", nil, 1},
	} {
		s := span{Name: "x", To: 9, Events: []tracetest.Event{{Name: c.event, At: 1, Attrs: c.attrs}}}.PB()
		if got := len(EventList(s.Events, true)); got != c.want {
			t.Errorf("%s: %d events, want %d", name, got, c.want)
		}
	}
}
