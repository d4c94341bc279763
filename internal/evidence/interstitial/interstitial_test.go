package interstitial

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// linkedIn is what lnkd.in answered in 2024, shortened, as github.com/search has it in the tests
// of programs that follow it.
const linkedIn = `<!DOCTYPE html><html lang="en"><head><meta name="pageKey" content="d_shortlink_frontend_external_link_redirect_interstitial">
<link rel="canonical" href="https://www.linkedin.com"><script>function getDfd() {let yFn,nFn;const p=new Promise(function(y, n){yFn=y;nFn=n;});return p;}
window.lazyloader = getDfd();</script><title>LinkedIn</title><meta name="description" content="This link will take you to a page that’s not on LinkedIn">
</head><body dir="ltr"><main class="main"><span class="sr-only">LinkedIn</span>
<h1>This link will take you to a page that’s not on LinkedIn</h1><h2>Because this is an external link, we’re unable to verify it for safety.</h2>
<a class="artdeco-button artdeco-button--tertiary" data-tracking-control-name="external_url_click" href="https://a.example/trainings/">
            https://a.example/trainings/
        </a><p class="hidden">This experience is optimized for Chrome, Edge, and Safari</p></main>
<footer><span>Have questions?</span><a href="https://www.linkedin.com/help/linkedin/answer/a1341680?trk=x">Learn more</a></footer>
<script src="https://static.licdn.com/x" async></script></body></html>`

