// Package youtube reads videos and playlists of YouTube: title, channel, description and, where
// YouTube gives them, captions, from the moment on that the link names, and the videos of a
// playlist.
package youtube

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/oembed"
	"github.com/technoshare/commentator/internal/evidence/format/xmltext"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// idPattern is the form of ids of videos.
var idPattern = lazyregexp.New(`^[A-Za-z0-9_-]{11}$`)

// Adapter is the adapter of videos and playlists.
type Adapter struct {
	API string // base address: https://www.youtube.com
}

// Name implements [source.Adapter].
func (Adapter) Name() string { return "YouTubeAdapter" }

// Match matches videos and playlists in their several address forms.
func (a Adapter) Match(u *url.URL) source.Task {
	if u.Path == "/attribution_link" && source.HostIs(u.Hostname(), ".youtube.com") {
		inner, err := u.Parse(u.Query().Get("u"))
		if err != nil || inner.Path == u.Path {
			return nil
		}
		u = inner
	}
	s := source.Segments(u)
	id, list := "", u.Query().Get("list")
	switch {
	case source.HostIs(u.Hostname(), "youtu.be") && len(s) == 1:
		id = s[0]
	case source.HostIs(u.Hostname(), ".youtube.com", ".youtube-nocookie.com"):
		switch {
		case len(s) == 1 && s[0] == "watch":
			id = u.Query().Get("v")
		case len(s) == 1 && s[0] == "playlist" && list != "", len(s) == 2 && s[1] == "videoseries" && list != "":
			return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
				return a.playlist(ctx, web, list, ev)
			}
		case len(s) == 2 && slices.Contains([]string{"shorts", "live", "embed", "v", "e", "watch"}, s[0]):
			id = s[1]
		}
	}
	if !idPattern.MatchString(id) {
		return nil
	}
	at := moment{second: secondOf(u), comment: u.Query().Get("lc")}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return a.video(ctx, web, id, at, ev)
	}
}

// player is the player response embedded in a watch page.
type player struct {
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
			Tracks []track `json:"captionTracks"`
		} `json:"playerCaptionsTracklistRenderer"`
	} `json:"captions"`
}

// track is a caption file.
type track struct {
	BaseURL  string `json:"baseUrl"`
	Language string `json:"languageCode"`
	Kind     string `json:"kind"` // "asr": made by machine
}

// video asks oEmbed and reads the watch page. Either may be refused, as YouTube does to many
// data centres, so one of them is enough. Captions make the evidence full: they are the
// video's own words.
func (a Adapter) video(ctx context.Context, web source.Web, id string, at moment, ev *job.Evidence) error {
	watch := "https://www.youtube.com/watch?v=" + id
	embed, embedErr := oembed.Get(ctx, web, a.API+"/oembed?format=json&url="+url.QueryEscape(watch))
	player, pageErr := a.page(ctx, web, id, ev)
	if embedErr != nil && pageErr != nil {
		return embedErr
	}
	if player.Details.Title == "" {
		if embedErr != nil {
			return notShown(ev, player)
		}
		player.Details.Title, player.Details.Author = embed.Title, embed.Author
	}
	ev.FinalURL, ev.CanonicalURL = watch, watch
	rest := fill(player, ev)
	if len(ev.Sources) == 0 {
		source.Add(ev, watch, ev.Title, time.Now().UTC())
	}
	if at.comment != "" {
		ev.MarkPartial("the comment that the link names could not be had: YouTube gives none without an account")
	}
	before, from, err := a.captions(ctx, web, player.Captions.List.Tracks, at.second, ev)
	d := &outline.Text{}
	if at.second > 0 {
		d.Section("From "+clock(at.second)+" on, where the link starts", outline.First(from, chapterAt(player.Details.Description, at.second)))
		ev.Lead = len(d.String())
	}
	if ev.Lead > 0 {
		d.Section("The video", page.Headings(rest.String(), 3))
		d.Section("Transcript before that", before)
	} else {
		d = rest
		d.Section("Transcript", from)
	}
	switch {
	case err == nil && from == "":
		ev.MarkPartial("the link starts at " + clock(at.second) + ", behind the last caption")
	case err == nil:
		source.Complete(ev)
	case player.Details.Description == "":
		ev.MarkPartial("only title and channel could be had: neither the description nor the captions of the video (" + source.Cause(err) + ")")
	default:
		ev.MarkPartial("the video's captions could not be had (" + source.Cause(err) + "): this is its title and description")
	}
	ev.Text = d.String()
	return nil
}

