package generic_test

import (
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

func TestRefreshesAreFollowedOnlyFromEmptyPages(t *testing.T) {
	base, r := evidencetest.Site(t, map[string]string{
		"/short":   `<html><head><noscript><META http-equiv="refresh" content="0;URL=/article"></noscript><title>x</title></head><script>location.replace("/article")</script></html>`,
		"/article": evidencetest.Article,
		"/reload":  strings.Replace(evidencetest.Article, "<head>", `<head><meta http-equiv="refresh" content="600;url=/404">`, 1),
		"/away":    strings.Replace(evidencetest.Article, "<head>", `<head><noscript><meta http-equiv="refresh" content="0;url=/enable-javascript"></noscript>`, 1),
		"/loop":    `<meta http-equiv="refresh" content="0;url=/loop2">`,
		"/loop2":   `<meta http-equiv="refresh" content="0;url=/loop">`,
		"/private": `<meta http-equiv="refresh" content="0;url=http://169.254.169.254/">`,
	})
	for path, final := range map[string]string{"/short": "/article", "/reload": "/reload", "/away": "/away"} {
		ev, err := r.Retrieve(t.Context(), base+path)
		if err != nil || ev.FinalURL != base+final || ev.Coverage != job.CoverageFull || !strings.Contains(ev.Text, "binary tree") ||
			len(ev.Sources) != 1 {
			t.Errorf("%s: %v, ended at %s, %s %v", path, err, ev.FinalURL, ev.Coverage, ev.Errors)
		}
	}
	for path, reason := range map[string]fetch.Reason{"/loop": fetch.Empty, "/private": fetch.PrivateAddress} {
		if _, err := r.Retrieve(t.Context(), base+path); fetch.ReasonOf(err) != reason {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestShellsAndWallsAreSaid(t *testing.T) {
	login := `<html><head><title>Log in to Example</title></head><body><h1>Log in</h1><form><input type=text><input type=password></form></body></html>`
	base, r := evidencetest.Site(t, map[string]string{
		"/r/dead/story/1": "→/r/", "/r/": evidencetest.Article,
		"/a/b/c": "→/", "/": evidencetest.Article,
		"/moved/x": "→/articles/x", "/articles/x": evidencetest.Article,
		"/doc/1": "→/accounts/login/?next=/doc/1", "/accounts/login/": login,
		"/signin": login,
		"/cf":     "403 " + string(evidencetest.Payload(t, "pages/bot_cloudflare_just_a_moment_403.html")),
		"/no":     "403 <html><body><p>You may not.</p></body></html>",
		"/gone":   `<html><head><title>Page not found | Example</title></head><body><h1>Page not found</h1><p>The page you are looking for does not exist.</p><a href="/">Home</a></body></html>`,
		"/app":    `<html><head><title>Rope editor</title><meta name="description" content="An editor for long texts that is built on ropes."></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/a.js"></script></body></html>`,
		"/empty":  `<html><head><title>App</title></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/a.js"></script></body></html>`,
		"/paid":   strings.Replace(evidencetest.Article, "</head>", `<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ropes","isAccessibleForFree":false}</script></head>`, 1),
		"/ask":    `<html><head><title>Before you continue</title></head><body><p>We value your privacy. We and our partners use cookies and similar techniques. Accept all or manage.</p></body></html>`,
		"/title":  `<html><head><title>Sharding a billing service | Example</title></head><body><h1>Sharding a billing service</h1><img src=a.png></body></html>`,
		"/howto":  strings.Replace(strings.Replace(evidencetest.Article, "<title>Ropes", "<title>How to fix 404 not found errors", 1), "<h1>Ropes", "<h1>How to fix 404 not found errors", 1),
	})
	for _, c := range []struct {
		path     string
		reason   fetch.Reason
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
		{"/title", "", job.CoveragePartial, "only the title"},
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
