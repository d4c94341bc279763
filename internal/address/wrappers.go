package address

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// wrappers are the redirectors whose host is known, by the host without www. A key with a dot
// in front holds for the host and those below it.
var wrappers = map[string][]wrapper{
	// Search engines.
	"news.google.com": {
		{path: "/rss/articles/*", read: googleNews},
		{path: "/articles/*", read: googleNews},
		{path: "/read/*", read: googleNews},
	},
	"notifications.google.com": {{params: "url"}},
	"bing.com": {
		{path: "/ck/a", read: bing},
		{path: "/aclick", read: bing},
		{path: "/alink/link", params: "url"},
		{path: "/news/apiclick.aspx", params: "url"},
	},
	"duckduckgo.com":        {{path: "/l", params: "uddg"}},
	"html.duckduckgo.com":   {{path: "/l", params: "uddg"}},
	"lite.duckduckgo.com":   {{path: "/l", params: "uddg"}},
	".search.yahoo.com":     {{read: yahoo}},
	".search.yahoo.co.jp":   {{read: yahoo}},
	"sba.yandex.net":        {{path: "/redirect", params: "url"}, {path: "/safety", params: "url"}},
	"clck.yandex.ru":        {{read: afterStar}},
	".doubleclick.net":      {{params: "adurl"}},
	".googleadservices.com": {{params: "adurl"}},

	"search.app":                {{params: "link"}},
	".page.link":                {{params: "link"}},
	".app.goo.gl":               {{params: "link"}},
	"consent.google.com":        {{params: "continue"}},
	"consent.youtube.com":       {{params: "continue"}},
	"clickserve.dartsearch.net": {{path: "/link/click", params: "ds_dest_url"}},

	// Social media.
	"l.workplace.com": {{path: "/l.php", params: "u"}},
	"tiktok.com":      {{path: "/link/v2", params: "target"}},
	"ok.ru":           {{path: "/dk", params: "st.link st.rfn"}},
	".facebook.com": {
		{path: "/l.php", params: "u"},
		{path: "/flx/warn", params: "u"},
		{path: "/sharer/sharer.php", params: "u"},
		{path: "/sharer.php", params: "u"},
	},
	"l.messenger.com": {{params: "u"}},
	"l.instagram.com": {{params: "u"}},
	"l.threads.net":   {{params: "u"}},
	"l.threads.com":   {{params: "u"}},
	"l.wl.co":         {{path: "/l", params: "u"}},
	"linkedin.com": {
		{path: "/redir/redirect", params: "url"},
		{path: "/safety/go", params: "url"},
		{path: "/redir/general-malware-page", params: "url"},
		{path: "/redir/suspicious-page", params: "url"},
		{path: "/sharing/share-offsite", params: "url"},
		{path: "/shareArticle", params: "url"},
	},
	"t.umblr.com":          {{path: "/redirect", params: "z"}},
	"href.li":              {{read: rawQuery}},
	"out.reddit.com":       {{params: "url"}},
	"click.redditmail.com": {{params: "url"}, {read: pathGoal}},
	"youtube.com":          {{path: "/redirect", params: "q"}},
	"m.youtube.com":        {{path: "/redirect", params: "q"}},
	"vk.com":               {{path: "/away.php", params: "to"}},
	"m.vk.com":             {{path: "/away.php", params: "to"}},
	"vk.ru":                {{path: "/away.php", params: "to"}},
	"away.vk.com":          {{path: "/away.php", params: "to"}},
	"away.vk.ru":           {{path: "/away.php", params: "to"}},
	"steamcommunity.com":   {{path: "/linkfilter", params: "url u"}},
	"slack-redir.net":      {{path: "/link", params: "url"}},
	"exit.sc":              {{params: "url"}},
	"gate.sc":              {{params: "url"}},
	"disq.us":              {{path: "/url", read: disqus}},
	"medium.com":           {{path: "/r", params: "url"}, {path: "/m/*", params: "redirectUrl"}},
	"t.me":                 {{path: "/iv", params: "url"}, {path: "/share/url", params: "url"}},
	"go.bsky.app":          {{path: "/redirect", params: "u"}},
	"twitter.com":          {{path: "/intent/tweet", params: "url"}, {path: "/share", params: "url"}, {path: "/i/redirect", params: "url"}},
	"x.com": {
		{path: "/intent/post", params: "url"},
		{path: "/intent/tweet", params: "url"},
		{path: "/share", params: "url"},
	},
	"getpocket.com":            {{path: "/redirect", params: "url"}, {path: "/save", params: "url"}},
	"pixiv.net":                {{path: "/jump.php", params: "url"}, {path: "/jump.php", read: rawQuery}},
	"deviantart.com":           {{path: "/users/outgoing", read: rawQuery}},
	"curseforge.com":           {{path: "/linkout", params: "remoteUrl"}},
	"anonym.to":                {{read: rawQuery}},
	"nullrefer.com":            {{read: rawQuery}},
	"jump.5ch.net":             {{read: rawQuery}},
	"outgoing.prod.mozaws.net": {{path: "/v1/*", read: restOfPath}},
	"prod.outgoing.prod.webservices.mozgcp.net": {{path: "/v1/*", read: restOfPath}},
	"redirect.viglink.com":                      {{params: "u"}},
	"go.redirectingat.com":                      {{params: "url"}},
	"go.skimresources.com":                      {{params: "url"}},
	"awin1.com":                                 {{params: "ued p"}},
	"click.linksynergy.com":                     {{params: "murl RD_PARM1"}},
	"awstrack.me":                               {{path: "/L0/*", read: pathGoal}},
	".awstrack.me":                              {{path: "/L0/*", read: pathGoal}},

	// Tools for teams and games.
	"figma.com":              {{path: "/exit", params: "url"}},
	"canva.com":              {{path: "/link", params: "target"}},
	"redirect.epicgames.com": {{params: "redirectTo"}},
	"cc.naver.com":           {{params: "u"}},
	"cc.loginfra.com":        {{params: "u"}},

	// China, where sites do not send readers out without a page in between.
	"link.zhihu.com":    {{params: "target"}},
	"link.juejin.cn":    {{params: "target"}},
	"link.juejin.im":    {{params: "target"}},
	"link.csdn.net":     {{params: "target"}},
	"link.uisdc.com":    {{params: "redirect"}},
	"links.jianshu.com": {{path: "/go", params: "to"}},
	"jianshu.com":       {{path: "/go-wild", params: "url"}},
	"gitee.com":         {{path: "/link", params: "target"}},
	"oschina.net":       {{path: "/action/GoToLink", params: "url"}},
	"sspai.com":         {{path: "/link", params: "target"}},
	"douban.com":        {{path: "/link2", params: "url"}},
	"weibo.cn":          {{path: "/sinaurl", params: "u"}},
	"leetcode.cn":       {{path: "/link", params: "target"}},
	"infoq.cn":          {{path: "/link", params: "target"}},
	"xie.infoq.cn":      {{path: "/link", params: "target"}},
	"yuque.com":         {{path: "/r/goto", params: "url"}},
	"cloud.tencent.com": {{path: "/developer/tools/blog-entry", params: "target"}},
	"docs.qq.com":       {{path: "/scenario/link.html", params: "url"}},
	"c.pc.qq.com": {
		{path: "/middlem.html", params: "pfurl"},
		{path: "/middleb.html", params: "pfurl"},
		{path: "/pc.html", params: "url pfurl"},
	},
	"game.bilibili.com": {{path: "/linkfilter", params: "url"}},
	"afdian.com":        {{path: "/link", params: "target"}},
	"kdocs.cn":          {{path: "/office/link", params: "target"}},

	// Mail filters.
	".safelinks.protection.outlook.com":        {{params: "url"}},
	".safelinks.protection.office365.us":       {{params: "url"}},
	".safelinks.protection.partner.outlook.cn": {{params: "url"}},
	"statics.teams.cdn.office.net":             {{params: "url"}},
	"statics.teams.microsoft.com":              {{params: "url"}},
	".safelink.emails.azure.net":               {{path: "/redirect", params: "destination"}},
	"urldefense.com": {
		{path: "/v1/url", params: "u"},
		{path: "/v2/url", read: urldefense2},
		{path: "/v3/*", read: urldefense3},
	},
	"urldefense.us": {
		{path: "/v1/url", params: "u"},
		{path: "/v2/url", read: urldefense2},
		{path: "/v3/*", read: urldefense3},
	},
	"urldefense.proofpoint.com": {
		{path: "/v1/url", params: "u"},
		{path: "/v2/url", read: urldefense2},
		{path: "/v3/*", read: urldefense3},
	},
	"linkprotect.cudasvc.com":        {{path: "/url", params: "a"}},
	"secure-web.cisco.com":           {{read: restOfPath}},
	"clicktime.symantec.com":         {{params: "u"}},
	"clicktime.cloud.postoffice.net": {{params: "u"}},
	".trendmicro.com":                {{path: "/wis/clicktime/*", params: "url"}},
	"link.edgepilot.com":             {{params: "u"}},
	".urlsand.com":                   {{params: "u"}},
	"urlsand.esvalabs.com":           {{params: "u"}},
	".protection.sophos.com":         {{read: sophos}},
	".fireeye.com":                   {{path: "/v1/url", params: "u"}, {path: "/url", params: "u"}},
	".avanan.click":                  {{read: underscores}},
	"protect.checkpoint.com":         {{read: underscores}},
	"deref-gmx.net":                  {{params: "redirectUrl"}},
	"deref-gmx.com":                  {{params: "redirectUrl"}},
	"deref-web.de":                   {{params: "redirectUrl"}},
	"deref-web-02.de":                {{params: "redirectUrl"}},
	"deref-mail.com":                 {{params: "redirectUrl"}},
	"deref-1und1.de":                 {{params: "redirectUrl"}},

	// Caches of AMP pages, whose path holds the address.
	".cdn.ampproject.org": {{read: ampCache}},
	".bing-amp.com":       {{read: ampCache}},
	".turbopages.org":     {{read: turbo}},
}

