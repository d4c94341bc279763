package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

var youtubeID = regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`)

// youtube matches videos and playlists in their several address forms.
func (r *Retriever) youtube(u *url.URL) task {
	s := segments(u)
	id, list := "", u.Query().Get("list")
	switch {
	case hostIs(u.Hostname(), "youtu.be") && len(s) == 1:
		id = s[0]
	case hostIs(u.Hostname(), ".youtube.com", ".youtube-nocookie.com"):
		switch {
		case len(s) == 1 && s[0] == "watch":
			id = u.Query().Get("v")
		case len(s) == 2 && (s[0] == "shorts" || s[0] == "live" || s[0] == "embed" || s[0] == "v"):
			id = s[1]
		case len(s) == 1 && s[0] == "playlist" && list != "":
			return func(ctx context.Context, ev *job.Evidence) error { return r.youtubePlaylist(ctx, list, ev) }
		}
	}
	if !youtubeID.MatchString(id) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error { return r.youtubeVideo(ctx, id, ev) }
}

// youtubePlayer is the player response embedded in a watch page.
type youtubePlayer struct {
	Playability struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	} `json:"playabilityStatus"`
	Details struct {
		ID          string `json:"videoId"`
		Title       string `json:"title"`
		Author      string `json:"author"`
		Seconds     string `json:"lengthSeconds"`
		Views       string `json:"viewCount"`
		Description string `json:"shortDescription"`
	} `json:"videoDetails"`
	Micro struct {
		Renderer struct {
			Published string `json:"publishDate"`
			Category  string `json:"category"`
		} `json:"playerMicroformatRenderer"`
	} `json:"microformat"`
	Captions struct {
		List struct {
			Tracks []youtubeTrack `json:"captionTracks"`
		} `json:"playerCaptionsTracklistRenderer"`
	} `json:"captions"`
}

type youtubeTrack struct {
	BaseURL  string `json:"baseUrl"`
	Language string `json:"languageCode"`
	Kind     string `json:"kind"` // "asr": made by machine
}

func (r *Retriever) youtubeVideo(ctx context.Context, id string, ev *job.Evidence) error {
	watch := "https://www.youtube.com/watch?v=" + id
	embed, embedErr := r.oembed(ctx, r.cfg.APIs.YouTube+"/oembed?format=json&url="+url.QueryEscape(watch))
	player, pageErr := r.youtubePage(ctx, id, ev)
	if embedErr != nil && pageErr != nil {
		return embedErr
	}
	if player.Details.Title == "" {
		if embedErr != nil {
			return noSuch(ev, "YouTube does not show this video ("+clip(oneLine(first(player.Playability.Reason, player.Playability.Status, "no details")), 100)+")")
		}
		player.Details.Title, player.Details.Author = embed.Title, embed.Author
	}
	ev.FinalURL, ev.CanonicalURL = watch, watch
	d := fillYouTube(player, ev)
	if len(ev.Sources) == 0 {
		addSource(ev, watch, ev.Title, time.Now().UTC())
	}
	transcript, err := r.youtubeCaptions(ctx, player.Captions.List.Tracks, ev)
	switch {
	case err == nil:
		d.section("Transcript", transcript)
		ev.Coverage = job.CoverageFull
	case player.Details.Description == "":
		ev.MarkPartial("only title and channel could be had: neither the description nor the captions of the video (" + sentence(err) + ")")
	default:
		ev.MarkPartial("the video's captions could not be had (" + sentence(err) + "): this is its title and description")
	}
	ev.Text = d.String()
	return nil
}

func fillYouTube(p youtubePlayer, ev *job.Evidence) *doc {
	v := p.Details
	ev.Title, ev.Author, ev.SiteName = oneLine(v.Title), v.Author, "YouTube"
	ev.Description = clip(oneLine(v.Description), 300)
	ev.Published = p.Micro.Renderer.Published
	length := ""
	if n, err := strconv.Atoi(v.Seconds); err == nil && n > 0 {
		length = (time.Duration(n) * time.Second).String()
	}
	d := &doc{}
	d.facts(fact{"Video", ev.Title}, fact{"Channel", v.Author}, fact{"Length", length}, fact{"Published", day(ev.Published)},
		fact{"Category", p.Micro.Renderer.Category}, fact{"Views", v.Views})
	d.section("Description", v.Description)
	return d
}

// youtubePage reads the player response out of the watch page.
func (r *Retriever) youtubePage(ctx context.Context, id string, ev *job.Evidence) (youtubePlayer, error) {
	var p youtubePlayer
	res, err := r.client.Get(ctx, fetch.Request{URL: r.cfg.APIs.YouTube + "/watch?v=" + id + "&hl=en", MaxBytes: apiBytes})
	if err != nil {
		return p, err
	}
	addSource(ev, res.URL, "", res.FetchedAt)
	raw, ok := objectAfter(res.Body, "ytInitialPlayerResponse")
	if !ok {
		return p, notTheAPI(res.URL, nil)
	}
	return p, json.Unmarshal(raw, &p)
}

// objectAfter finds the JSON object that is assigned to name in a page.
func objectAfter(body []byte, name string) ([]byte, bool) {
	for {
		i := bytes.Index(body, []byte(name))
		if i < 0 {
			return nil, false
		}
		body = body[i+len(name):]
		rest := bytes.TrimLeft(body, " \t\n\"']=")
		if len(rest) > 0 && rest[0] == '{' && len(body)-len(rest) < 16 {
			var raw json.RawMessage
			if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&raw); err == nil {
				return raw, true
			}
		}
	}
}

// youtubeCaptions reads the best track: made by hand before made by machine,
// English before others. Tracks that ask for a proof-of-origin token (exp=xpe)
// answer nothing to us.
func (r *Retriever) youtubeCaptions(ctx context.Context, tracks []youtubeTrack, ev *job.Evidence) (string, error) {
	best, score := youtubeTrack{}, -1
	for _, t := range tracks {
		s := 0
		if t.Kind != "asr" {
			s += 2
		}
		if strings.HasPrefix(t.Language, "en") {
			s++
		}
		if u, err := url.Parse(t.BaseURL); err != nil || u.Query().Get("exp") == "xpe" {
			continue
		}
		if s > score {
			best, score = t, s
		}
	}
	if score < 0 {
		return "", fetch.NewError(fetch.Empty, "", "there are none that can be read", "")
	}
	base, err := url.Parse(r.cfg.APIs.YouTube)
	if err != nil {
		return "", err
	}
	u, err := base.Parse(best.BaseURL)
	if err != nil {
		return "", err
	}
	// Always the configured service, and the plain XML form.
	u.Scheme, u.Host = base.Scheme, base.Host
	q := u.Query()
	q.Del("fmt")
	u.RawQuery = q.Encode()
	res, err := r.client.Get(ctx, fetch.Request{URL: u.String(), MaxBytes: apiBytes})
	if err != nil {
		return "", err
	}
	text := captionText(res.Body)
	if text == "" {
		return "", fetch.NewError(fetch.Empty, "", "YouTube gives none to this program", "")
	}
	addSource(ev, res.URL, "Captions ("+best.Language+")", res.FetchedAt)
	ev.Lang = first(ev.Lang, strings.ToLower(strings.SplitN(best.Language, "-", 2)[0]))
	return text, nil
}

// captionText joins the lines of a caption file into paragraphs of a minute,
// each with its time.
func captionText(body []byte) string {
	var t struct {
		Lines []struct {
			Start string `xml:"start,attr"`
			Text  string `xml:",chardata"`
		} `xml:"text"`
	}
	if xml.Unmarshal(body, &t) != nil {
		return ""
	}
	var paragraphs []string
	var words []string
	minute := -1
	flush := func() {
		if len(words) > 0 {
			paragraphs = append(paragraphs, fmt.Sprintf("[%d:%02d] %s", minute/60, minute%60, strings.Join(words, " ")))
			words = nil
		}
	}
	for _, l := range t.Lines {
		text := oneLine(tags.ReplaceAllString(html.UnescapeString(l.Text), ""))
		if text == "" {
			continue
		}
		seconds, _ := strconv.ParseFloat(l.Start, 64)
		if m := int(seconds) / 60; m != minute {
			flush()
			minute = m
		}
		words = append(words, text)
	}
	flush()
	return strings.Join(paragraphs, "\n\n")
}

var tags = regexp.MustCompile(`<[^>]*>`)

func (r *Retriever) youtubePlaylist(ctx context.Context, list string, ev *job.Evidence) error {
	link := "https://www.youtube.com/playlist?list=" + url.QueryEscape(list)
	e, err := r.oembed(ctx, r.cfg.APIs.YouTube+"/oembed?format=json&url="+url.QueryEscape(link))
	if err != nil {
		return err
	}
	ev.FinalURL, ev.CanonicalURL = link, link
	e.fill(ev)
	addSource(ev, link, ev.Title, time.Now().UTC())
	ev.MarkPartial("only the playlist's title and channel could be had")
	return nil
}

func (r *Retriever) youtubeRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	if !hostIs(u.Hostname(), ".youtube.com", "youtu.be") {
		return false, nil
	}
	if u.Path == "/oembed" {
		return r.oembedRead(u, body, ev)
	}
	var p youtubePlayer
	if strings.HasPrefix(u.Path, "/api/timedtext") {
		ev.Text = captionText(body)
		ev.Title, ev.SiteName, ev.Coverage = "Captions", "YouTube", job.CoverageFull
		return ev.Text != "", nil
	}
	if decodeJSON(body, &p) != nil {
		raw, ok := objectAfter(body, "ytInitialPlayerResponse")
		if !ok || json.Unmarshal(raw, &p) != nil {
			return false, nil
		}
	}
	if p.Details.Title == "" {
		if p.Playability.Status == "" {
			return false, nil
		}
		return true, noSuch(ev, "YouTube does not show this video ("+clip(oneLine(first(p.Playability.Reason, p.Playability.Status)), 100)+")")
	}
	ev.Text = fillYouTube(p, ev).String()
	ev.CanonicalURL = "https://www.youtube.com/watch?v=" + p.Details.ID
	ev.MarkPartial("the video's captions are not in the answer: this is its title and description")
	return true, nil
}
