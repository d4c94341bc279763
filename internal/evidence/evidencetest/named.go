package evidencetest

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/job"
)

// Named is a link that names something within its page, with the answers that its adapter gets.
type Named struct {
	URL      string
	Routes   map[string]string // see [NewReplay]
	Coverage job.Coverage
	Lead     []string // parts of what the link names, which stands first
	Around   []string // parts of what is around it
	Notes    []string // parts of the evidence's errors
	Without  []string // what may stand nowhere in the text
	Title    string   // "" for any
	Requests int      // how many are enough
}

// Leads retrieves links and holds what they name to stand first, in the text and in the
// snippets, with what is around it behind.
func Leads(t *testing.T, links ...Named) {
	t.Helper()
	for _, c := range links {
		t.Run(c.URL, func(t *testing.T) {
			p := NewReplay(t, c.Routes)
			ev, err := Offline(t, p.URL).Retrieve(t.Context(), c.URL)
			if err != nil {
				t.Fatalf("%v (asked %v)", err, p.Paths())
			}
			if ev.Coverage != c.Coverage || c.Title != "" && ev.Title != c.Title {
				t.Errorf("coverage %s (%v), title %q; asked %v", ev.Coverage, ev.Errors, ev.Title, p.Paths())
			}
			if ev.Coverage == job.CoveragePartial && len(ev.Errors) == 0 {
				t.Error("nothing says what is missing")
			}
			contains(t, "what is named", ev.Text[:ev.Lead], c.Lead)
			contains(t, "what is around", ev.Text[ev.Lead:], c.Around)
			contains(t, "errors", strings.Join(ev.Errors, "\n"), c.Notes)
			for _, w := range c.Without {
				if strings.Contains(ev.Text, w) {
					t.Errorf("text has %q:\n%s", w, ev.Text)
				}
			}
			if ev.Lead > 0 && !strings.HasPrefix(ev.Text[:ev.Lead], strings.SplitN(ev.Snippets[0].Content, "\n", 2)[0]) &&
				!strings.Contains(ev.Text[:ev.Lead], ev.Snippets[0].Content) {
				t.Errorf("the first snippet is %q", ev.Snippets[0].Content)
			}
			if n := len(p.Paths()); n > c.Requests {
				t.Errorf("%d requests: %v", n, p.Paths())
			}
		})
	}
}
