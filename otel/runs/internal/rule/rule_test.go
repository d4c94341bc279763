package rule

import "testing"

func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	s := Set{Runs: []Run{{Span: "a.x", Skip: true}, {Span: "a.*", Name: "n"}, {Span: "*"}}, Ignore: []string{"http.*", "id"}}
	for span, want := range map[string]int{"a.x": 0, "a.xy": 1, "a.": 1, "a": 2, "": 2} {
		if got := s.For(span); got != &s.Runs[want] {
			t.Errorf("%q: rule for %q", span, got.Span)
		}
	}
	if (&Set{}).For("a") != nil {
		t.Error("a rule out of nothing")
	}
	for span, want := range map[string]bool{"a.x": true, "a.b": true, "b": false} {
		if s.Lists(span) != want {
			t.Errorf("%q is listed: %v; * lists nothing", span, !want)
		}
	}
	for key, want := range map[string]bool{"http.route": true, "http": false, "id": true, "ids": false} {
		if s.Ignores(key) != want {
			t.Errorf("%q is ignored: %v", key, !want)
		}
	}
}
