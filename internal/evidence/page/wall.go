package page

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Wall names what stands in place of, or before, the page that was asked for.
type Wall string

// The walls, and that there is none.
const (
	NoWall      Wall = ""
	BotCheck    Wall = "bot_check"
	Consent     Wall = "consent_wall"
	Login       Wall = "login_needed"
	NotFound    Wall = "soft_not_found"
	Paywall     Wall = "paywall"
	NeedsScript Wall = "needs_javascript"
)

// Opaque reports whether nothing on the page is about what was asked for.
func (w Wall) Opaque() bool {
	return w == BotCheck || w == Consent || w == Login || w == NotFound
}

// wallText is the number of characters above which a page has content of its own, whatever
// else it says. A wall says little, while an article may well quote what walls say.
const wallText = 1500

// botMarks stand in scripts and names of the services that check for robots.
var botMarks = []string{"cf-browser-verification", "challenge-platform", "cf_chl_", "cf-chl-", "cdn-cgi/l/chk", "cf-error-details",
	"_incapsula_resource", "incapsula incident", "px-captcha", "perimeterx", "captcha-delivery.com", "datadome", "distil_r_captcha",
	"g-recaptcha", "recaptcha/api", "h-captcha", "hcaptcha.com", "awswaf", "/_sec/cp_challenge", "kpsdk", "ddos-guard", "turnstile"}

// botMark reports whether a script or name belongs to a service that checks for
// robots.
func botMark(s string) bool {
	s = strings.ToLower(s)
	for _, m := range botMarks {
		if strings.Contains(s, m) {
			return true
		}
	}
	return false
}

