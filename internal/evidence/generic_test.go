package evidence

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// site serves pages by path.
func site(t *testing.T, pages map[string]string) (base string, r *Retriever) {
	t.Helper()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, ok := pages[req.URL.Path]
		switch {
		case !ok:
			w.WriteHeader(404)
		case strings.HasPrefix(body, "→"):
			http.Redirect(w, req, strings.TrimPrefix(body, "→"), 302)
		case strings.HasPrefix(body, "403 "):
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(403)
			io.WriteString(w, body[4:])
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, body)
		}
	}))
	return s.URL, newRetriever(t, Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}, CacheDir: wasmCache(t)})
}

func TestRefreshesAreFollowedOnlyFromEmptyPages(t *testing.T) {
	base, r := site(t, map[string]string{
		"/short":   `<html><head><noscript><META http-equiv="refresh" content="0;URL=/article"></noscript><title>x</title></head><script>location.replace("/article")</script></html>`,
		"/article": article,
		"/reload":  strings.Replace(article, "<head>", `<head><meta http-equiv="refresh" content="600;url=/404">`, 1),
		"/away":    strings.Replace(article, "<head>", `<head><noscript><meta http-equiv="refresh" content="0;url=/enable-javascript"></noscript>`, 1),
		"/loop":    `<meta http-equiv="refresh" content="0;url=/loop2">`,
		"/loop2":   `<meta http-equiv="refresh" content="0;url=/loop">`,
		"/private": `<meta http-equiv="refresh" content="0;url=http://169.254.169.254/">`,
	})
	for path, final := range map[string]string{"/short": "/article", "/reload": "/reload", "/away": "/away"} {
		ev, err := r.Retrieve(t.Context(), base+path)
		if err != nil || ev.FinalURL != base+final || ev.Coverage != job.CoverageFull || !strings.Contains(ev.Text, "binary tree") || len(ev.Sources) != 1 {
			t.Errorf("%s: %v, ended at %s, %s %v", path, err, ev.FinalURL, ev.Coverage, ev.Errors)
		}
	}
	for path, reason := range map[string]Reason{"/loop": fetch.Empty, "/private": fetch.PrivateAddress} {
		if _, err := r.Retrieve(t.Context(), base+path); fetch.ReasonOf(err) != reason {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestShellsAndWallsAreSaid(t *testing.T) {
	login := `<html><head><title>Log in to Example</title></head><body><h1>Log in</h1><form><input type=text><input type=password></form></body></html>`
	base, r := site(t, map[string]string{
		"/r/dead/story/1": "→/r/", "/r/": article,
		"/a/b/c": "→/", "/": article,
		"/moved/x": "→/articles/x", "/articles/x": article,
		"/doc/1": "→/accounts/login/?next=/doc/1", "/accounts/login/": login,
		"/signin": login,
		"/cf":     "403 " + string(payload(t, "pages/bot_cloudflare_just_a_moment_403.html")),
		"/no":     "403 <html><body><p>You may not.</p></body></html>",
		"/gone":   `<html><head><title>Page not found | Example</title></head><body><h1>Page not found</h1><p>The page you are looking for does not exist.</p><a href="/">Home</a></body></html>`,
		"/app":    `<html><head><title>Rope editor</title><meta name="description" content="An editor for long texts that is built on ropes."></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/a.js"></script></body></html>`,
		"/empty":  `<html><head><title>App</title></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/a.js"></script></body></html>`,
		"/paid":   strings.Replace(article, "</head>", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ropes","isAccessibleForFree":false}</script></head>`, 1),
		"/ask":    `<html><head><title>Before you continue</title></head><body><p>We value your privacy. We and our partners use cookies and similar techniques. Accept all or manage.</p></body></html>`,
		"/howto":  strings.Replace(strings.Replace(article, "<title>Ropes", "<title>How to fix 404 not found errors", 1), "<h1>Ropes", "<h1>How to fix 404 not found errors", 1),
	})
	for _, c := range []struct {
		path     string
		reason   Reason
		coverage job.Coverage
		says     string
	}{
		{"/r/dead/story/1", fetch.SoftNotFound, job.CoverageFailed, "general page"},
		{"/a/b/c", fetch.SoftNotFound, job.CoverageFailed, "general page"},
		{"/moved/x", "", job.CoverageFull, ""},
		{"/doc/1", fetch.LoginNeeded, job.CoverageFailed, "login page"},
		{"/signin", fetch.LoginNeeded, job.CoverageFailed, "login page"},
		{"/cf", fetch.BotCheck, job.CoverageFailed, "robot check"},
		{"/no", fetch.Forbidden, job.CoverageFailed, "403"},
		{"/gone", fetch.SoftNotFound, job.CoverageFailed, "does not exist"},
		{"/app", "", job.CoveragePartial, "needs JavaScript"},
		{"/empty", fetch.NeedsScript, job.CoverageFailed, "JavaScript"},
		{"/paid", "", job.CoveragePartial, "not free"},
		{"/ask", fetch.ConsentWall, job.CoverageFailed, "consent"},
		{"/howto", "", job.CoverageFull, ""},
	} {
		ev, err := r.Retrieve(t.Context(), base+c.path)
		if fetch.ReasonOf(err) != c.reason || ev.Coverage != c.coverage || !strings.Contains(strings.Join(ev.Errors, "\n"), c.says) {
			t.Errorf("%s: %v, coverage %s, errors %q", c.path, err, ev.Coverage, ev.Errors)
		}
	}
	ev, err := r.Retrieve(t.Context(), base+"/app")
	if err != nil || ev.Text != "An editor for long texts that is built on ropes." || ev.Title != "Rope editor" {
		t.Errorf("%v %q", err, ev.Text)
	}
}

func TestCaptionsAreRead(t *testing.T) {
	var base string
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/watch":
			fmt.Fprintf(w, `<script>var ytInitialPlayerResponse = {"videoDetails":{"title":"Ropes","author":"A","shortDescription":"About ropes.","lengthSeconds":"61"},`+
				`"captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[{"baseUrl":"https://www.youtube.com/api/timedtext?v=x&lang=de","languageCode":"de"},`+
				`{"baseUrl":"%s/api/timedtext?v=x&lang=en&signature=s3cr3t&fmt=srv3","languageCode":"en"},{"baseUrl":"/api/timedtext?exp=xpe","languageCode":"en"}]}}};</script>`, base)
		case "/api/timedtext":
			if r.URL.Query().Get("lang") != "en" || r.URL.Query().Has("fmt") {
				t.Errorf("asked for %s", r.URL)
			}
			w.Write(payload(t, "youtube/transcript.xml"))
		default:
			w.WriteHeader(404)
		}
	}))
	base = s.URL
	r := newRetriever(t, Config{APIs: APIs{YouTube: s.URL}})
	ev, err := r.Retrieve(t.Context(), "https://www.youtube.com/watch?v=aaaaaaaaaaa")
	if err != nil || ev.Coverage != job.CoverageFull || !strings.Contains(ev.Text, "this is not the original transcript") || !strings.Contains(ev.Text, "Length: 1m1s") {
		t.Fatalf("%v %s %v\n%s", err, ev.Coverage, ev.Errors, ev.Text)
	}
	if raw, _ := json.Marshal(ev); strings.Contains(string(raw), "s3cr3t") {
		t.Error("the signature is in the evidence")
	}
}

