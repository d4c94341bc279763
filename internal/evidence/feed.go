package evidence

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/mmcdole/gofeed"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

const (
	maxFeedItems = 25
	maxItemText  = 1500
)

// readFeed fills ev from RSS, Atom or JSON Feed, chosen by what the bytes are.
func (r *Retriever) readFeed(body []byte, contentType string, at *url.URL, ev *job.Evidence) error {
	if known, err := r.arxivRead(at, body, ev); known {
		ev.AdapterName = "ArxivAdapter"
		return err
	}
	if ev.AdapterName == genericName {
		ev.AdapterName = "FeedAdapter"
	}
	text, encoding := page.Decode(body, contentType)
	if encoding != "utf-8" {
		text = xmlDeclaredUTF8(text)
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil {
		e := fetch.NewError(fetch.Broken, ev.URL, "this feed is not well-formed", "share the page of an entry instead")
		e.Err = err
		return e
	}
	ev.Title, ev.Description = oneLine(page.Fragment(feed.Title)), oneLine(page.Fragment(feed.Description))
	ev.Lang, ev.SiteName = page.Lang(feed.Language), ev.Title
	ev.CanonicalURL = absoluteTo(at, feed.Link)
	ev.Published = first(feed.Published, feed.Updated)
	if len(feed.Authors) > 0 {
		ev.Author = oneLine(feed.Authors[0].Name)
	}
	base := at
	if u, err := url.Parse(feed.Link); err == nil && u.Host != "" {
		base = u
	}
	d := &doc{}
	d.add(ev.Description)
	for _, item := range feed.Items[:min(len(feed.Items), maxFeedItems)] {
		d.add("## " + first(oneLine(page.Fragment(item.Title)), "Entry"))
		link := absoluteTo(base, item.Link)
		if link != "" {
			ev.Links = append(ev.Links, link)
		}
		var authors []string
		for _, a := range item.Authors {
			if a != nil && a.Name != "" {
				authors = append(authors, oneLine(a.Name))
			}
		}
		d.facts(fact{"Date", oneLine(first(item.Published, item.Updated))}, fact{"By", strings.Join(authors, ", ")}, fact{"Link", link},
			fact{"Categories", strings.Join(item.Categories[:min(len(item.Categories), 8)], ", ")})
		text := page.Fragment(item.Content)
		if summary := page.Fragment(item.Description); len(summary) > len(text) || text == "" {
			text = summary
		}
		d.add(page.Headings(clip(text, maxItemText), 3))
	}
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if len(feed.Items) == 0 {
		ev.MarkPartial("the feed has no entries")
	}
	if len(feed.Items) > maxFeedItems {
		ev.Errors = append(ev.Errors, fmt.Sprintf("the feed has %d entries, of which the first %d were read", len(feed.Items), maxFeedItems))
	}
	return nil
}

// xmlDeclaredUTF8 corrects the declaration of a text that was decoded.
func xmlDeclaredUTF8(text []byte) []byte {
	head := text[:min(len(text), 200)]
	start := bytes.Index(head, []byte("encoding="))
	end := bytes.Index(head, []byte("?>"))
	if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("<?xml")) || start < 0 || end < start {
		return text
	}
	return append([]byte(`<?xml version="1.0" encoding="utf-8"?>`), text[end+2:]...)
}

func absoluteTo(base *url.URL, link string) string {
	u, err := base.Parse(strings.TrimSpace(link))
	if err != nil || link == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// isFeed says whether the beginning of a body is a feed of any kind.
func isFeed(body []byte) bool {
	head := body[:min(len(body), 4096)]
	for _, mark := range []string{"<rss", "<feed", "<rdf:RDF"} {
		i := bytes.Index(head, []byte(mark))
		if i >= 0 && onlyProlog(head[:i]) {
			return true
		}
	}
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(body, []byte("jsonfeed.org")) && bytes.Contains(body, []byte(`"items"`))
}

// onlyProlog says whether b holds nothing but an XML declaration, comments,
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
