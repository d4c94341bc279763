package address_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/address"
)

func TestBarePercentSignsAreEscaped(t *testing.T) {
	for raw, want := range map[string]string{
		"https://a.example/100%":                "https://a.example/100%25",
		"https://a.example/100%25":              "https://a.example/100%25",
		"https://a.example/50%-off/%C3%A4%zz":   "https://a.example/50%25-off/%C3%A4%25zz",
		"https://a.example/100%?q=5%&r=%z#a%b?": "https://a.example/100%25?q=5%&r=%z#a%25b?",
		"https://a.example/%":                   "https://a.example/%25",
		"https://a.example/%4":                  "https://a.example/%254",
		"https://a.example#100%":                "https://a.example#100%25",
		"https://a.example?100%":                "https://a.example?100%",
		"https://a.example/b":                   "https://a.example/b",
		"http://[fe80::1%25en0]/":               "http://[fe80::1%25en0]/",
		"http://a%b.example/":                   "http://a%b.example/",
		"%":                                     "%",
		"":                                      "",
	} {
		if got := address.Mend(raw); got != want {
			t.Errorf("%s → %s, want %s", raw, got, want)
		}
	}
}

func unwrapped(t testing.TB, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if goal := address.Unwrap(u); goal != nil {
		return goal.String()
	}
	return ""
}

