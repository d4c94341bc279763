package generic_test

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

func TestWhatALinkNamesOnAPageComesFirst(t *testing.T) {
	thread := strings.Replace(evidencetest.Article, "</article>", `</article><div class="comments" id="comments">
<div class="comment" id="comment-12"><b>Ann</b><p>Ropes are overrated, as gap buffers do nearly as well in practice.</p></div>
<div class="comment"><a name="c13"></a><p>That depends on how long the text is and where people edit it.</p></div></div>`, 1)
	thread = strings.Replace(thread, "<h2>Cost</h2>", `<h2 id="what-it-costs">Cost</h2>`, 1)
	thread = strings.Replace(thread, "<h1>", `<span id="h"></span><h1>`, 1)
	base, r := evidencetest.Site(t, map[string]string{"/ropes": thread, "/moved": "→/ropes"})
	for fragment, want := range map[string]struct{ lead, note string }{
		"comment-12":     {"Ann\n\nRopes are overrated", ""},
		"c13":            {"That depends on how long", ""},
		"what-it-costs":  {"## Cost\n\nConcatenation takes constant time", ""},
		"comment-99":     {"", "the page has no comment-99"},
		"nothing":        {"", ""},
		"":               {"", ""},
		"/route":         {"", ""},
		":~:text=binary": {"", ""},
	} {
		for _, path := range []string{"/ropes", "/moved"} {
			ev, err := r.Retrieve(t.Context(), base+path+"#"+fragment)
			if err != nil {
				t.Fatal(err)
			}
			lead := ev.Text[:ev.Lead]
			if (want.lead == "") != (lead == "") || !strings.HasPrefix(strings.ReplaceAll(lead, "**", ""), want.lead) ||
				!strings.Contains(ev.Text, "binary tree") || strings.Count(ev.Text, "Concatenation takes") != 1 {
				t.Errorf("#%s: lead %q of\n%s", fragment, lead, ev.Text)
			}
			if notes := strings.Join(ev.Errors, "\n"); (want.note == "") != (notes == "") || !strings.Contains(notes, want.note) ||
				(notes == "") != (ev.Coverage == job.CoverageFull) {
				t.Errorf("#%s: coverage %s %v", fragment, ev.Coverage, ev.Errors)
			}
			if lead != "" && !strings.Contains(lead, ev.Snippets[0].Content) {
				t.Errorf("#%s: the first snippet is %q", fragment, ev.Snippets[0].Content)
			}
		}
	}
}