// siteWrapper holds for all hosts that match.
type siteWrapper struct {
	host *lazyregexp.Regexp
	all  []wrapper
}

// siteWrappers are those of companies with a domain in each country.
var siteWrappers = []siteWrapper{
	// google.com, google.de, google.co.uk, google.com.br, with plus.url. and the like in front.
	{lazyregexp.New(`^(?:[a-z0-9-]+\.)*google\.(?:com|cat|[a-z]{2}|com?\.[a-z]{2})$`), []wrapper{
		{path: "/url", params: "q url"},
		{path: "/imgres", params: "imgrefurl"},
		{path: "/interstitial", params: "url"},
		{path: "/aclk", params: "adurl"},
		{path: "/pagead/aclk", params: "adurl"},
	}},
	{lazyregexp.New(`^google\.(?:com|cat|[a-z]{2}|com?\.[a-z]{2})$`), []wrapper{{path: "/amp/*", read: googleAMP}}},
	{lazyregexp.New(`^(?:[a-z0-9-]+\.)*yandex\.(?:[a-z]{2,3}|com\.[a-z]{2})$`), []wrapper{
		{path: "/turbo", params: "text"},
		{path: "/turbo/*", read: turbo},
		{path: "/safety", params: "url"},
		{path: "/redir/*", read: afterStar},
		{path: "/clck/*", read: afterStar},
	}},
	{lazyregexp.New(`^(?:[a-z]{2}\.)?pinterest\.(?:com|[a-z]{2}|com?\.[a-z]{2})$`), []wrapper{{path: "/offsite", params: "url"}}},
	// What may run on any host: Exchange's mail in a browser, and the forum Discourse.
	{lazyregexp.New(``), []wrapper{{path: "/owa/redir.aspx", params: "URL"}, {path: "/clicks/track", params: "url"}}},
	{lazyregexp.New(`^rover\.ebay\.(?:com|[a-z]{2}|com?\.[a-z]{2})$`), []wrapper{{params: "mpre"}}},
}

