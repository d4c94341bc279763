package feed

import (
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/tidwall/gjson"

	"github.com/technoshare/commentator/internal/evidence/outline"
)

// parseJSON reads a JSON Feed of version 1 or 1.1 (jsonfeed.org) field by field, so that a number
// for an identifier, or a feed that breaks off, loses nothing else. It gives what XML gives.
func parseJSON(body string) *gofeed.Feed {
	f := gjson.Parse(body)
	out := &gofeed.Feed{
		Title: f.Get("title").String(), Description: f.Get("description").String(), Link: f.Get("home_page_url").String(),
		Language: f.Get("language").String(), Authors: people(f),
	}
	f.Get("items").ForEach(func(_, i gjson.Result) bool {
		if !i.IsObject() {
			return true
		}
		item := &gofeed.Item{
			Title: i.Get("title").String(), Description: i.Get("summary").String(), GUID: i.Get("id").String(),
			Content: outline.First(i.Get("content_html").String(), asHTML(i.Get("content_text").String())),
			Link:    outline.First(i.Get("url").String(), i.Get("external_url").String()),
			Authors: people(i), Published: i.Get("date_published").String(), Updated: i.Get("date_modified").String(),
		}
		item.PublishedParsed, item.UpdatedParsed = instant(item.Published), instant(item.Updated)
		for _, tag := range i.Get("tags").Array() {
			item.Categories = append(item.Categories, tag.String())
		}
		out.Items = append(out.Items, item)
		return true
	})
	return out
}

// people are the authors of a feed or an item; version 1 has one.
func people(of gjson.Result) (out []*gofeed.Person) {
	for _, p := range append(of.Get("authors").Array(), of.Get("author")) {
		name := p.Get("name").String()
		if p.Type == gjson.String {
			name = p.String()
		}
		if name != "" {
			out = append(out, &gofeed.Person{Name: name})
		}
	}
	return out
}

// instant reads a date as RFC 3339 has it, or a day.
func instant(said string) *time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, said); err == nil {
			return &t
		}
	}
	return nil
}