func TestStoryBringsTheLinkedPage(t *testing.T) {
	base, _ := site(t, map[string]string{"/ropes": article})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id":5,"title":"Ropes","url":"%s/ropes","author":"a","points":3,"children":[{"id":6,"author":"b","text":"<p>I use <code>ropes</code> daily.","children":[]}]}`, base)
	}))
	r := newRetriever(t, Config{APIs: APIs{HackerNews: s.URL}, Allow: []string{strings.TrimPrefix(base, "http://")}})
	ev, err := r.Retrieve(t.Context(), "https://news.ycombinator.com/item?id=5")
	if err != nil || ev.Coverage != job.CoverageFull || len(ev.Sources) != 2 || !strings.Contains(ev.Text, "binary tree") || !strings.Contains(ev.Text, "I use `ropes` daily.") {
		t.Errorf("%v %s %v %v\n%s", err, ev.Coverage, ev.Errors, ev.Sources, ev.Text)
	}
}

// Nothing that a page says reaches the evidence with a token in it.
func TestSecretsInLinksStayOut(t *testing.T) {
	base, r := site(t, map[string]string{"/x": strings.Replace(article, "<p>", `<p><a href="https://user:pw-s3cr3t@example.com/?api_key=s3cr3t">link</a> `, 1)})
	ev, err := r.Retrieve(t.Context(), base+"/x?access_token=s3cr3t#id_token=s3cr3t")
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := json.Marshal(ev); strings.Contains(string(raw), "s3cr3t") {
		t.Errorf("%s", raw)
	}
}

func TestInjectedTextsAreTextOrGone(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "injection.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil || len(texts) == 0 {
		t.Fatal(err)
	}
	r := newRetriever(t, Config{})
	for i, text := range texts {
		for _, hide := range []string{`<div style="display:none">%s</div>`, `<p style="font-size:0">%s</p>`, `<!-- %s -->`, `<p hidden>%s</p>`} {
			hidden := fmt.Sprintf(hide, strings.NewReplacer("<", "&lt;", "-->", "").Replace(text))
			ev, err := r.Extract(t.Context(), []byte(strings.Replace(article, "<h2>", hidden+"<h2>", 1)), "text/html", "https://example.com/x")
			if err != nil {
				t.Fatal(err)
			}
			if probe := strings.Fields(text); len(probe) > 6 && strings.Contains(oneLine(ev.Text), strings.Join(probe[:6], " ")) {
				t.Errorf("text %d hidden by %q is in the evidence", i, hide)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	base, r := site(t, map[string]string{"/x": article})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			ev, err := r.Retrieve(t.Context(), base+"/x")
			if err != nil || len(ev.Snippets) == 0 {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}

func TestRedirectsToGeneralPagesAreKnown(t *testing.T) {
	for _, c := range []struct {
		asked, got string
		lost       bool
	}{
		{"https://a.com/video/view/kittens-595", "https://www.a.com/video/", true},
		{"https://a.com/x/y", "https://a.com/", true},
		{"https://a.com/x/y", "https://a.com/en-us", true},
		{"https://a.com/x/y/z", "https://a.com/en/x", true},
		{"https://a.com/x", "https://a.com/", false},
		{"https://a.com/x/y", "https://a.com/x/", false},
		{"https://a.com/x/y", "https://a.com/new/y", false},
		{"https://a.com/x/y", "https://a.com/docs", false},
		{"https://a.com/x/y", "https://a.com/?p=7", false},
		{"https://short.com/x/y", "https://a.com/docs", false},
		{"https://short.com/x/y", "https://a.com/", false},
		{"https://a.com/x/y", "https://a.com/x/y", false},
	} {
		asked, _ := url.Parse(c.asked)
		got, _ := url.Parse(c.got)
		if lostOnTheWay(asked, got) != c.lost {
			t.Errorf("%s → %s: lost %v", c.asked, c.got, !c.lost)
		}
	}
}