// yahoo is behind RU= in the path: /_ylt=…/RU=https%3a%2f%2fa.example%2f/RK=2/RS=….
func yahoo(u *url.URL) string {
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if goal, ok := strings.CutPrefix(part, "RU="); ok {
			return unescape(goal)
		}
	}
	return ""
}

// bing has base64 in the parameter u, behind a1 in newer addresses.
func bing(u *url.URL) string {
	v := param(u, "u")
	if rest, ok := strings.CutPrefix(v, "a1"); ok {
		return base64Of(rest)
	}
	return base64Of(v)
}

// sophos has base64 in the parameter u.
func sophos(u *url.URL) string { return base64Of(param(u, "u")) }

// googleNews has base64 of a protocol buffer in the path, in which older links hold the address
// as field 4: the bytes 08 13 22, its length in one or two bytes, and the address. Newer ones
// hold a key that only Google can resolve.
func googleNews(u *url.URL) string {
	p := u.EscapedPath()
	raw := base64Of(p[strings.LastIndexByte(p, '/')+1:])
	rest, ok := strings.CutPrefix(raw, "\x08\x13\x22")
	if !ok || len(rest) < 2 {
		return ""
	}
	n, rest := int(rest[0]), rest[1:]
	if n >= 0x80 {
		n, rest = n&0x7f|int(rest[0])<<7, rest[1:]
	}
	if n > len(rest) {
		return ""
	}
	return rest[:n]
}