func TestNoticesLeadOn(t *testing.T) {
	for _, c := range []struct{ name, at, page, want string }{
		{"LinkedIn's", "https://lnkd.in/dX", linkedIn, "https://a.example/trainings/"},
		{"t.co's", "https://t.co/x", `<head><noscript><META http-equiv="refresh" content="0;URL=https://a.example/b"></noscript><title>https://a.example/b</title></head><script>window.opener = null; location.replace("https:\/\/a.example\/b?c=1\u0026d=2")</script>`,
			"https://a.example/b?c=1&d=2"},
		{"Google's", "https://www.google.com/url?q=x", `<html><head><title>Redirect Notice</title></head><body><h1>Redirect Notice</h1><div>&nbsp;The previous page is sending you to <a href="https://a.example/b">https://a.example/b</a>.</div>
			<div>&nbsp;If you do not want to visit that page, you can <a href="#" id="x">return to the previous page</a>.</div></body></html>`, "https://a.example/b"},
		{"Instagram's", "https://l.instagram.com/?e=1", `<title>You're leaving Instagram</title><h2>You’re leaving Instagram</h2><p>Follow this link to go to the site.</p><a href="https://a.example/b">a.example/b</a><a href="https://www.instagram.com/">Back</a><a href="https://about.meta.com">Meta</a>`, "https://a.example/b"},
		{"Steam's", "https://steamcommunity.com/linkfilter/x", `<body><div>You are leaving Steam.</div><p>The Url you are attempting to access is not an official Steam site. Please do not enter your Steam credentials on it.</p>
			<a href="https://a.example/b">https://a.example/b</a><a href="https://store.steampowered.com/">Store</a><a href="https://help.steampowered.com/">Support</a><a href="https://www.valvesoftware.com">Valve</a></body>`, "https://a.example/b"},
		{"VK's", "https://vk.com/away.php?x=1", `<title>Переход по внешней ссылке</title><p>Вы покидаете сайт ВКонтакте по внешней ссылке https://a.example/b. Мы не несём ответственности.</p><button onclick="window.location.href='https://a.example/b'">Перейти</button>`, "https://a.example/b"},
		{"Zhihu's", "https://link.zhihu.com/?x", `<title>即将离开知乎</title><p>您即将离开知乎,请注意您的账号和财产安全。</p><p>https://a.example/b</p><a class="button" href="https://a.example/b">继续访问</a>`, "https://a.example/b"},
		{"Jekyll's", "https://old.example/x", `<!DOCTYPE html><html lang="en-US"><meta charset="utf-8"><title>Redirecting&hellip;</title><link rel="canonical" href="https://a.example/b"><script>location="https://a.example/b"</script>
			<h1>Redirecting&hellip;</h1><a href="https://a.example/b">Click here if you are not redirected.</a></html>`, "https://a.example/b"},
		{"Apache's", "https://old.example/x", `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"><html><head><title>302 Found</title></head><body><h1>Found</h1><p>The document has moved <a href="https://a.example/b">here</a>.</p></body></html>`, "https://a.example/b"},
		{"within a site", "https://a.example/old", `<title>Object moved</title><h2>Object moved to <a href="/b">here</a>.</h2>`, "https://a.example/b"},
		{"Facebook's", "https://www.facebook.com/flx/warn/", `<h2>Leaving Facebook</h2><p>We're just checking that you want to follow a link to the following website: https://a.example/b</p><a href="/home">Go back</a><a href="https://a.example/b">Follow link</a>`, "https://a.example/b"},
		{"YouTube's", "https://www.youtube.com/redirect", `<title>YouTube</title><p>Are you sure you want to leave YouTube?</p><p>This site (https://a.example/b) is not a part of YouTube:</p><a href="https://a.example/b">Go to site</a><a href="/">Back to YouTube</a><a href="https://policies.google.com/">Policy</a>`, "https://a.example/b"},
		{"Discord's", "https://discord.example/x", `<h1>Leaving Discord</h1><p>This link is taking you to the following website</p><p>https://a.example/b</p><button>Go Back</button><button>Visit Site</button>`, "https://a.example/b"},
		{"Slack's", "https://slack-redir.net/x", `<title>Redirecting you…</title><p>Redirecting you to <a href="https://a.example/b">https://a.example/b</a></p>`, "https://a.example/b"},
		{"Apple News's", "https://apple.news/AX", `<html><head><title>A title — The Paper</title><script>function redirectToUrl(u){window.location=u}</script></head><body><a href="https://a.example/b"><span>Click here</span></a> <span>to go to the story</span></body></html>`, "https://a.example/b"},
		{"a government's", "https://agency.example/exit", `<h1>You are now leaving an official website</h1><p>The agency does not endorse the site https://a.example/b.</p><a href="https://a.example/b">Continue</a>`, "https://a.example/b"},
		{"a forum's", "https://forum.example/ext", `<p>Attention! You are about to follow an external link.</p><p><a rel="nofollow" href="https://a.example/b">https://a.example/b</a></p><a href="/index.php">Cancel</a>`, "https://a.example/b"},
		{"a waiting page", "https://s.example/x", `<p>Please wait while we redirect you.</p><a href="https://a.example/b">Click here</a>`, "https://a.example/b"},
		{"German", "https://forum.example/go", `<title>Weiterleitungshinweis</title><p>Sie verlassen jetzt unser Angebot.</p><a href="https://a.example/b">Weiter zu a.example</a> <a href="/">Zurück</a>`, "https://a.example/b"},
		{"French", "https://forum.example/go", `<p>Vous quittez le forum.</p><a href="https://a.example/b">Continuer</a>`, "https://a.example/b"},
		{"Spanish", "https://forum.example/go", `<p>Estás a punto de salir de foro.example</p><a href="https://a.example/b">https://a.example/b</a>`, "https://a.example/b"},
		{"Japanese", "https://jump.example/x", `<title>外部サイトへ移動します</title><p>外部サイトへ移動します。</p><a href="https://a.example/b">移動する</a>`, "https://a.example/b"},
		{"Korean", "https://jump.example/x", `<p>외부 사이트로 이동합니다.</p><a href="https://a.example/b">이동하기</a>`, "https://a.example/b"},
		{"named in the page's address", "https://forum.example/redirect?to=https%3A%2F%2Fa.example%2Fb", `<p>External link</p><a href="https://a.example/b">This way</a><a href="https://ads.example">Buy</a>`, "https://a.example/b"},
		{"several, of which the page's address names one", "https://forum.example/r?to=https://a.example/b", `<p>You are leaving forum.example.</p><a href="https://a.example/b">https://a.example/b</a> <a href="https://c.example/">https://c.example/</a>`, "https://a.example/b"},
		{"a shortener's without words", "https://is.gd/x", `<p>Your link:</p><a href="https://a.example/b">A page</a><a href="https://v.gd/terms">Terms</a>`, "https://a.example/b"},
		{"the address as text beside a button", "https://forum.example/go", `<p>You are about to leave forum.example and visit https://a.example/b.</p><button id="go">OK</button>`, "https://a.example/b"},
		{"a redirector in it", "https://t.co/x", `<script>location.href='https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fb'</script>`, "https://a.example/b"},
		{"a script after a moment", "https://s.example/x", `<html><body><p>One moment…</p><script>setTimeout(function(){ window.location.href = "https://a.example/b"; }, 1000);</script></body></html>`, "https://a.example/b"},
		{"rustdoc's", "https://a.example/core/old.html", `<html lang="en"><head><title>Redirection</title></head><body><p>Redirecting to <a href="../arch/fn.b.html">../arch/fn.b.html</a>...</p>
			<script>location.replace("../arch/fn.b.html" + location.search + location.hash);</script></body></html>`, "https://a.example/arch/fn.b.html"},
		{"a script that keeps the query", "https://s.example/x", `<script>window.location = "https://a.example/b" + window.location.search</script>`, "https://a.example/b"},
		{"a script with a variable", "https://s.example/x", `<script>var url = 'https:\/\/a.example\/b';
			window.location.assign(url);</script>`, "https://a.example/b"},
		{"a script on load", "https://s.example/x", `<body onload="location.replace('/next/page')"></body>`, "https://s.example/next/page"},
		{"the only link of a page that moved", "https://a.example/docs/everyday.html", `<title>everyday(7)</title><p>This document has been moved to <a href="giteveryday.html">giteveryday</a>(7).</p><p>Part of the suite</p>`, "https://a.example/docs/giteveryday.html"},
		{"a form", "https://s.example/x", `<p>You will be redirected to another site.</p><form action="https://a.example/b" method="get"><input type="submit" value="Continue"></form>`, "https://a.example/b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, ok := Read([]byte(c.page), parsed(t, c.at))
			if !ok || n.Goal == nil || n.Goal.String() != c.want {
				t.Errorf("%v %v, want %s", n, ok, c.want)
			}
		})
	}
}