var (
	// Titles are matched from their beginning, as walls say at once what they are: botTitle
	// "Just a moment...", botText "Checking your browser before accessing".
	botTitle = lazyregexp.New(`(?i)^\W*(just a moment|attention required|access denied|access to this page has been denied|` +
		`are you (a )?(robot|human)|robot check|bot (check|verification)|security (check|verification)|pardon our interruption|` +
		`ddos-guard|please verify|verif(y|ying) (that )?you are (a )?human|human verification|one (more )?(moment|step)|` +
		`checking your browser|unsupported browser|browser not supported|request (unsuccessful|blocked|rejected)|` +
		`you have been blocked|error 10\d\d|blocked|captcha|sorry[.!…]*$|too many requests|forbidden( url)?$)`)
	botText = lazyregexp.New(`(?i)(checking (if the site connection is secure|your browser before)|` +
		`verify(ing)? (that )?you are (not a robot|(a )?human)|unusual traffic from your|our systems have detected|` +
		`complete the (captcha|security check)|enable (javascript and )?cookies to continue|ray id|incident id|` +
		`this website is using a security service|you don'?t have permission to access|` +
		`browser (is|you are using is) (not|no longer) supported|` +
		`too many requests|large volume of requests|gran número de solicitudes|grand nombre de (demandes|requêtes)|` +
		`automated (access|requests|queries))`)

	// notFoundTitle matches "404", "Page not found" and "Oops! This page could not be found".
	notFoundTitle = lazyregexp.New(`(?i)^\W*(error\W+)?(404|410)\W*($|[-–—|:·]|error|not found|page|file|seite|oops|sorry|ops)|` +
		`^\W*((oops|sorry|ops|uh[- ]oh|whoops)\W+)?((this |the |that |your )?(requested )?` +
		`(page|site|content|article|story|document|url|file|resource|video|post|product|item|repository|link)` +
		`( you (requested|are looking for|were looking for|tried to reach))? ` +
		`(was |is |could |can ?|cannot |does |has |isn.?t |wasn.?t |doesn.?t )*(not |been |be |no longer )*` +
		`(found|exist|available|removed|deleted|moved)|` +
		`not found|nothing (was )?found( here)?|` +
		`page (inconnue|introuvable|non trouvée)|seite (wurde )?nicht gefunden|página no encontrada|página não encontrada|` +
		`pagina non trovata|pagina niet gevonden|страница не найдена|(nie znaleziono strony)|ページが見つかりません|页面不存在|找不到(網頁|页面))`)
	notFoundText = lazyregexp.New(`(?i)\b(` +
		`page (you|that you).{0,40}(looking for|requested).{0,60}(exist|found|moved|removed|available)|` +
		`(page|article|content|video) (not found|no longer (exists|available))|` +
		`404 (error|not found)|` +
		`(can.?t|couldn.?t|could not|cannot|unable to) (seem to )?find (the|that|this|your|what|a) ?(page|you)|` +
		`has been (removed|deleted) or|seite.{0,40}nicht gefunden|n.existe (pas|plus))`)

	// loginPath matches /login, /users/sign_in and /oauth2/authorize; consentHost
	// consent.youtube.com and guce.yahoo.com.
	loginTitle = lazyregexp.New(`(?i)^\W*(log ?in|sign ?in|sign up|log on|login required|please (log|sign) in|anmelden|` +
		`anmeldung|einloggen|se connecter|connexion|identifiez-vous|iniciar sesión|inicia sesión|acceder|accede a|entrar|accedi|` +
		`inloggen|zaloguj|войти|вход|登录|ログイン|로그인|authentication required|sign in to your account|account login|register)\b`)
	loginText = lazyregexp.New(`(?i)(you (need|have|must) (to )?(be )?(log|sign)(ged|ned)?[ -]?in|` +
		`(please )?(log|sign) ?in to (continue|view|see|access|your account|use)|debes iniciar sesión|inicia sesión para|` +
		`melden sie sich an|bitte (melde|loggen)|connectez-vous pour|vous devez (être connecté|vous connecter)|accedi per|` +
		`faça login para|войдите, чтобы)`)
	loginPath = lazyregexp.New(`(?i)(^|/)(login|log-in|signin|sign-in|sign_in|signup|sso|saml2?|oauth2?|auth|authenticate|` +
		`servicelogin|accounts?/login|users/sign_in|wp-login\.php|uas/login|checkpoint)(/|\.|$)`)
	consentHost = lazyregexp.New(`(?i)^(consent|guce|cmp|privacy-mgmt|myprivacy|choices)\.`)
	consentText = lazyregexp.New(`(?i)(before you continue|avant d.accéder|bevor sie .{0,30}(fortfahren|weitergehen)|` +
		`avant de continuer|antes de continuar|antes de ir a|prima di continuare|voordat je verdergaat|we value your privacy|` +
		`your privacy choices|we and our partners|we care about your privacy|accept all (cookies)?|alle akzeptieren|aceptar todo|` +
		`tout accepter|usa cookies|use cookies and)`)

	paywallText = lazyregexp.New(`(?i)(subscribe (now )?to (continue|keep|read)|` +
		`(this|the) (article|story|content|post) is (only |exclusively |reserved )?` +
		`(for|available to) (our )?(paid |premium )?(subscribers|members)|` +
		`already a (subscriber|member)\?|to (continue|keep) reading|you have (reached|used) (your|all).{0,40}(free|limit)|` +
		`create (a free|an) account to (read|continue)|become a (paid )?(subscriber|member) to|(nur|exklusiv) für abonnenten|` +
		`weiterlesen mit|jetzt (weiter)?lesen mit|artikel (ist )?(nur )?für abonnenten|réservée? aux abonnés|pour lire la suite|` +
		`la suite est réservée|contenido exclusivo|solo para suscriptores|suscríbete para|contenuto riservato|abbonati per|` +
		`exclusivo para assinantes|alleen voor abonnees)`)
	paywallMark = lazyregexp.New(`(?i)(^|[\s_-])(paywall|regwall|meteredcontent|metered-content|subscriber-?only|` +
		`premium-?(wall|barrier|only)|tp-modal|piano-|c-paywall|paywalled|gated-content)`)

	// appRoot matches the ids of the elements that frameworks fill by script; an empty one is a
	// page that was not built.
	scriptText = lazyregexp.New(`(?i)(enable java ?script|` +
		`java ?script (is|to be|must be) (disabled|required|enabled|not enabled|not available)|` +
		`requires java ?script|without java ?script|java ?script (aktivieren|benötigt)|` +
		`(activer|nécessite) java ?script|(habilita|activa|requiere) java ?script|you need to enable java ?script)`)
	appRoot = lazyregexp.New(`^(root|app|__next|__nuxt|app-root|main-app|react-root|application|svelte|ember-app|mount)$`)
)

// signs are what one walk over a page finds. bodyText is the text of the whole body, frame and
// hidden parts included, unlike the page's Text.
type signs struct {
	password, emptyRoot, paywall bool
	scripts, scriptBytes         int
	bodyText                     string
	heading                      string // the first of the first level
	captcha                      bool
}

