// Package feed reads RSS, Atom and JSON Feed. In goes the feed as it was fetched, in any
// encoding; out come its own data and the beginnings of its newest entries, as sections of one
// text. XML is read by gofeed, after what is not well-formed in it was repaired.
package feed

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"

	"github.com/technoshare/commentator/internal/address"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Bounds of a feed.
const (
	maxItems    = 25   // entries read
	maxItemText = 1500 // bytes of one entry's text
	maxItemHTML = 256 << 10
)

// Read fills ev from a feed of any kind, chosen by what the bytes are. at is where the feed
// came from. Of an entry the longer of content and summary counts: feeds fill either with the
// text. A feed that breaks off gives what there is.
func Read(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	feed, err := parse(body, contentType)
	if err != nil {
		e := fetch.NewError(fetch.Broken, ev.URL, "this feed is not well-formed", "share the page of an entry instead")
		e.Err = err
		return e
	}
	ev.Title, ev.Description = title(feed.Title), text.OneLine(prose(feed.Description))
	ev.Lang, ev.SiteName = page.Lang(feed.Language), ev.Title
	ev.CanonicalURL = absoluteTo(at, feed.Link)
	ev.Published = outline.First(day(feed.PublishedParsed, feed.Published), day(feed.UpdatedParsed, feed.Updated))
	ev.Author = strings.Join(names(feed.Authors), ", ")
	base := at
	if u, err := at.Parse(feed.Link); err == nil && u.Host != "" {
		base = u
	}
	newestFirst(feed.Items)
	d := &outline.Text{}
	d.Add(ev.Description)
	for _, item := range feed.Items[:min(len(feed.Items), maxItems)] {
		d.Add("## " + outline.First(title(item.Title), "Entry"))
		link := outline.First(absoluteTo(base, item.Link), permalink(item.GUID))
		if link != "" {
			ev.Links = append(ev.Links, link)
		}
		d.Facts(
			outline.Fact("Date", outline.First(day(item.PublishedParsed, item.Published), day(item.UpdatedParsed, item.Updated))),
			outline.Fact("By", strings.Join(names(item.Authors), ", ")), outline.Fact("Link", link),
			outline.Fact("Categories", text.OneLine(strings.Join(item.Categories[:min(len(item.Categories), 8)], ", "))),
		)
		d.Add(page.Headings(text.Clip(itemText(item), maxItemText), 3))
	}
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if len(feed.Items) == 0 {
		ev.MarkPartial("the feed has no entries")
	}
	if len(feed.Items) > maxItems {
		ev.Errors = append(ev.Errors, fmt.Sprintf("the feed has %d entries, of which the newest %d were read", len(feed.Items), maxItems))
	}
	return nil
}

// parse reads a feed. The bytes say more about their encoding than declarations do, so XML is
// decoded first and declared as what it is then.
func parse(body []byte, contentType string) (*gofeed.Feed, error) {
	plain, _ := page.Decode(body, contentType)
	if bytes.HasPrefix(bytes.TrimSpace(plain), []byte("{")) {
		return parseJSON(string(plain)), nil
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(namespaces(xmltext.Repair(plain, roots...))))
	if err != nil {
		return nil, fmt.Errorf("parse feed: %w", err)
	}
	feed.Items = slices.DeleteFunc(feed.Items, func(i *gofeed.Item) bool { return i == nil })
	return feed, nil
}

// rootTag matches the first tag of XML that was repaired: its prefix, its name and its attributes.
var rootTag = lazyregexp.New(`^<\?xml [^>]*\?><(?:([^\s:>]+):)?([^\s>]+)([^>]*)>`)

// defaultNamespace matches the attribute that says in which namespace names without a prefix are.
var defaultNamespace = lazyregexp.New(` xmlns="[^"]*"`)

// namespaces mends the namespaces of a root that the parser would not know: RSS has none of its
// own, whatever it says, and a prefix of Atom must be declared.
func namespaces(xml []byte) []byte {
	m := rootTag.FindSubmatchIndex(xml)
	if m == nil {
		return xml
	}
	attributes := xml[m[6]:m[7]]
	switch name := string(xml[m[4]:m[5]]); {
	case name == "rss" && m[2] < 0:
		mended := defaultNamespace.ReplaceAll(attributes, nil)
		return slices.Concat(xml[:m[6]], mended, xml[m[7]:])
	case name == "feed" && m[2] >= 0:
		prefix := string(xml[m[2]:m[3]])
		if !bytes.Contains(attributes, []byte(" xmlns:"+prefix+"=")) {
			return slices.Concat(xml[:m[6]], []byte(` xmlns:`+prefix+`="http://www.w3.org/2005/Atom"`), xml[m[6]:])
		}
	}
	return xml
}