func TestNoticesWithoutOnePlainGoalAreTold(t *testing.T) {
	for _, c := range []struct{ name, at, page, want string }{
		{"two goals", "https://s.example/x", `<p>You are leaving s.example.</p><a href="https://a.example/">https://a.example/</a><a href="https://b.example/">https://b.example/</a>`, "2 goals, warns false"},
		{"no goal", "https://lnkd.in/x", `<h1>This link will take you to a page that’s not on LinkedIn</h1><a href="https://www.linkedin.com/help">Learn more</a>`, "0 goals, warns false"},
		{"another scheme", "https://s.example/x", `<p>You are leaving s.example.</p><a href="javascript:alert(1)">Continue</a>`, "0 goals, warns false"},
		{"a verdict", "https://bit.ly/x", `<title>Warning! | There might be a problem with the requested link</title><p>STOP - there might be a problem with the requested link. The link you requested has been identified by Bitly as being potentially problematic.</p><a href="https://a.example/b">https://a.example/b</a>`, "1 goals, warns true"},
		{"Outlook's verdict", "https://eur01.safelinks.protection.outlook.com/", `<title>This link is redirected</title><h1>You are about to visit a page that is not safe</h1><p>This website has been classified as malicious.</p><a href="https://a.example/b">https://a.example/b</a>`, "1 goals, warns true"},
	} {
		n, ok := Read([]byte(c.page), parsed(t, c.at))
		if got := fmt.Sprintf("%d goals, warns %v", n.Goals, n.Warns); !ok || n.Goal != nil || got != c.want {
			t.Errorf("%s: %v %v %s, want %s", c.name, ok, n.Goal, got, c.want)
		}
	}
}