// disqus is an address and, behind a colon, a signature.
func disqus(u *url.URL) string {
	v := param(u, "url")
	if i := strings.LastIndexByte(v, ':'); i > len("https:") {
		return v[:i]
	}
	return v
}

// afterStar is an address at the end of the path, behind a star.
func afterStar(u *url.URL) string {
	_, goal, _ := strings.Cut(u.EscapedPath(), "*")
	return withQuery(goal, u)
}

// withQuery adds the query of the whole address to a goal that stands in its path. An escaped
// goal has its own query escaped as well.
func withQuery(goal string, u *url.URL) string {
	if goal == "" || opaque.MatchString(goal) || u.RawQuery == "" {
		return goal
	}
	return goal + "?" + u.RawQuery
}

// pathGoal is an escaped address that is one part of the path, as in
// /L0/https:%2F%2Fa.example%2Fb/1/0100….
func pathGoal(u *url.URL) string {
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if goal := unescape(part); strings.HasPrefix(goal, "https://") || strings.HasPrefix(goal, "http://") {
			return goal
		}
	}
	return ""
}

// underscores is an address between three underscores, as in /v2/___https://a.example/b___.c3….
func underscores(u *url.URL) string {
	_, rest, ok := strings.Cut(withQuery(u.EscapedPath(), u), "___")
	goal, _, end := strings.Cut(rest, "___")
	if !ok || !end {
		return ""
	}
	return goal
}

// googleAMP is the page behind Google's viewer: /amp/s/a.example/b is https://a.example/b, and
// without /s/ it is http.
func googleAMP(u *url.URL) string {
	return withoutScheme(u, strings.TrimPrefix(u.EscapedPath(), "/amp/"))
}

// ampCachePath matches the path of an AMP cache, /c/s/a.example/b: what is cached (c content, v
// a viewer, wp a web package) and s for https
// (developers.google.com/amp/cache/overview#amp-cache-url-format).
var ampCachePath = lazyregexp.New(`^/(?:c|v|wp|a)/(.*)$`)

// ampCache is the page that a cache of AMP pages holds.
func ampCache(u *url.URL) string {
	m := ampCachePath.FindStringSubmatch(u.EscapedPath())
	if m == nil {
		return ""
	}
	return withoutScheme(u, m[1])
}

// turbo is the page behind Yandex's cache: /a.example/s/b or /turbo/a.example/s/b.
func turbo(u *url.URL) string {
	p := strings.TrimPrefix(strings.TrimPrefix(u.EscapedPath(), "/turbo"), "/")
	host, rest, ok := strings.Cut(p, "/s/")
	if !ok || !strings.Contains(host, ".") || strings.Contains(host, "/") {
		return ""
	}
	return withoutScheme(u, "s/"+host+"/"+rest)
}

// ampOnly are parameters of a cache or viewer rather than of the page.
var ampOnly = []string{"amp_js_v", "amp_gsa", "usqp", "amp_r", "aoh", "csi", "referrer", "amp_tf", "share", "trbsrc", "parent-reqid"}

// withoutScheme is an address of which a cache keeps s/ for https, or nothing for http, and the
// rest. A path that is no host and path gives "".
func withoutScheme(u *url.URL, rest string) string {
	scheme := "http://"
	if r, ok := strings.CutPrefix(rest, "s/"); ok {
		scheme, rest = "https://", r
	}
	host, _, _ := strings.Cut(rest, "/")
	if !strings.Contains(host, ".") {
		return ""
	}
	var keep []string
parts:
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		for _, own := range ampOnly {
			if name == own {
				continue parts
			}
		}
		if part != "" {
			keep = append(keep, part)
		}
	}
	if len(keep) > 0 {
		rest += "?" + strings.Join(keep, "&")
	}
	return scheme + rest
}
