package generic_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

func TestAnchorsOfReferencePagesAreUnderstood(t *testing.T) {
	filler := "<p>" + strings.Repeat("This page is about ropes and all that can be done with them in a program. ", 8) + "</p>"
	body := `<html><head><title>Ropes</title></head><body><main><h1>Ropes</h1>` + filler +
		`<div class="markdown-heading"><h2>Installing the package</h2><a id="user-content-installing-the-package" href="#x"></a></div>` +
		`<p>Use go get to install it, then import it.</p><h3>Examples</h3><p>One example of an installation stands here.</p>` +
		`<h2 id="concat">Concat</h2><p>It joins two ropes into one, in constant time.</p><h3 id="examples-1">Examples</h3>` +
		`<p>Another example, of how to join ropes.</p><dl><dt id="rope.split"><code>rope.split(at, strict=False)</code></dt>` +
		`<dd>Splits the rope in two at an index.</dd><dt id="rope.len"><code>rope.len() returns int</code></dt><dd>Says how ` +
		`long it is.</dd></dl>` +
		`<details><summary><section id="method.trim"><h4>pub fn trim(self) -> Rope</h4></section></summary><div>Trims white ` +
		`space off both ends.</div></details>` +
		filler + `</main></body></html>`
	base, r := evidencetest.Site(t, map[string]string{"/ropes": body})
	for fragment, want := range map[string][]string{
		"installing-the-package": {"## Installing the package\n\nUse go get", "One example"},
		"examples-1":             {"### Examples\n\nAnother example"},
		"rope.split":             {"rope.split(at, strict=False)", "Splits the rope in two"},
		"rope.len":               {"Says how long it is."},
		"method.trim":            {"pub fn trim", "Trims white space"},
	} {
		ev, err := r.Retrieve(t.Context(), base+"/ropes#"+fragment)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if lead := ev.Text[:ev.Lead]; !strings.Contains(lead, w) || strings.Contains(lead, "about ropes") {
				t.Errorf("#%s: lead %q lacks %q, of\n%s", fragment, lead, w, ev.Text)
			}
		}
	}
}

func TestPostsOfForumsComeBeforeTheirTopic(t *testing.T) {
	post := func(n int, words string) string {
		return fmt.Sprintf(`<div id='post_%d' class='topic-body crawler-post'><div class='crawler-post-meta'><span `+
			`class="creator">user%d</span></div>`+
			`<div class='post' itemprop='text'><p>%s</p></div></div>`, n, n, words)
	}
	long := strings.Repeat("Ropes are trees of strings, as is well known to everybody who edits long texts. ", 5)
	body := "<html><head><title>Ropes?</title></head><body><div id='main-outlet'><h1>Ropes?</h1>" + post(1, "What are ropes? "+long) +
		post(2, "They are trees of strings with lengths in the nodes.") + post(3, "I use gap buffers instead, "+long) + "</div></body></html>"
	base, r := evidencetest.Site(t, map[string]string{"/t/ropes/123/2": body, "/t/ropes/123/1": body, "/t/123/9": body})
	for path, lead := range map[string]string{"/t/ropes/123/2": "They are trees of strings", "/t/ropes/123/1": "", "/t/123/9": ""} {
		ev, err := r.Retrieve(t.Context(), base+path)
		if err != nil {
			t.Fatal(err)
		}
		if got := ev.Text[:ev.Lead]; (got == "") != (lead == "") || !strings.Contains(got, lead) || strings.Contains(got, "What are ropes") {
			t.Errorf("%s: lead %q of\n%s", path, got, ev.Text)
		}
		if missing := path == "/t/123/9"; missing != strings.Contains(strings.Join(ev.Errors, "\n"), "no post_9") {
			t.Errorf("%s: %v", path, ev.Errors)
		}
	}
}

func FuzzAnchors(f *testing.F) {
	f.Add("<h2 id=a>A</h2><p>text", "a")
	f.Add("<dl><dt id=a><dd><details><summary><a name=a>", "a")
	r := evidencetest.New(f, evidence.Config{})
	f.Fuzz(func(t *testing.T, body, fragment string) {
		body = "<p>" + strings.Repeat("Some words of a page. ", 20) + body
		ev, err := r.Extract(t.Context(), []byte(body), "text/html", "https://example.com/#"+url.PathEscape(fragment))
		if err == nil && (ev.Lead < 0 || ev.Lead > len(ev.Text)) {
			t.Errorf("lead %d of %d", ev.Lead, len(ev.Text))
		}
	})
}

func TestWhatALinkNamesOnAPageComesFirst(t *testing.T) {
	thread := strings.Replace(evidencetest.Article, "</article>", `</article><div class="comments" id="comments">
<div class="comment" id="comment-12"><b>Ann</b><p>Ropes are overrated, as gap buffers do nearly as well in practice.</p></div>
<div class="comment"><a name="c13"></a><p>That depends on how long the text is and where people edit it.</p></div></div>`, 1)
	thread = strings.Replace(thread, "<h2>Cost</h2>", `<h2 id="what-it-costs">Cost</h2>`, 1)
	thread = strings.Replace(thread, "<nav>", `<nav id="menu"><p>Ropes for sale, ropes to rent, ropes of all lengths and widths</p>`, 1)
	thread = strings.Replace(thread, "<article>", `<div id="content"><p>Skip to content, sign in or subscribe to our letter</p><article>`, 1)
	thread = strings.Replace(thread, "<h1>", `<span id="h"></span><h1>`, 1)
	base, r := evidencetest.Site(t, map[string]string{"/ropes": thread, "/moved": "→/ropes"})
	for fragment, want := range map[string]struct{ lead, note string }{
		"comment-12":     {"Ann\n\nRopes are overrated", ""},
		"c13":            {"That depends on how long", ""},
		"what-it-costs":  {"## Cost\n\nConcatenation takes constant time", ""},
		"comment-99":     {"", "the page has no comment-99"},
		"nothing":        {"", ""},
		"comments":       {"", ""},
		"menu":           {"", ""},
		"content":        {"", ""},
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
