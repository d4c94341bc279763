// Package oembed reads answers of oEmbed providers (oembed.com), which say a little about a
// page that needs JavaScript or an account. In goes a provider's address or an answer at hand;
// out come title, author and caption, which is partial evidence always.
package oembed

import (
	"context"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/page"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Answer is what a provider says about a page.
type Answer struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Author      string `json:"author_name"`
	Provider    string `json:"provider_name"`
	Description string `json:"description"`
	HTML        string `json:"html"`
	URL         string `json:"url"`
	Version     any    `json:"version"`
}

// Get fetches the answer at link. An answer that names neither title, author nor content is an
// error. link is the provider's endpoint with the page's address as its parameter url.
func Get(ctx context.Context, web source.Web, link string) (Answer, error) {
	var e Answer
	_, err := source.GetJSON(ctx, web, link, "", &e)
	if err == nil && e.Title == "" && e.HTML == "" && e.Author == "" {
		err = source.NotTheAPI(link, nil)
	}
	return e, err
}

// Fill writes into ev what an answer says; the HTML of a post holds its text, that of a
// video only a frame.
func (e Answer) Fill(ev *job.Evidence) {
	plain := page.Fragment(e.HTML)
	ev.Title = outline.First(text.OneLine(e.Title), text.Clip(text.OneLine(strings.ReplaceAll(plain, "> ", "")), 100), ev.Title)
	ev.Author, ev.SiteName = outline.First(text.OneLine(e.Author), ev.Author), outline.First(text.OneLine(e.Provider), ev.SiteName)
	ev.Description = outline.First(text.OneLine(e.Description), ev.Description)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Title", e.Title), outline.Fact("By", ev.Author), outline.Fact("Kind", e.Type),
		outline.Fact("Site", ev.SiteName),
	)
	d.Add(e.Description)
	d.Add(plain)
	ev.Text = d.String()
}

// Read fills ev from body and reports whether body is an oEmbed answer, of whatever provider.
// The four types are all that the specification has (oembed.com, section 2.3.4).
func Read(body []byte, ev *job.Evidence) (bool, error) {
	var e Answer
	if source.DecodeJSON(body, &e) != nil || e.Version == nil && e.Provider == "" || e.Type == "" || e.Title == "" && e.HTML == "" {
		return false, nil
	}
	switch e.Type {
	case "photo", "video", "link", "rich":
	default:
		return false, nil
	}
	e.Fill(ev)
	if strings.HasPrefix(e.URL, "http") {
		ev.CanonicalURL = e.URL
	}
	ev.MarkPartial("this is an embedding answer: title, author and caption only")
	return true, nil
}
