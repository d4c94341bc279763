package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// hints are what an element's name, classes, id and role say about its part in the page.
type hints uint16

const (
	// frame is what stands around the content of every page of a site.
	frame hints = 1 << iota
	// beside is what points elsewhere or asks for something: related articles, subscriptions.
	beside
	// about is what is known of an article: its author, date, subjects, credits.
	about
	// talk is what readers said.
	talk
	// body is the content itself.
	body
	// note is a remark within the content.
	note
	// exact is a name that is given to the text of an article and to nothing else.
	exact
	// show is what shows pictures one after the other.
	show
	// hard is a name of frame or beside that leaves little doubt.
	hard
)

// The words of class names, ids and roles, as sites and their systems use them. A name is
// taken apart at what is no letter and at capitals: "c-articleFooter__share" has the words
// "c article footer share".
var (
	frameWords = text.Set(`nav navbar navigation navigator menu menus submenu breadcrumb breadcrumbs crumbs footer foot masthead topbar toolbar
		sidebar sidenav rail skip skiplink search searchform login signin cookie cookies consent gdpr banner popup modal overlay
		dropdown offcanvas pagination pager paginate colophon copyright langs languages sitemap toc
		contentinfo complementary dialog menubar tablist alertdialog alerts watermark`)
	besideWords = text.Set(`related recommended recommendation recommendations recirc recirculation promo promos promoted promotion
		sponsor sponsored ad ads adv advert adverts advertisement advertising adsense dfp teaser teasers trending popular newsletter newsletters
		subscribe subscription signup share shares sharing sharer sharebar sharethis addtoany addthis social socials follow readmore
		outbrain taboola zergnet donate donation paywall cta shop widget widgets more next prev previous upnext mostread
		similar suggested further also jetpack sharedaddy nextprev download rating ratings vote votes poll buttons button
		likes like reactions feedback print app partner affiliate shopping`)
	aboutWords = text.Set(`byline bylines author authors bio biography avatar dateline timestamp date dates time published publish updated
		modified meta metadata
		postmeta entrymeta tags tag taglist tagcloud keywords categories category cat topics credit credits caption captions attribution
		source readtime readingtime license`)
	talkWords = text.Set(`comment comments commentlist commentform disqus respond replies reply discussion livefyre remark42 giscus utterances
		fbcomments trackback trackbacks pingback pings`)
	bodyWords = text.Set(`article articlebody body content entry entrycontent post postcontent story storybody text maincontent main page
		prose markdown copy`)
	showWords = text.Set(`carousel slider slideshow gallery lightbox`)
	// hardWords are those of frameWords and besideWords that are not used for content.
	hardWords = text.Set(`nav navbar navigation menu breadcrumb breadcrumbs footer masthead sidebar cookie cookies consent gdpr contentinfo
		related recommended recommendations newsletter newsletters sponsored advertisement advert adverts subscribe subscription share sharing
		sharedaddy social outbrain taboola trending popular jetpack copyright ad ads`)
	noteWords = text.Set(`note notes tip hint warning caution danger important admonition callout info alert remark attention seealso
		footnote footnotes example`)
)

// hintReader remembers what names say: a page uses few, and each many times.
type hintReader map[string]hints

// of reads what an element says about itself.
func (r hintReader) of(n *html.Node) hints {
	var h hints
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "class", "role", "itemprop", "data-component", "data-testid":
			h |= r.names(a.Val)
		case "id":
			if !chapter(n) {
				h |= r.names(a.Val)
			}
		case "aria-label":
			if len(a.Val) <= maxLabelBytes {
				h |= r.names(a.Val)
			}
		}
	}
	return h
}

// names is what the words of a name say together.
func (r hintReader) names(names string) hints {
	names = text.Head(names, maxHintBytes)
	h, known := r[names]
	if !known {
		h = wordHints(names)
		r[names] = h
	}
	return h
}

// chapter reports whether n is a part of a document, whose id is made from its heading: the
// section "comments" of a language's manual is not what readers said.
func chapter(n *html.Node) bool {
	class := tree.Attr(n, "class")
	return n.DataAtom == atom.Section && class == "" || chapterClass.MatchString(class)
}

// chapterClass matches the classes that Sphinx, DocBook, Pandoc and Org write on the parts of a
// document.
var chapterClass = lazyregexp.New(`^(section|sect\d|level\d|outline-\d)( |$)`)

// exactName matches the names of the text of an article, without what parts their words:
// "entry-content", "story_body", "RichTextArticleBody".
var exactName = lazyregexp.New(`^(the)?(article|entry|post|story|blogpost|blog|news|single|page|rich|text)*` +
	`(article|entry|post|story|blog|news|richtext|markdown|single)(content|body|text|copy|entry)` +
	`(content|body|text|wrapper|inner|container)?$|` +
	`^(article|blogpost|mainarticle|bodycopy)$`)

// squeeze is name in lower case without what parts its words.
func squeeze(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, name)
}

const (
	maxHintBytes  = 300 // of the names that are read of one attribute
	maxLabelBytes = 40  // of a label that is a name and no sentence
)

// wordHints is what the words of a name say together, each name on its own.
func wordHints(names string) hints {
	var h hints
	for name := range strings.FieldsSeq(names) {
		if subject(name) {
			continue
		}
		if len(name) < 40 && exactName.MatchString(squeeze(name)) {
			h |= exact
		}
		name, _, _ = strings.Cut(name, "--") // a variant of it
		start := 0
		for i := 0; i <= len(name); i++ {
			if i < len(name) && letter(name[i]) && (i == start || !upper(name[i]) || upper(name[i-1])) {
				continue
			}
			if i > start {
				h |= wordHint(strings.ToLower(name[start:i]))
			}
			if start = i; i < len(name) && !letter(name[i]) {
				start = i + 1
			}
		}
	}
	return h
}

// subject reports whether a class says what an article is about, as WordPress writes them
// ("category-advertising", "tag-cookies"), and not what the element is.
func subject(class string) bool {
	for _, p := range subjectPrefixes {
		if strings.HasPrefix(class, p) {
			return true
		}
	}
	return strings.Contains(class, "-with-") || strings.Contains(class, "-no-")
}

// subjectPrefixes begin such classes, and those of page builders that say how a box was made.
var subjectPrefixes = []string{"category-", "tag-", "type-", "format-", "status-", "elementor-", "has-", "with-", "no-"}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func upper(c byte) bool  { return c >= 'A' && c <= 'Z' }

// wordHint is what one word says.
func wordHint(w string) hints {
	switch {
	case hardWords[w] && frameWords[w]:
		return hard | frame
	case hardWords[w]:
		return hard | beside
	case frameWords[w]:
		return frame
	case besideWords[w]:
		return beside
	case aboutWords[w]:
		return about
	case talkWords[w]:
		return talk
	case bodyWords[w]:
		return body
	case noteWords[w]:
		return note
	case showWords[w]:
		return show
	}
	return 0
}
