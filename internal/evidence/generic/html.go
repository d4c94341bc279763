package generic

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/interstitial"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/text"
)

// Numbers of characters.
const (
	// minText is the number below which a page's text is not taken for its content.
	minText = 250
	// minAny is the number below which there is nothing to comment on.
	minAny = 20
	// shortText is the number below which the description is worth more than the
	// text.
	shortText = 600
)

// decodedPage is a page in UTF-8, and the encoding that it was in.
type decodedPage struct {
	text     []byte
	encoding string
}

func decode(body []byte, contentType string) (d decodedPage) {
	d.text, d.encoding = page.Decode(body, contentType)
	return d
}

// readHTML runs the page parsers on a page, which is also given as it came. Where a page has little text of its own,
// its description stands in; where a wall stands in its place, that is the error. The cases go
// from the worst page to the best. A description of more than 20 characters is worth showing,
// a shorter one is a slogan.
func (r *Reader) readHTML(body []byte, html decodedPage, at *url.URL, ev *job.Evidence) (next string, err error) {
	if known, err := r.recognize(source.Answer{Kind: source.HTML, URL: at, Body: body}, ev); known {
		return "", err
	}
	p, err := recovered(func() (*page.Page, error) { return page.ParseDecoded(html.text, html.encoding, at) })
	if err != nil {
		return "", parserError(err, ev)
	}
	if next, err := leadsOn(html.text, at, p, ev.URL); err != nil {
		return next, err
	}
	chars := utf8.RuneCountInString(p.Text)
	if p.Refresh != "" && chars < minText && !p.Wall.Opaque() {
		next = p.Refresh
	}
	if next != "" && chars < minText && p.Wall != page.Paywall && len(p.Description) < 20 {
		return next, fetch.NewError(fetch.Empty, ev.URL, leadsOnTo+redact.URL(next), "share that address")
	}
	if p.Wall.Opaque() {
		return next, wallError(p.Wall, ev.URL)
	}
	ev.Title, ev.Description, ev.Lang = p.Title, p.Description, p.Lang
	ev.Author, ev.SiteName, ev.Published = p.Author, p.SiteName, p.Published
	ev.CanonicalURL = p.Canonical
	ev.Links = append(ev.Links, p.Links...)
	ev.Text, ev.Coverage = p.Text, job.CoverageFull
	described := utf8.RuneCountInString(p.Description)
	switch {
	case chars < minAny && described < 20 && p.Wall == page.NoWall:
		return next, fetch.NewError(fetch.Empty, ev.URL, "the page has hardly any text", "share another link or paste the text")
	case p.Wall == page.NeedsScript:
		if described < 20 {
			return next, wallError(page.NeedsScript, ev.URL)
		}
		ev.Text = p.Description
		ev.MarkPartial("the page needs JavaScript to show its content: only its description of itself could be read")
	case p.Wall == page.Paywall:
		if described > chars {
			ev.Text = p.Description
		}
		if ev.Text == "" {
			return next, wallError(page.Paywall, ev.URL)
		}
		ev.MarkPartial("the article is not free to read: this may be only its beginning")
	case described > 20 && chars < minText && described > chars, described > 20 && chars < shortText && unrelated(p):
		ev.Text = p.Description
		ev.MarkPartial("the page's main text could not be made out: this is its description of itself")
	case onlyTitle(p):
		ev.MarkPartial("only the title of the page could be read")
	case described > 20 && chars < shortText && !strings.Contains(text.OneLine(p.Text), text.OneLine(p.Description)):
		ev.Text = p.Description + "\n\n" + p.Text
	}
	if p.Cut {
		ev.MarkPartial("the page is very large: only its beginning was read")
	}
	return next, nil
}

// leadsOnTo begins the errors of pages that forward; the address follows.
const leadsOnTo = "the page has no text of its own and leads on to "

// leadsOn says of a page that stands before another one where it leads, or why that can't be
// followed. Its error is nil for a page like any other.
func leadsOn(text []byte, at *url.URL, p *page.Page, link string) (next string, err error) {
	if p.Wall == page.BotCheck || p.Wall == page.Consent {
		return "", nil
	}
	n, ok := interstitial.Read(text, at)
	switch {
	case !ok:
		return "", nil
	case p.Refresh != "" && !n.Warns:
		return p.Refresh, fetch.NewError(fetch.Empty, link, leadsOnTo+redact.URL(p.Refresh), "share that address")
	case n.Warns:
		return "", fetch.NewError(fetch.RedirectNotice, link, "the link leads to a warning that its goal was found to be harmful",
			"open it only if you trust it, and share the address where it ends")
	case n.Goal == nil:
		return "", fetch.NewError(fetch.RedirectNotice, link,
			fmt.Sprintf("the link leads to a notice that names %d goals instead of one", n.Goals), "share the address where it ends")
	}
	return n.Goal.String(), fetch.NewError(fetch.Empty, link, leadsOnTo+redact.URL(n.Goal.String()), "share that address")
}

// onlyTitle reports whether the text of a page says next to nothing besides its title.
func onlyTitle(p *page.Page) bool {
	said := 0
	for line := range strings.Lines(p.Text) {
		line = strings.TrimSpace(strings.TrimLeft(line, "#"))
		if !strings.Contains(strings.ToLower(p.Title), strings.ToLower(line)) {
			said += utf8.RuneCountInString(line)
		}
	}
	return said < minAny
}

// unrelated reports whether a page's text has next to no word in common with its title and
// description, as a teaser for something else has not. Words of five letters and more carry
// the subject; less than a fifth of them in common is chance. With fewer than five such words
// there is no verdict.
func unrelated(p *page.Page) bool {
	words := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(p.Text), notWord) {
		words[w] = true
	}
	all, shared := 0, 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(p.Title+" "+p.Description), notWord) {
		if utf8.RuneCountInString(w) >= 5 {
			all++
			if words[w] {
				shared++
			}
		}
	}
	return all >= 5 && shared*5 < all
}

// notWord separates words.
func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }

// wallError says what stands in place of the page.
func wallError(w page.Wall, link string) *fetch.Error {
	e := func(r fetch.Reason, detail, hint string) *fetch.Error { return fetch.NewError(r, link, detail, hint) }
	switch w {
	case page.BotCheck:
		return e(fetch.BotCheck, "the site shows a robot check instead of the page",
			"open it in a browser and paste the text, or share another link")
	case page.Consent:
		return e(fetch.ConsentWall, "the site shows a cookie consent page instead of the page", "share another link or paste the text")
	case page.Login:
		return e(fetch.LoginNeeded, "the site shows a login page instead of the page", "share a public link or paste the text")
	case page.NotFound:
		return e(fetch.SoftNotFound, "the site says that this page does not exist", "check that the link is complete and the page still exists")
	case page.Paywall:
		return e(fetch.Paywall, "the article is behind a paywall and shows nothing of itself", "share a free link or paste the text")
	}
	return e(fetch.NeedsScript, "the page is empty without JavaScript and does not describe itself", "share another link or paste the text")
}
