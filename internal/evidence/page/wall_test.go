package page

import (
	"strings"
	"testing"
)

const sentence = "The visible article says something about ropes and trees. "

func TestWalls(t *testing.T) {
	long := "<p>" + strings.Repeat(sentence, 40) + "</p>"
	short := "<p>" + strings.Repeat(sentence, 10) + "</p>"
	for _, tt := range []struct {
		name, page, at string
		want           Wall
	}{
		{"an article", "<title>Ropes</title><article>" + long + "</article>", "", NoWall},
		{"a short note", "<title>Ropes</title><article>" + short + "</article>", "", NoWall},
		{"a robot check", "<title>Just a moment...</title><p>Checking your browser before accessing.", "", BotCheck},
		{"a robot check by its script", "<title>Site</title><script src=/cdn-cgi/challenge-platform/x.js></script><p>Verify you are human", "", BotCheck},
		{"access denied", "<title>Access Denied</title><p>You don't have permission to access this.", "", BotCheck},
		{"an article on access", "<title>Access denied: a story of locks</title><article>" + long + "</article>", "", NoWall},
		{"a recaptcha in the comments of an article", "<title>Ropes</title><article>" + long + "</article><div class=g-recaptcha></div>", "", NoWall},
		{"consent", "<title>Before you continue</title><p>We and our partners use cookies and data.", "", Consent},
		{"a consent host", "<title>x</title>" + long, "https://consent.a.example/x", Consent},
		{"a cookie bar", "<title>Ropes</title><article>" + long + "</article><div>We value your privacy</div>", "", NoWall},
		{"a login", "<title>Sign in</title><form><input type=password></form>", "", Login},
		{"a login by its address", "<title>Site</title><p>Welcome back", "https://a.example/users/sign_in", Login},
		{"a login by its words", "<title>Site</title><p>You need to log in to see this group.", "", Login},
		{"a login form beside an article", "<title>Ropes</title><article>" + long + "</article><input type=password>", "", NoWall},
		{"not found", "<title>404 - Page not found</title><p>Sorry.", "", NotFound},
		{"not found in German", "<title>Seite nicht gefunden</title><p>Schade.", "", NotFound},
		{"not found in its text", "<title>Oops</title><h1>Page not found</h1><p>The page you are looking for does not exist.", "", NotFound},
		{"about a number", "<title>404 words on ropes</title><article>" + long + "</article>", "", NoWall},
		{"an application", "<title>App</title><div id=root></div><script>" + strings.Repeat("x", 3000) + "</script>", "", NeedsScript},
		{"asks for scripts", "<title>App</title><noscript>You need to enable JavaScript to run this app.</noscript>", "", NeedsScript},
		{"a paywall", "<title>Ropes</title>" + short + "<div class=paywall>Subscribe to continue reading</div>", "", Paywall},
		{"paid by its data", `<title>Ropes</title><script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>` + short, "", Paywall},
		{"paid, and all of it here", `<title>Ropes</title><script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false,"articleBody":"` +
			strings.Repeat(sentence, 40) + `"}</script><article>` + long + "</article>", "", NoWall},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := tt.at
			if at == "" {
				at = "https://a.example/story"
			}
			p, err := Parse([]byte("<!doctype html><html><body>"+tt.page+"</body></html>"), "text/html; charset=utf-8", addressOf(t, at))
			if err != nil {
				t.Fatal(err)
			}
			if p.Wall != tt.want {
				t.Errorf("wall %q, want %q; text %q", p.Wall, tt.want, p.Text)
			}
		})
	}
}

func TestOpaqueWalls(t *testing.T) {
	for w, want := range map[Wall]bool{NoWall: false, BotCheck: true, Consent: true, Login: true, NotFound: true, Paywall: false, NeedsScript: false} {
		if w.Opaque() != want {
			t.Errorf("%q: %v", w, !want)
		}
	}
}

func TestSignsOfAPage(t *testing.T) {
	s := readSigns(parse(t, `<head><script>a</script></head><body><div id=app> </div><div class="x paywall">p</div><input type=PASSWORD><style>css</style>
		<script src=https://hcaptcha.com/1.js></script>text <b>here</b></body>`))
	if !s.emptyRoot || !s.paywall || !s.password || !s.captcha || s.scripts != 2 || s.scriptBytes != 1 || s.bodyText != "p text here" {
		t.Errorf("%+v", s)
	}
	if s := readSigns(parse(t, `<div id=app>content</div>`)); s.emptyRoot || s.captcha || s.paywall || s.password {
		t.Errorf("%+v", s)
	}
}
