package youtube

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// maxVideos bounds the videos of a playlist that are named; its page has a hundred.
const maxVideos = 100

// maxNodes bounds how much of the data in a playlist's page is looked through.
const maxNodes = 200_000

// playlist reads what YouTube says of a playlist without an account: title, channel, and the
// first videos, which stand in the data of its page.
func (a Adapter) playlist(ctx context.Context, web source.Web, list string, ev *job.Evidence) error {
	link := "https://www.youtube.com/playlist?list=" + url.QueryEscape(list)
	e, err := oembed.Get(ctx, web, a.API+"/oembed?format=json&url="+url.QueryEscape(link))
	if err != nil {
		return err
	}
	ev.FinalURL, ev.CanonicalURL = link, link
	e.Fill(ev)
	source.Add(ev, link, ev.Title, time.Now().UTC())
	videos, err := a.videos(ctx, web, list)
	if err != nil {
		ev.MarkPartial("only the playlist's title and channel could be had, not its videos (" + source.Cause(err) + ")")
		return nil
	}
	lines := make([]string, len(videos))
	for i, v := range videos {
		lines[i] = fmt.Sprintf("%d. %s", i+1, v.title)
		ev.Links = append(ev.Links, "https://www.youtube.com/watch?v="+v.id)
	}
	ev.Text += "\n\n## Videos\n\n" + strings.Join(lines, "\n")
	if len(videos) == maxVideos {
		ev.MarkPartial(fmt.Sprintf("only the first %d videos of the playlist are named", maxVideos))
	}
	source.Complete(ev)
	return nil
}

// listed is a video of a playlist.
type listed struct{ id, title string }

// videos reads the first videos of a playlist out of its page.
func (a Adapter) videos(ctx context.Context, web source.Web, list string) ([]listed, error) {
	res, err := web.Get(ctx, fetch.Request{URL: a.API + "/playlist?hl=en&list=" + url.QueryEscape(list), MaxBytes: source.MaxAnswer})
	if err != nil {
		return nil, err
	}
	raw, ok := objectAfter(res.Body, "ytInitialData")
	var data any
	if !ok || json.Unmarshal(raw, &data) != nil {
		return nil, source.NotTheAPI(res.URL, nil)
	}
	w := &walker{}
	w.walk(data)
	if len(w.found) == 0 {
		return nil, fetch.NewError(fetch.Empty, res.URL, "its page names none", "")
	}
	return w.found, nil
}

// walker looks through data for the videos of a list, wherever its page has them.
type walker struct {
	found []listed
	nodes int
}

// walk adds the videos below v in the order of the lists that hold them. A video is an object
// under the name playlistVideoRenderer, or lockupViewModel on newer pages.
func (w *walker) walk(v any) {
	if w.nodes++; w.nodes > maxNodes || len(w.found) == maxVideos {
		return
	}
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			w.walk(e)
		}
	case map[string]any:
		if r, ok := t["playlistVideoRenderer"].(map[string]any); ok {
			w.add(r["videoId"], r["title"])
			return
		}
		if r, ok := t["lockupViewModel"].(map[string]any); ok {
			w.add(r["contentId"], under(r, "metadata", "lockupMetadataViewModel", "title"))
			return
		}
		for _, name := range slices.Sorted(maps.Keys(t)) { // so that the same page gives the same list
			w.walk(t[name])
		}
	}
}

// add takes a video whose id and title are what they have to be.
func (w *walker) add(id, title any) {
	s, _ := id.(string)
	name := text.Clip(text.OneLine(titleOf(title)), 200)
	if idPattern.MatchString(s) && name != "" {
		w.found = append(w.found, listed{id: s, title: name})
	}
}

// titleOf reads the three forms of texts: {"runs":[{"text":…}]}, {"simpleText":…}, {"content":…}.
func titleOf(v any) string {
	m, _ := v.(map[string]any)
	for _, k := range []string{"simpleText", "content"} {
		if s, ok := m[k].(string); ok {
			return s
		}
	}
	runs, _ := m["runs"].([]any)
	var b strings.Builder
	for _, r := range runs {
		part, _ := r.(map[string]any)
		s, _ := part["text"].(string)
		b.WriteString(s)
	}
	return b.String()
}

// under is the value below m at a path of names, or nil.
func under(m map[string]any, path ...string) any {
	var v any = m
	for _, name := range path {
		next, _ := v.(map[string]any)
		v = next[name]
	}
	return v
}