// readSigns looks for what tells a wall, in one walk. The text it keeps is
// bounded: walls say what they are at once.
func readSigns(doc *html.Node) signs {
	var s signs
	var body strings.Builder
	var walk func(n *html.Node, inBody bool)
	walk = func(n *html.Node, inBody bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				if inBody && body.Len() < 16<<10 {
					body.WriteString(c.Data)
					body.WriteByte(' ')
				}
				continue
			}
			if c.Type != html.ElementNode {
				continue
			}
			switch c.DataAtom {
			case atom.Script:
				s.scripts++
				code := tree.Raw(c)
				s.scriptBytes += len(code)
				s.captcha = s.captcha || botMark(tree.Attr(c, "src")) || len(code) < 32<<10 && botMark(code)
				continue
			case atom.Style, atom.Svg, atom.Template, atom.Head:
				if c.DataAtom == atom.Head {
					walk(c, false)
				}
				continue
			case atom.H1:
				if s.heading == "" {
					s.heading = text.OneLine(tree.Beginning(c, maxMetaBytes))
				}
			case atom.Input:
				s.password = s.password || strings.EqualFold(tree.Attr(c, "type"), "password")
			}
			id, class := tree.Attr(c, "id"), tree.Attr(c, "class")
			if id != "" || class != "" { // most elements have neither
				s.captcha = s.captcha || botMark(id+" "+class)
				s.paywall = s.paywall || paywallMark.MatchString(id) || paywallMark.MatchString(class)
				s.emptyRoot = s.emptyRoot || appRoot.MatchString(id) && strings.TrimSpace(tree.Beginning(c, maxMetaBytes)) == ""
			}
			walk(c, inBody || c.DataAtom == atom.Body)
		}
	}
	walk(doc, false)
	s.bodyText = text.OneLine(body.String())
	return s
}

// judge says what wall p is, from its signs, its text and its address. The walls that hide
// everything come first. Each asks for a sign and for little text, since an article about
// robot checks or logins has the same words. A site that names its page an article, with some
// prose in it, is believed, except when robots are checked. Paywalls need no short page, but a
// word of the page itself or its marks, and less text than JSON-LD says that the article has.
func judge(p *Page, s signs, title string, at *url.URL) Wall {
	chars := utf8.RuneCountInString(p.Text)
	visible := utf8.RuneCountInString(s.bodyText)
	short := chars < wallText
	host, path := at.Hostname(), at.Path
	switch {
	case short && visible < 4*wallText && (botTitle.MatchString(title) && (s.captcha || botText.MatchString(s.bodyText) || visible < 400) ||
		s.captcha && botText.MatchString(s.bodyText) && visible < wallText):
		return BotCheck
	case consentHost.MatchString(host), short && visible < 2*wallText && !hasArticle(p) && (consentText.MatchString(title) ||
		consentText.MatchString(text.Head(p.Text, 800)) || chars < 60 && consentText.MatchString(s.bodyText)):
		return Consent
	case short && !hasArticle(p) && (loginPath.MatchString(path) || loginTitle.MatchString(title) && (s.password || visible < wallText) ||
		visible < 800 && loginText.MatchString(s.bodyText)):
		return Login
	case short && notFoundTitle.MatchString(title) && !hasArticle(p),
		short && visible < wallText && notFoundText.MatchString(s.bodyText) && chars < 600 &&
			notFoundTitle.MatchString(first(s.heading, title)):
		return NotFound
	case chars < minArticle && (s.emptyRoot || p.asksScript || scriptText.MatchString(s.bodyText) || visible < 200 && s.scripts > 0 &&
		s.scriptBytes > 2000 || visible < 60 && s.scripts > 2):
		return NeedsScript
	case !(p.Body != "" && len(p.Text)*10 >= len(p.Body)*8) && (p.Paid || s.paywall && chars < 2*wallText || chars < 2*wallText &&
		paywallText.MatchString(s.bodyText)):
		return Paywall
	case chars < minArticle && s.password:
		return Login
	}
	return NoWall
}

// hasArticle reports whether the page calls itself an article and has some prose.
func hasArticle(p *Page) bool {
	return strings.Contains(strings.ToLower(p.Type), "article") && utf8.RuneCountInString(p.Text) > 600
}