// fill writes what the player says of its video and returns the text so far.
func fill(p player, ev *job.Evidence) *outline.Text {
	v := p.Details
	ev.Title, ev.Author, ev.SiteName = text.OneLine(v.Title), v.Author, "YouTube"
	ev.Description = text.Clip(text.OneLine(v.Description), 300)
	ev.Published = p.Micro.Renderer.Published
	length := ""
	if n, err := strconv.Atoi(v.Seconds); err == nil && n > 0 {
		length = (time.Duration(n) * time.Second).String()
	}
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Video", ev.Title), outline.Fact("Channel", v.Author), outline.Fact("Length", length),
		outline.Fact("Published", outline.Day(ev.Published)),
		outline.Fact("Category", p.Micro.Renderer.Category), outline.Fact("Views", v.Views),
	)
	d.Section("Description", v.Description)
	return d
}

// page reads the player response out of the watch page.
func (a Adapter) page(ctx context.Context, web source.Web, id string, ev *job.Evidence) (player, error) {
	var p player
	res, err := web.Get(ctx, fetch.Request{URL: a.API + "/watch?v=" + id + "&hl=en", MaxBytes: source.MaxAnswer})
	if err != nil {
		return p, err
	}
	source.Add(ev, res.URL, "", res.FetchedAt)
	raw, ok := objectAfter(res.Body, playerVariable)
	if !ok {
		return p, source.NotTheAPI(res.URL, nil)
	}
	return p, json.Unmarshal(raw, &p)
}

// objectAfter finds the JSON object that is assigned to name in a page. The page is not
// parsed: "var ytInitialPlayerResponse = {…};" stands in a script. The name may occur several
// times, also without an object near it, so that at most fifteen other bytes may come before
// the brace. The decoder finds the object's end.
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

// captions reads the best track: made by hand before made by machine,
// English before others. Tracks that ask for a proof-of-origin token (exp=xpe)
// answer nothing to us.
func (a Adapter) captions(
	ctx context.Context, web source.Web, tracks []track, second int, ev *job.Evidence,
) (before, from string, err error) {
	best, score := track{}, -1
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
		return "", "", fetch.NewError(fetch.Empty, "", "there are none that can be read", "")
	}
	base, err := url.Parse(a.API)
	if err != nil {
		return "", "", err
	}
	u, err := base.Parse(best.BaseURL)
	if err != nil {
		return "", "", err
	}
	// Always the configured service, and the plain XML form.
	u.Scheme, u.Host = base.Scheme, base.Host
	q := u.Query()
	q.Del("fmt")
	u.RawQuery = q.Encode()
	res, err := web.Get(ctx, fetch.Request{URL: u.String(), MaxBytes: source.MaxAnswer})
	if err != nil {
		return "", "", err
	}
	before, from = xmltext.CaptionsFrom(res.Body, float64(second))
	if before == "" && from == "" {
		return "", "", fetch.NewError(fetch.Empty, "", "YouTube gives none to this program", "")
	}
	source.Add(ev, res.URL, "Captions ("+best.Language+")", res.FetchedAt)
	ev.Lang = outline.First(ev.Lang, strings.ToLower(strings.SplitN(best.Language, "-", 2)[0]))
	return before, from, nil
}

// playerVariable is the name that a watch page assigns its player response to.
const playerVariable = "ytInitialPlayerResponse"

// Recognize implements [source.Recognizer] for player responses, the watch pages
// that hold one, and oEmbed answers.
func (Adapter) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	if in.Kind != source.JSON && (in.Kind != source.HTML || !bytes.Contains(in.Body, []byte(playerVariable))) ||
		!source.HostIs(in.URL.Hostname(), ".youtube.com", "youtu.be") {
		return false, nil
	}
	if in.URL.Path == "/oembed" {
		return oembed.Read(in.Body, ev)
	}
	var p player
	if strings.HasPrefix(in.URL.Path, "/api/timedtext") {
		ev.Text = xmltext.Captions(in.Body)
		ev.Title, ev.SiteName, ev.Coverage = "Captions", "YouTube", job.CoverageFull
		return ev.Text != "", nil
	}
	if source.DecodeJSON(in.Body, &p) != nil {
		raw, ok := objectAfter(in.Body, playerVariable)
		if !ok || json.Unmarshal(raw, &p) != nil {
			return false, nil
		}
	}
	if p.Details.Title == "" {
		if p.Playability.Status == "" {
			return false, nil
		}
		return true, notShown(ev, p)
	}
	ev.Text = fill(p, ev).String()
	ev.CanonicalURL = "https://www.youtube.com/watch?v=" + p.Details.ID
	ev.MarkPartial("the video's captions are not in the answer: this is its title and description")
	return true, nil
}

// notShown is the error about a video of which YouTube says no more than why it is
// not shown.
func notShown(ev *job.Evidence, p player) error {
	why := outline.First(p.Playability.Reason, p.Playability.Status, "no details")
	return source.NoSuch(ev, "YouTube does not show this video ("+text.Clip(text.OneLine(why), 100)+")")
}
