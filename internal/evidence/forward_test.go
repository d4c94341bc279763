package evidence_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// web is a network in which hosts have the given pages, by address without scheme; it keeps
// which were asked for. A page "→address" redirects, "refresh→address" does so by a header
// and may have a body behind a line break.
func web(t *testing.T, pages map[string]string) (r *evidence.Retriever, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	proxy := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		at := req.URL.Host + req.URL.RequestURI()
		mu.Lock()
		seen = append(seen, at)
		mu.Unlock()
		body, ok := pages[at]
		if to, header := strings.CutPrefix(body, "refresh→"); header {
			to, body, _ = strings.Cut(to, "\n")
			w.Header().Set("Refresh", "0; url="+to)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasPrefix(body, "→"):
			w.Header().Set("Location", strings.TrimPrefix(body, "→"))
			w.WriteHeader(http.StatusFound)
		default:
			_, _ = io.WriteString(w, body)
		}
	}))
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	r = evidencetest.New(t, evidence.Config{
		Proxy: func(*http.Request) (*url.URL, error) { return through, nil }, ProxyResolves: true, CacheDir: evidencetest.CacheDir(t),
		Rules: []byte("rules: {api.example: {adapter: generic}}"),
		APIs:  evidence.APIs{HackerNews: "http://hn.api.example", HackerNewsRaw: "http://hn.api.example"},
	})
	return r, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(seen) }
}

func TestWhatStandsBeforeAPageIsFollowed(t *testing.T) {
	notice := func(goal string) string {
		return `<title>LinkedIn</title><meta name="description" content="This link will take you to a page that’s not on LinkedIn"><h1>This link will take you to a page that’s not on LinkedIn</h1>` +
			`<a href="` + goal + `">` + goal + `</a><a href="https://www.linkedin.com/help">Learn more</a>`
	}
	r, asked := web(t, map[string]string{
		"a.example/ropes": evidencetest.Article,
		"b.example/bare":  strings.Replace(evidencetest.Article, `<meta property="og:site_name" content="Example">`, "", 1),
		"s.example/bare":  "→http://b.example/bare",
		"lnkd.in/x":       notice("http://a.example/ropes"),
		"t.co/x":          `<head><title>http://a.example/ropes</title></head><script>window.opener = null; location.replace("http:\/\/a.example\/ropes")</script>`,
		"bit.ly/x":        "→http://www.linkedin.com/safety/go?url=http%3A%2F%2Fa.example%2Fropes&trk=x",
		"www.linkedin.com/safety/go?url=http%3A%2F%2Fa.example%2Fropes&trk=x": `<title>Sign in</title><input type=password>`,
		"s.example/header":               "refresh→http://a.example/ropes",
		"s.example/slides":               "refresh→http://b.example/\n" + strings.Replace(evidencetest.Article, "<footer>", "<!--"+strings.Repeat("x", 4096)+"--><footer>", 1),
		"s.example/chain":                notice("http://t.co/x"),
		"s.example/wrapped":              `<script>location.href="http://l.facebook.com/l.php?u=http%3A%2F%2Fa.example%2Fropes"</script>`,
		"lnkd.in/loop":                   notice("http://s.example/loop"),
		"s.example/loop":                 notice("http://lnkd.in/loop"),
		"lnkd.in/private":                notice("http://10.0.0.1/x"),
		"lnkd.in/two":                    notice("http://a.example/ropes") + `<a href="http://b.example/">http://b.example/</a>`,
		"bit.ly/bad":                     `<title>Warning!</title><p>The link you requested has been identified as being potentially problematic.</p><a href="http://a.example/ropes">http://a.example/ropes</a>`,
		"short.example/card":             `<title>Ann</title><h1>Ann Example</h1><p>Engineer who writes about ropes, trees and other long things in small words.</p><a href="http://a.example/ropes">http://a.example/ropes</a>`,
		"s.example/hn":                   "→http://news.ycombinator.com/item?id=7",
		"news.ycombinator.com/item?id=7": "<p>shell</p>",
		"hn.api.example/api/v1/items/7":  `{"id":7,"type":"story","title":"Ask HN: Ropes?","author":"ann","text":"Who uses ropes today, and what for? I would like to know a lot more about them.","children":[],"created_at":"2024-01-01T00:00:00Z"}`,
	})
	for _, c := range []struct{ link, final, adapter string }{
		{"http://lnkd.in/x", "http://a.example/ropes", "GenericAdapter"},
		{"http://t.co/x", "http://a.example/ropes", "GenericAdapter"},
		{"http://bit.ly/x", "http://a.example/ropes", "GenericAdapter"},
		{"http://s.example/header", "http://a.example/ropes", "GenericAdapter"},
		{"http://s.example/chain", "http://a.example/ropes", "GenericAdapter"},
		{"http://s.example/wrapped", "http://a.example/ropes", "GenericAdapter"},
		{"https://www.google.co.uk/url?q=http%3A%2F%2Fa.example%2Fropes&sa=D", "http://a.example/ropes", "GenericAdapter"},
		{"http://s.example/slides", "http://s.example/slides", "GenericAdapter"},
		{"http://s.example/bare", "http://b.example/bare", "GenericAdapter"},
		{"http://short.example/card", "http://short.example/card", "GenericAdapter"},
	} {
		ev, err := r.Retrieve(t.Context(), c.link)
		if err != nil || ev.FinalURL != c.final || ev.AdapterName != c.adapter || ev.URL != c.link || ev.Coverage != job.CoverageFull || len(ev.Sources) != 1 {
			t.Errorf("%s: %v, ended at %s by %s, %s %v", c.link, err, ev.FinalURL, ev.AdapterName, ev.Coverage, ev.Errors)
		}
	}
	if ev, err := r.Retrieve(t.Context(), "http://s.example/bare"); err != nil || ev.SiteName != "b.example" {
		t.Errorf("a shortener is taken for the site: %v %q", err, ev.SiteName)
	}
	if ev, err := r.Retrieve(t.Context(), "http://s.example/hn"); err != nil || ev.AdapterName != "HackerNewsAdapter" || !strings.Contains(ev.Text, "Who uses ropes") {
		t.Errorf("a shortened link of an adapter: %v %s %q", err, ev.AdapterName, ev.Text)
	}
	for _, c := range []struct {
		link   string
		reason fetch.Reason
		says   string
	}{
		{"http://lnkd.in/loop", fetch.Empty, "leads on to"},
		{"http://lnkd.in/private", fetch.PrivateAddress, "10.0.0.1"},
		{"http://lnkd.in/two", fetch.RedirectNotice, "names 2 goals"},
		{"http://bit.ly/bad", fetch.RedirectNotice, "harmful"},
	} {
		if _, err := r.Retrieve(t.Context(), c.link); fetch.ReasonOf(err) != c.reason || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.link, err)
		}
	}
	if slices.ContainsFunc(asked(), func(s string) bool {
		return strings.HasPrefix(s, "10.") || strings.HasPrefix(s, "www.google") || strings.HasPrefix(s, "l.facebook")
	}) {
		t.Errorf("asked for %q", asked())
	}
}