func TestRedirectorsSayWhereTheyLead(t *testing.T) {
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	const goal, esc = "https://a.example/b?c=d&e=f#g", "https%3A%2F%2Fa.example%2Fb%3Fc%3Dd%26e%3Df%23g"
	for _, c := range []struct{ wrapped, want string }{
		// Search engines, in all countries.
		{"https://www.google.com/url?q=" + esc + "&sa=D&source=docs", goal},
		{"https://www.google.com/url?sa=t&rct=j&url=" + esc + "&usg=x", goal},
		{"https://www.google.de/url?q=" + esc, goal},
		{"https://www.google.co.uk/url?q=" + esc, goal},
		{"https://google.com.br/url?q=" + esc, goal},
		{"https://plus.url.google.com/url?q=" + esc, goal},
		{"https://www.google.com/url?q=/search%3Fq%3Dx", ""},
		{"https://www.google.com/search?q=" + esc, ""},
		{"https://www.google.fr/imgres?imgurl=https%3A%2F%2Fi.example%2Fx.png&imgrefurl=" + esc, goal},
		{"https://google.evil.example/url?q=" + esc, ""},
		{"https://notgoogle.com/url?q=" + esc, ""},
		{"https://news.google.com/rss/articles/" + b64("\x08\x13\x22\x13https://a.example/b\xd2\x01\x00") + "?oc=5", "https://a.example/b"},
		{"https://news.google.com/articles/" + b64("\x08\x13\x22\xc8\x01https://a.example/"+strings.Repeat("x", 182)), "https://a.example/" + strings.Repeat("x", 182)},
		{"https://news.google.com/rss/articles/" + b64("\x08\x13\x22\x96\x01AU_yqLNkeyonlygooglecanresolve"), ""},
		{"https://www.bing.com/ck/a?!&&p=1&u=a1" + b64(goal) + "&ntb=1", goal},
		{"https://duckduckgo.com/l/?uddg=" + esc + "&rut=1", goal},
		{"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fa.example%2fb/RK=2/RS=x-", "https://a.example/b"},
		{"https://www.baidu.com/link?url=K7aXnopaque", ""},
		{"https://googleads.g.doubleclick.net/pcs/click?xai=1&adurl=" + esc, goal},

		// Social media.
		{"https://l.facebook.com/l.php?u=" + esc + "&h=AT0", goal},
		{"https://lm.facebook.com/l.php?u=" + esc, goal},
		{"https://www.facebook.com/flx/warn/?u=" + esc, goal},
		{"https://l.instagram.com/?u=" + esc + "&e=AT0", goal},
		{"https://l.messenger.com/l.php?u=" + esc, goal},
		{"https://l.threads.net/?u=" + esc, goal},
		{"https://www.linkedin.com/redir/redirect?url=" + esc + "&urlhash=1", goal},
		{"https://www.linkedin.com/safety/go?url=" + esc + "&trk=x", goal},
		{"https://www.linkedin.com/posts/x", ""},
		{"https://t.umblr.com/redirect?z=" + esc + "&t=1", goal},
		{"https://href.li/?https://a.example/b?c=d&e=f#g", goal},
		{"https://out.reddit.com/t3_x?url=" + esc + "&token=1", goal},
		{"https://www.youtube.com/redirect?event=video_description&q=" + esc, goal},
		{"https://www.youtube.com/watch?v=x&q=" + esc, ""},
		{"https://vk.com/away.php?to=" + esc + "&cc_key=", goal},
		{"https://steamcommunity.com/linkfilter/?url=" + esc, goal},
		{"https://steamcommunity.com/linkfilter/?u=" + esc, goal},
		{"https://slack-redir.net/link?url=" + esc, goal},
		{"https://exit.sc/?url=" + esc, goal},
		{"https://disq.us/url?url=https%3A%2F%2Fa.example%2Fb%3AKJhgDf6&cuid=1", "https://a.example/b"},
		{"https://medium.com/r/?url=" + esc, goal},
		{"https://go.bsky.app/redirect?u=" + esc, goal},
		{"https://t.me/iv?url=" + esc + "&rhash=1", goal},
		{"https://www.curseforge.com/linkout?remoteUrl=https%253a%252f%252fa.example%252fb", "https://a.example/b"},
		{"https://link.zhihu.com/?target=https%3A//a.example/b", "https://a.example/b"},
		{"https://link.juejin.cn?target=" + esc, goal},
		{"https://gitee.com/link?target=" + esc, goal},
		{"https://gitee.com/owner/link?target=" + esc, ""},
		{"https://prod.outgoing.prod.webservices.mozgcp.net/v1/0f/https%3A//a.example/b", "https://a.example/b"},

		{"https://search.app/?link=" + esc + "&utm_source=x", goal},
		{"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3Dx&gl=DE", "https://www.youtube.com/watch?v=x"},
		{"https://medium.com/m/global-identity-2?redirectUrl=" + esc, goal},
		{"https://medium.com/@m/x-1?redirectUrl=" + esc, ""},
		{"https://twitter.com/i/redirect?url=" + esc, goal},
		{"https://www.figma.com/exit?url=" + esc, goal},
		{"https://www.pinterest.de/offsite/?token=1&url=" + esc, goal},
		{"https://mail.company.example/owa/redir.aspx?C=1&URL=" + esc, goal},
		{"https://forum.example/clicks/track?url=" + esc + "&post_id=1", goal},

		// Mail filters.
		{"https://eur01.safelinks.protection.outlook.com/?url=" + esc + "&data=05%7C01&sdata=x%3D&reserved=0", goal},
		{"https://nam12.safelinks.protection.outlook.com/ap/w-59584e83/?url=" + esc, goal},
		{"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=" + esc + "&locale=en", goal},
		{"https://nam.safelink.emails.azure.net/redirect/?destination=" + esc + "&p=bT", goal},
		{"https://urldefense.proofpoint.com/v1/url?u=" + esc + "&k=x", goal},
		{"https://urldefense.proofpoint.com/v2/url?u=https-3A__a.example_b-3Fc-3Dd-26e-3Df&d=DwMFaQ&c=x&r=y", "https://a.example/b?c=d&e=f"},
		{"https://urldefense.com/v3/__https://a.example/b__;!!N11eV2iwtfs!x$", "https://a.example/b"},
		{"https://urldefense.com/v3/__https://a.example/b?c=d*e__;Iw!!N11eV2iwtfs!x$", "https://a.example/b?c=d#e"},
		{"https://urldefense.us/v3/__https:/a.example/b__;!!N1!x$", "https://a.example/b"},
		{"https://urldefense.com/v3/__https://a.example/**Bx__;w6TDtsO8!!N1!x$", "https://a.example/%C3%A4%C3%B6%C3%BCx"},
		{"https://linkprotect.cudasvc.com/url?a=" + esc + "&c=E,1", goal},
		{"https://secure-web.cisco.com/1ab-C_d/https%3A%2F%2Fa.example%2Fb%3Fc%3Dd", "https://a.example/b?c=d"},
		{"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url=" + esc + "&umid=1", goal},
		{"https://eu-west-1.protection.sophos.com/?d=a.example&u=" + b64(goal) + "&i=1", goal},
		{"https://protect2.fireeye.com/v1/url?k=1&q=1&e=1&u=" + esc, goal},
		{"https://url.avanan.click/v2/___https://a.example/b___.YXAzOm1j", "https://a.example/b"},
		{"https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl=" + esc, goal},
		{"https://protect-us.mimecast.com/s/abc?domain=a.example", ""},

		// AMP.
		{"https://www.google.com/amp/s/a.example/b/amp", "https://a.example/b/amp"},
		{"https://www.google.co.jp/amp/a.example/b", "http://a.example/b"},
		{"https://developers.google.com/amp/cache/overview", ""},
		{"https://developers.google.com/amp/s/a.example/b", ""},
		{"https://cdn.ampproject.org/c/s/a.example/b", "https://a.example/b"},
		{"https://a-example.cdn.ampproject.org/v/s/a.example/b?amp_js_v=0.1&usqp=mq331AQ&p=2", "https://a.example/b?p=2"},
		{"https://a-example.cdn.ampproject.org/c/a.example/b", "http://a.example/b"},
		{"https://cdn.ampproject.org/v0.js", ""},
		{"https://a-example.turbopages.org/a.example/s/b", "https://a.example/b"},
		{"https://yandex.ru/turbo?text=" + esc, goal},

		// One inside the other, and what is no goal.
		{"https://l.facebook.com/l.php?u=" + url.QueryEscape("https://www.google.com/url?q="+esc), goal},
		{"https://www.google.com/url?q=javascript:alert(1)", ""},
		{"https://www.google.com/url?q=ftp://a.example/", ""},
		{"https://www.google.com/url?q=http://intranet/", ""},
		{"https://www.google.com/url?q=mailto:a@b.example", ""},
		{"https://www.google.com/url?q=www.a.example/b", "http://www.a.example/b"},
		{"https://www.google.com/url", ""},
		{"https://slack-redir.net/link?url=https://a.example/100%", "https://a.example/100%25"},
		// An archive or a reader is what was shared.
		{"https://web.archive.org/web/2020/https://a.example/b", ""},
		{"https://12ft.io/https://a.example/b", ""},
		{"https://freedium.cfd/https://medium.com/x", ""},
		{"https://translate.google.com/translate?u=" + esc, ""},
		{"https://a.example/?url=" + esc, ""},
	} {
		if got := unwrapped(t, c.wrapped); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.wrapped, got, c.want)
		}
	}
}

func TestEndlessRedirectorsEnd(t *testing.T) {
	raw := "https://a.example/"
	for range 30 {
		raw = "https://href.li/?" + raw
	}
	if got := unwrapped(t, raw); !strings.HasPrefix(got, "https://href.li/") {
		t.Error(got)
	}
}

func FuzzUnwrap(f *testing.F) {
	f.Add("https://urldefense.com/v3/__https://a.example/**Bx__;w6TDtsO8!!N1!x$")
	f.Add("https://news.google.com/rss/articles/CBMi")
	f.Add("https://a.cdn.ampproject.org/c/s/a.example/%zz?%")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(address.Mend(raw))
		if err != nil {
			return
		}
		if goal := address.Unwrap(u); goal != nil && (goal.Scheme != "http" && goal.Scheme != "https" || goal.Hostname() == "") {
			t.Errorf("%s leads to %s", raw, goal)
		}
	})
}

func ExampleUnwrap() {
	u, _ := url.Parse("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fx&data=1")
	fmt.Println(address.Unwrap(u))
	// Output: https://example.com/x
}