// newestFirst sorts entries that have dates; one without stays behind the one before it.
func newestFirst(items []*gofeed.Item) {
	type dated struct {
		item *gofeed.Item
		at   time.Time
	}
	all := make([]dated, len(items))
	var last time.Time
	for i, item := range items {
		if t := cmp.Or(item.PublishedParsed, item.UpdatedParsed); t != nil {
			last = *t
		}
		all[i] = dated{item, last}
	}
	slices.SortStableFunc(all, func(a, b dated) int {
		if a.at.IsZero() || b.at.IsZero() {
			return 0 // none has a date so far
		}
		return b.at.Compare(a.at)
	})
	for i, d := range all {
		items[i] = d.item
	}
}

// itemText is the text of an entry: the longest that the feed has, also in fields of media and
// podcasts.
func itemText(item *gofeed.Item) string {
	plain := prose(item.Content)
	if summary := prose(item.Description); len(summary) > len(plain) {
		plain = summary
	}
	if plain == "" && item.ITunesExt != nil {
		plain = prose(item.ITunesExt.Summary)
	}
	if plain == "" {
		for _, field := range textFields {
			if plain = prose(extension(item.Extensions[field[0]], field[1], 0)); plain != "" {
				break
			}
		}
	}
	return plain
}

// textFields are the fields of extensions that hold an entry's text, by prefix and name.
var textFields = [][2]string{{"content", "encoded"}, {"media", "description"}, {"xhtml", "body"}, {"dc", "description"}}

// extension is the value of a named field, which may be in a group.
func extension(fields map[string][]ext.Extension, name string, depth int) string {
	for _, e := range fields[name] {
		if e.Value != "" {
			return e.Value
		}
	}
	if depth < 2 {
		for _, e := range fields["group"] {
			if v := extension(e.Children, name, depth+1); v != "" {
				return v
			}
		}
	}
	return ""
}

// escapedTag matches a tag of HTML in text; HTML that was escaped twice has many.
var escapedTag = lazyregexp.New(`(?i)</?(?:p|br|div|ul|ol|li|a|b|i|em|strong|span|img|h[1-6]|blockquote|pre)\b[^<>]*>`)

// prose is HTML as text. Some feeds escape their HTML twice: there are no tags in it, and then
// there are.
func prose(s string) string {
	s = text.Clip(s, maxItemHTML)
	plain := page.Fragment(s)
	if !escapedTag.MatchString(s) && strings.HasPrefix(strings.TrimSpace(plain), "<") && escapedTag.MatchString(plain) {
		return page.Fragment(plain)
	}
	return plain
}

// inlineTag matches the tags that titles have.
var inlineTag = lazyregexp.New(
	`(?i)</?(?:b|i|em|strong|u|s|del|ins|code|tt|sup|sub|span|a|br|font|small|mark|p|h[1-6]|div|img|q|cite|abbr)(?:\s[^<>]*|/)?>`)

// asHTML is text as HTML, with its lines.
func asHTML(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), "\r\n", "\n"), "\n", "<br>")
}

// title is a title on one line. It may be HTML or text: "Vec<T>" is text.
func title(s string) string {
	if s = html.UnescapeString(s); inlineTag.MatchString(s) {
		s = page.Fragment(s)
	}
	return text.OneLine(s)
}

// names are the names of authors.
func names(people []*gofeed.Person) (out []string) {
	for _, p := range people {
		if p == nil {
			continue
		}
		if n := text.OneLine(html.UnescapeString(p.Name)); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out[:min(len(out), 8)]
}

// day is a date as year, month and day; one that is not understood stays as it is written.
func day(t *time.Time, said string) string {
	if t == nil || t.Year() < 1980 {
		return text.OneLine(said)
	}
	return t.Format(time.DateOnly)
}

// permalink is an identifier that is a web address.
func permalink(id string) string {
	if u, err := url.Parse(strings.TrimSpace(id)); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return u.String()
	}
	return ""
}

// absoluteTo is link as an absolute web address, "" when it is none.
func absoluteTo(base *url.URL, link string) string {
	u, err := base.Parse(address.Mend(strings.TrimSpace(link)))
	if err != nil || strings.TrimSpace(link) == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}
