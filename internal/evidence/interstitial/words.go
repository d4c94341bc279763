package interstitial

import (
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// The words of notices, in small letters. strong are sentences that say of the page that it is
// one, weak words that such pages have and others may have too: with them alone, a goal counts
// only when it is named as one.
var (
	strong = lazyregexp.New(strings.Join([]string{
		`redirect notice|redirection notice|external link notice`,
		`you(?:['’]re| are)(?: being| now being| about to be)? redirected|you will (?:now )?be (?:automatically )?redirected`,
		`redirecting you\b|redirecting to (?:https?:|\w+\.\w)|(?m:^redirecting(?: to\b.*)?\W*$)`,
		`if you are not (?:automatically )?(?:redirected|forwarded)|(?:not|n['’]t) (?:automatically )?redirected|redirected automatically`,
		`you(?:['’]re| are)(?: about to (?:leave|visit|exit)|(?: now)? (?:leaving|exiting|being sent))\b`,
		`you(?:['’]re| are)? about to (?:follow|open|access|go to|navigate|click)|` +
			`(?:sure|checking)(?: that)? you want to\b|do you want to (?:leave|visit|continue to|follow|open this)\b`,
		`leaving (?:facebook|instagram|messenger|threads|twitter|linkedin|reddit|steam|pinterest|discord|bluesky|youtube|google|slack)\b`,
		`(?:while|as) we (?:redirect|take|send|transfer|forward) you`,
		`we(?:['’]re| are) (?:redirecting you|(?:taking|sending|forwarding) you to)`,
		`link is taking you to|taking you to (?:the following|https?:|[a-z0-9-]+\.[a-z]{2})`,
		`(?:click|follow) (?:on )?the (?:link|button) below to (?:continue|proceed|visit)|` +
			`external link (?:warning|disclaimer)|warning: external link`,
		`link will take you to|sending you to|takes you to a (?:page|site)|page that(?:['’]s| is) not on\b`,
		`link (?:you (?:requested|clicked|followed)|leads to an external)|this is an external link|unable to verify it for safety`,
		`(?:document|page|object|resource|site) (?:has |has been )?moved|moved (?:permanently|temporarily)`,
		`continue to (?:the )?(?:external|destination|original|site|website|page|link|url)\b`,
		`proceed to (?:the )?(?:site|website|page|link|external)`,
		`sie verlassen|sie werden(?: jetzt| gleich| automatisch)* (?:weitergeleitet|umgeleitet)|weiterleitungshinweis|hinweis zur weiterleitung`,
		`vous quittez|vous (?:allez|êtes sur le point de) (?:quitter|être redirigé)|vous êtes redirigé|avis de redirection`,
		`est[áa]s? (?:saliendo|abandonando|siendo redirigido|a punto de (?:salir|abandonar))|ser[áa]s? redirigido|aviso de redirec`,
		`você está (?:saindo|deixando|sendo redirecionado)|você será redirecionado|aviso de redirecionamento`,
		`stai (?:per )?(?:lasciando|lasciare|abbandonando|abbandonare)|verrai reindirizzato|avviso di reindirizzamento`,
		`[uj]e? verlaat|wordt doorgestuurd|opuszczasz|zostaniesz przekierowan`,
		`вы покидаете|вы переходите|переход по (?:внешней )?ссылке|попытались перейти|вы будете перенаправлен|уведомление о переадресации`,
		`sitesinden ayrılıyorsunuz|yönlendiriliyorsunuz`,
		`即将离开|即将跳转|即将访问|正在跳转|跳转提示|外部链接提示|您正在访问外部|即將離開|即將前往|即將跳轉`,
		`外部サイトへ(?:移動|ジャンプ)|別のサイトへ移動|ページへ移動します|へジャンプします|リダイレクト(?:の警告|しています|します)|自動的に(?:移動|転送)`,
		`외부 (?:사이트|링크)로 (?:이동|연결)|페이지로 이동합니다|이동하시겠습니까|리디렉션 알림`,
	}, "|"))
	weak = lazyregexp.New(strings.Join([]string{
		`redirect(?:ing|ed|ion)|external (?:link|site|website)|continue to\b|skip(?:ping)? this page|preview of|destination url`,
		`weiterleitung|weitergeleitet|externer link|externe (?:seite|website)|lien externe|site externe|enlace externo|link externo`,
		`link esterno|externe link|перенаправл|внешн\S+ ссылк|外部链接|外部連結|外部リンク|외부 링크`,
	}, "|"))
	// goOn are the labels of links to the goal, whole.
	goOn = lazyregexp.New(`^[»›→>\s]*(?:` + strings.Join([]string{
		`(?:please )?(?:click )?(?:here|this link)|(?:continue|proceed|go to|visit|leave|yes)\b.{0,60}`,
		`go (?:on|there|anyway)|open (?:link|page|site)`,
		`follow (?:the )?link|skip(?: ad)?|next|ok|weiter\b.{0,60}|hier|zur seite|fortfahren|(?:continuer|poursuivre)\b.{0,60}|ici`,
		`continuar\b.{0,60}|aquí|aqui|ir al sitio|continua\b.{0,60}|qui|doorgaan|ga verder|przejdź\b.{0,60}|kontynuuj`,
		`перейти.{0,60}|продолжить.{0,60}|devam\b.{0,40}|继续.{0,30}|繼續.{0,30}|前往.{0,30}|点击.{0,20}`,
		`移動する|続ける|続行|進む|こちら|이동.{0,20}|계속.{0,20}`,
	}, "|") + `)[»›→<\s.!]*$`)
	// missing are the words of pages in place of one that is not there, which lead nowhere, and aside
	// the labels of links that every site has, and of those to sign in by another one.
	missing = lazyregexp.New(`\b404\b|not found|does(?: not|n['’]t) exist|no longer (?:exists?|available)|` +
		`(?:can(?:not|['’]t)|couldn['’]t) (?:be found|find)|` +
		`been (?:deleted|removed)|nicht gefunden|introuvable|no encontrada|не найдена|页面不存在|見つかりません`)
	aside = lazyregexp.New(`^(?:continue|sign in|log in|sign up) with\b|privacy|cookie|\bterms\b|imprint|impressum|` +
		`^help|home ?page|^home$|contact`)
	// harmful are verdicts, as against the caution that every notice has.
	harmful = lazyregexp.New(strings.Join([]string{
		`(?:classified|identified|flagged|reported|detected|marked|blocked|considered) as (?:being )?(?:potentially )?` +
			`(?:malicious|harmful|phishing|malware|unsafe|spam|suspicious|problematic|dangerous|deceptive)`,
		`potentially (?:malicious|problematic|harmful)|(?:known|reported) (?:phishing|malware|malicious)|phishing (?:site|page|attempt|attack)`,
		`link (?:has been|was|is) (?:blocked|disabled|banned)|has been (?:disabled|blocked) (?:for|due|because|by)`,
		`violat(?:es|ion|ed)\b.{0,40}(?:terms|policy|abuse)`,
		`вредоносн|фишинг|мошенни|целью обмана|schädlich|malveillant|恶意|危险网站|欺诈|詐欺`,
	}, "|"))
	bareAddress = lazyregexp.New(`https?://[^\s<>"'。，）]+`)
)

// families are the sites that belong to a shortener or a redirector: links to them are its help
// and its terms.
var families = map[string]string{
	"lnkd.in":            "linkedin.com licdn.com",
	"linkedin.com":       "licdn.com lnkd.in microsoft.com",
	"t.co":               "twitter.com x.com",
	"twitter.com":        "x.com t.co",
	"x.com":              "twitter.com t.co",
	"bit.ly":             "bitly.com",
	"bitly.com":          "bit.ly",
	"j.mp":               "bitly.com",
	"amzn.to":            "bitly.com amazon.com",
	"ow.ly":              "hootsuite.com",
	"buff.ly":            "buffer.com",
	"goo.gl":             "google.com firebase.com",
	"is.gd":              "v.gd",
	"v.gd":               "is.gd",
	"rebrand.ly":         "rebrandly.com",
	"cutt.ly":            "cuttly.com",
	"rb.gy":              "rebrandly.com",
	"dub.sh":             "dub.co",
	"trib.al":            "socialflow.com",
	"ift.tt":             "ifttt.com",
	"wp.me":              "wordpress.com",
	"fb.me":              "facebook.com",
	"facebook.com":       "meta.com instagram.com",
	"instagram.com":      "meta.com facebook.com",
	"threads.net":        "meta.com instagram.com",
	"vk.com":             "vk.ru vk.cc",
	"vk.cc":              "vk.com vk.ru",
	"vk.ru":              "vk.com",
	"apple.news":         "apple.com",
	"steamcommunity.com": "steampowered.com valvesoftware.com",
	"slack-redir.net":    "slack.com",
	"youtube.com":        "google.com youtu.be",
	"google.com":         "youtube.com",
	"outlook.com":        "microsoft.com office.com live.com",
	"office.net":         "microsoft.com office.com",
	"reddit.com":         "redd.it",
	"redd.it":            "reddit.com",
	"weibo.cn":           "weibo.com",
	"t.cn":               "weibo.com weibo.cn sina.com.cn",
	"urldefense.com":     "proofpoint.com",
}

// shorteners only lead on.
var shorteners = text.Set(`lnkd.in t.co apple.news bit.ly j.mp amzn.to ow.ly buff.ly goo.gl is.gd v.gd tinyurl.com rebrand.ly cutt.ly
	rb.gy t.ly tiny.cc shorturl.at dub.sh dlvr.it trib.al ift.tt fb.me vk.cc t.cn slack-redir.net`)

// shortener reports whether host has no pages of its own.
func shortener(host string) bool {
	return shorteners[strings.TrimPrefix(strings.ToLower(host), "www.")]
}

// sameSite reports whether u is of the site of at, or of its family.
func sameSite(at, u *url.URL) bool {
	from, to := strings.TrimPrefix(strings.ToLower(at.Hostname()), "www."), strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if below(from, to) || below(to, from) {
		return true
	}
	for h := from; h != ""; {
		for _, other := range strings.Fields(families[h]) {
			if below(to, other) {
				return true
			}
		}
		if families[h] != "" && below(to, h) {
			return true // l.facebook.com and m.facebook.com
		}
		_, rest, found := strings.Cut(h, ".")
		if !found {
			break
		}
		h = rest
	}
	return false
}

// below reports whether host is domain or below it.
func below(host, domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
