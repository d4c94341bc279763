// Package feed reads RSS, Atom and JSON Feed. In goes the feed as it was fetched, in any
// encoding; out come its own data and the beginnings of its entries, as sections of one text.
// It is read by gofeed, which takes what is not quite well-formed too.
package feed

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Bounds of a feed.
const (
	maxItems    = 25   // entries read
	maxItemText = 1500 // bytes of one entry's text
)

// Read fills ev from a feed of any kind, chosen by what the bytes are. at is where the feed
// came from. Of an entry the longer of content and summary counts: feeds fill either with the
// text.
func Read(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	plain, encoding := page.Decode(body, contentType)
	if encoding != "utf-8" {
		plain = xmltext.DeclareUTF8(plain)
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(plain))
	if err != nil {
		e := fetch.NewError(fetch.Broken, ev.URL, "this feed is not well-formed", "share the page of an entry instead")
		e.Err = err
		return e
	}
	ev.Title, ev.Description = text.OneLine(page.Fragment(feed.Title)), text.OneLine(page.Fragment(feed.Description))
	ev.Lang, ev.SiteName = page.Lang(feed.Language), ev.Title
	ev.CanonicalURL = absoluteTo(at, feed.Link)
	ev.Published = outline.First(feed.Published, feed.Updated)
	if len(feed.Authors) > 0 {
		ev.Author = text.OneLine(feed.Authors[0].Name)
	}
	base := at
	if u, err := url.Parse(feed.Link); err == nil && u.Host != "" {
		base = u
	}
	d := &outline.Text{}
	d.Add(ev.Description)
	for _, item := range feed.Items[:min(len(feed.Items), maxItems)] {
		d.Add("## " + outline.First(text.OneLine(page.Fragment(item.Title)), "Entry"))
		link := absoluteTo(base, item.Link)
		if link != "" {
			ev.Links = append(ev.Links, link)
		}
		var authors []string
		for _, a := range item.Authors {
			if a != nil && a.Name != "" {
				authors = append(authors, text.OneLine(a.Name))
			}
		}
		d.Facts(
			outline.Fact("Date", text.OneLine(outline.First(item.Published, item.Updated))),
			outline.Fact("By", strings.Join(authors, ", ")), outline.Fact("Link", link),
			outline.Fact("Categories", strings.Join(item.Categories[:min(len(item.Categories), 8)], ", ")),
		)
		plain := page.Fragment(item.Content)
		if summary := page.Fragment(item.Description); len(summary) > len(plain) || plain == "" {
			plain = summary
		}
		d.Add(page.Headings(text.Clip(plain, maxItemText), 3))
	}
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if len(feed.Items) == 0 {
		ev.MarkPartial("the feed has no entries")
	}
	if len(feed.Items) > maxItems {
		ev.Errors = append(ev.Errors, fmt.Sprintf("the feed has %d entries, of which the first %d were read", len(feed.Items), maxItems))
	}
	return nil
}

// absoluteTo is link as an absolute web address, "" when it is none.
func absoluteTo(base *url.URL, link string) string {
	u, err := base.Parse(strings.TrimSpace(link))
	if err != nil || link == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// Is reports whether body begins like a feed of any kind. XML is a feed by its root element,
// behind what may come before one. JSON must name the feed's version, an address at
// jsonfeed.org.
func Is(body []byte) bool {
	head := body[:min(len(body), 4096)]
	for _, mark := range []string{"<rss", "<feed", "<rdf:RDF"} {
		i := bytes.Index(head, []byte(mark))
		if i >= 0 && onlyProlog(head[:i]) {
			return true
		}
	}
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) &&
		bytes.Contains(body, []byte("jsonfeed.org")) && bytes.Contains(body, []byte(`"items"`))
}

// onlyProlog reports whether b holds nothing but an XML declaration, comments,
// processing instructions and a document type.
func onlyProlog(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\x00\xff\xfe \t\r\n")
	for len(b) > 0 {
		end := []byte(">")
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			end = []byte("-->")
		case bytes.HasPrefix(b, []byte("<?")), bytes.HasPrefix(b, []byte("<!")):
		default:
			return false
		}
		i := bytes.Index(b, end)
		if i < 0 {
			return false
		}
		b = bytes.TrimSpace(b[i+len(end):])
	}
	return true
}