func TestShortPagesAreNoNotices(t *testing.T) {
	for name, page := range map[string]string{
		"a page that is not there":   `<title>Oops</title><p>This page has moved or does not exist.</p><a href="https://help.example/">Help centre</a>`,
		"a page that was deleted":    `<title>Page not found</title><p>The page has moved or been deleted.</p><a href="https://start.example/">Start</a>`,
		"a question about cookies":   `<title>News</title><p>We use cookies. Do you want to continue?</p><a href="https://privacy.example">Privacy</a><button>Continue</button>`,
		"a page to sign in at":       `<title>Sign in</title><p>Continue to Example</p><a href="https://sso.example/auth?x=1">Continue with SSO</a>`,
		"an article on redirecting":  `<title>Redirecting HTTP to HTTPS in Go</title><p>In short: use a handler.</p><a href="https://go.dev/x">The handler</a>`,
		"a card":                     `<h1>Ann Example</h1><p>Engineer. <a href="https://github.com/ann">GitHub</a></p>`,
		"a project":                  `<title>tinyq</title><h1>tinyq</h1><p>A small queue for Go. <a href="https://github.com/a/tinyq">Source on GitHub</a>.</p>`,
		"a project by its address":   `<h1>tinyq</h1><p>Get it at <a href="https://github.com/a/tinyq">https://github.com/a/tinyq</a></p>`,
		"a farewell":                 `<title>Leaving Acme</title><p>After nine years I am leaving Acme. I wrote about it at <a href="https://blog.example/bye">https://blog.example/bye</a>.</p>`,
		"a help text":                `<h1>Exports</h1><p>When you want to open a file, use <a href="https://office.example">https://office.example</a></p><p>` + strings.Repeat("Choose the format and press the button. ", 30) + `</p>`,
		"directions":                 `<p>If you want to visit us, the way is at <a href="https://maps.example/x">https://maps.example/x</a>. You are visiting Berlin? We are sending you a map.</p>`,
		"a tour":                     `<h1>The Alps</h1><p>A tour taking you to the Alps. Book at <a href="https://tours.example">https://tours.example</a></p>`,
		"a wiki stub":                `<h1>Go</h1><p>Go is a language.</p><h2>External links</h2><ul><li><a href="https://go.dev">Official site</a></li></ul>`,
		"a stub with an address":     `<h1>Go</h1><p>Go is a language.</p><h2>External links</h2><ul><li><a href="https://go.dev">https://go.dev</a></li></ul>`,
		"a note on redirects":        `<title>HTTP redirection</title><p>A server answers 301 with Location. See <a href="https://developer.mozilla.org/x">developer.mozilla.org</a>.</p>`,
		"a question on redirects":    `<title>How are users redirected?</title><p>My page does redirecting wrong. Docs: <a href="https://nginx.org/x">https://nginx.org/x</a></p>`,
		"a release":                  `<h1>v4.2.0</h1><p>Fixes a crash. <a href="https://ci.example/run/1">Build</a></p>`,
		"a status page":              `<h1>All systems operational</h1><a href="https://provider.example">Powered by Provider</a>`,
		"a poem":                     `<p>Roses are red.</p>`,
		"an empty page":              ``,
		"an application":             `<div id="root"></div><script src="/app.js"></script><script>if(!window.Promise){location.href="/old-browser"}</script>`,
		"a page with a click":        `<p>Hello</p><script>document.getElementById("b").addEventListener("click", function(){ location.href="https://a.example" })</script>`,
		"a page with two ways":       `<p>Hello</p><script>window.location="https://a.example/1"; window.location="https://a.example/2"</script>`,
		"a page that builds its way": `<p>Hello</p><script>location.href = "https://a.example/?from=" + document.referrer</script>`,
		"a page that reads its way":  `<p>Hello</p><script>var here = location.href; track(location.href == "https://a.example");</script>`,
		"a reload":                   `<p>Hello</p><script>location.href = "https://s.example/x"</script>`,
		"a big script":               `<p>Hi</p><script>` + strings.Repeat("var a=1;\n", 1000) + `location.href="https://a.example"</script>`,
		"data":                       `<p>Hi</p><script type="application/json">{"x":"location.href='https://a.example'"}</script>`,
		"an app's link":              `<p>Open in the app</p><script>window.location="myapp://x"</script>`,
		"menus":                      `<p>You are leaving the beta.</p>` + strings.Repeat(`<a href="https://a.example/x">Continue</a>`, 20),
		"an article":                 `<article><h1>You are leaving money on the table</h1><p>Continue to <a href="https://a.example">a.example</a></p></article>`,
		"a long text":                `<p>You are leaving.</p><p>` + strings.Repeat("many words ", 200) + `</p><a href="https://a.example">Continue</a>`,
		"a feature in Chinese":       `<p>本文介绍如何给外部链接加图标。<a href="https://a.example">示例</a></p>`,
	} {
		if n, ok := Read([]byte(page), parsed(t, "https://s.example/x")); ok {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestTheSiteAndItsFamilyAreNoGoals(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"lnkd.in", "www.linkedin.com"}:                                true,
		{"l.facebook.com", "m.facebook.com"}:                           true,
		{"a.example", "www.a.example"}:                                 true,
		{"docs.a.example", "a.example"}:                                true,
		{"a.example", "b.example"}:                                     false,
		{"eur01.safelinks.protection.outlook.com", "go.microsoft.com"}: true,
		{"nota.example", "a.example"}:                                  false,
	} {
		if got := sameSite(&url.URL{Host: pair[0]}, &url.URL{Host: pair[1]}); got != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(linkedIn), "https://lnkd.in/x")
	f.Add([]byte(`<script>location="https:\/\/a\x2eexample\u0026"</script>`), "https://t.co/x")
	f.Fuzz(func(t *testing.T, body []byte, raw string) {
		at, err := url.Parse(raw)
		if err != nil {
			return
		}
		if n, ok := Read(body, at); ok && n.Goal != nil && (n.Goal.Scheme != "http" && n.Goal.Scheme != "https" || n.Goal.Hostname() == "") {
			t.Errorf("leads to %s", n.Goal)
		}
	})
}

func parsed(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
