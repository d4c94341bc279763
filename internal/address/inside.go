package address

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/lazyregexp"
)

// insideWrappers are addresses that people copy where they read a link: from a newsletter, whose
// sender counts clicks, from the page that asked them to sign in before the one that they meant,
// and from a viewer of documents.
var insideWrappers = map[string][]wrapper{
	// Newsletters.
	"substack.com":       {{path: "/redirect/2/*", read: substack}},
	"mandrillapp.com":    {{path: "/track/click/*", read: mandrill}},
	"researchgate.net":   {{path: "/deref/*", read: restOfPath}},
	"quora.com":          {{path: "/_/redirect", params: "url"}},
	"tumblr.com":         {{path: "/redirect", params: "z"}},
	"ad.doubleclick.net": {{path: "/ddm/clk/*", read: rawQuery}},

	// Pages to sign in at.
	"github.com":            {{path: "/login", read: within("return_to")}, {path: "/join", read: within("return_to")}},
	"x.com":                 loginX,
	"twitter.com":           loginX,
	"reddit.com":            {{path: "/login", read: within("dest")}, {path: "/over18", read: within("dest")}},
	"facebook.com":          {{path: "/login", read: within("next")}, {path: "/login.php", read: within("next")}},
	"instagram.com":         {{path: "/accounts/login", read: within("next")}},
	"accounts.google.com":   {{params: "continue"}},
	"myaccount.nytimes.com": {{path: "/auth/*", params: "URI redirect_uri"}},
	"gitlab.com":            {{path: "/users/sign_in", read: within("redirect_to")}},
	"linkedin.com": {
		{path: "/authwall", read: within("sessionRedirect")},
		{path: "/login", read: within("session_redirect")},
		{path: "/uas/login", read: within("session_redirect")},
		{path: "/signup/cold-join", read: within("session_redirect")},
	},

	// Viewers of documents.
	"docs.google.com":          {{path: "/viewer", params: "url"}, {path: "/gview", params: "url"}, {path: "/viewerng/viewer", params: "url"}},
	"drive.google.com":         {{path: "/viewer", params: "url"}, {path: "/viewerng/viewer", params: "url"}},
	"view.officeapps.live.com": {{path: "/op/view.aspx", params: "src"}, {path: "/op/embed.aspx", params: "src"}},
	"mozilla.github.io":        {{path: "/pdf.js/web/viewer.html", params: "file"}},
}

// loginX are the pages at which X, and Twitter before it, asks people to sign in.
var loginX = []wrapper{
	{path: "/i/flow/login", read: within("redirect_after_login")},
	{path: "/login", read: within("redirect_after_login")},
}

// insideSites are those of senders with many hosts.
var insideSites = []siteWrapper{
	{lazyregexp.New(`^click\.(?:convertkit-mail|kit-mail)\d*\.com$`), []wrapper{{read: lastPart}}},
	// Amazon's mail service, under the hosts of those who send by it:
	// tracking.tldrnewsletter.com/CL0/https:%2F%2Fa.example%2Fb/1/0100….
	{lazyregexp.New(``), []wrapper{{path: "/CL0/*", read: pathGoal}, {path: "/L0/*", read: pathGoal}}},
}

// within reads a parameter that is an address or, as it is of the same site, a path.
func within(name string) func(*url.URL) string {
	return func(u *url.URL) string {
		goal := param(u, name)
		if strings.HasPrefix(goal, "/") && !strings.HasPrefix(goal, "//") && len(goal) > 1 {
			return u.Scheme + "://" + u.Host + goal
		}
		return goal
	}
}

// lastPart is base64 at the end of the path.
func lastPart(u *url.URL) string {
	p := strings.TrimRight(u.Path, "/")
	return base64Of(p[strings.LastIndexByte(p, '/')+1:])
}

// substack is base64 of an object with the address as e, and behind a dot its signature.
func substack(u *url.URL) string {
	doc, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/redirect/2/"), ".")
	var of struct {
		E string `json:"e"`
	}
	_ = json.Unmarshal([]byte(base64Of(doc)), &of)
	return of.E
}

// mandrill is base64 of an object whose p is one again, as a string, with the address as url.
func mandrill(u *url.URL) string {
	var outer struct {
		P string `json:"p"`
	}
	var of struct {
		URL string `json:"url"`
	}
	_ = json.Unmarshal([]byte(base64Of(param(u, "p"))), &outer)
	_ = json.Unmarshal([]byte(outer.P), &of)
	return of.URL
}
