package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// releaseInfo is the answer about a release.
type releaseInfo struct {
	Tag        string      `json:"tag_name"`
	Name       string      `json:"name"`
	Body       string      `json:"body"`
	Published  string      `json:"published_at"`
	HTMLURL    string      `json:"html_url"`
	Author     userInfo    `json:"author"`
	Prerelease bool        `json:"prerelease"`
	Assets     []assetInfo `json:"assets"`
}

// assetInfo is a file of a release.
type assetInfo struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	Downloads int    `json:"download_count"`
}

// label names the release by name, tag and day.
func (g releaseInfo) label() string {
	l := outline.First(g.Name, g.Tag)
	if g.Tag != "" && !strings.Contains(l, g.Tag) {
		l += " (" + g.Tag + ")"
	}
	if d := outline.Day(g.Published); d != "" {
		l += ", " + d
	}
	if g.Prerelease {
		l += ", pre-release"
	}
	return text.OneLine(l)
}

// project names the repository of the release, "owner/name: ", as release notes often name but a
// version. It is empty where the answer has no address of that form.
func (g releaseInfo) project() string {
	u, err := url.Parse(g.HTMLURL)
	if err != nil {
		return ""
	}
	if s := source.Segments(u); len(s) > 2 && s[2] == "releases" {
		return s[0] + "/" + s[1] + ": "
	}
	return ""
}

// notes is the readable text of the release notes.
func (g releaseInfo) notes() string {
	base, _ := url.Parse(g.HTMLURL)
	text, _ := page.Markdown(g.Body, base)
	return page.Headings(outline.First(text, "(no notes)"), 3)
}

// releaseOf asks for the release at link.
func releaseOf(ctx context.Context, web source.Web, api server, link string) (releaseInfo, error) {
	var rel releaseInfo
	_, err := get(ctx, web, api, link, &rel)
	return rel, err
}

// fetchRelease reads the release at path, and of its files the one called file, when the link
// is to that.
func fetchRelease(ctx context.Context, web source.Web, at spot, path, file string, ev *job.Evidence) error {
	var rel releaseInfo
	res, err := get(ctx, web, at.api, at.repo+path, &rel)
	if err != nil {
		return err
	}
	fillRelease(rel, ev)
	source.Add(ev, outline.First(rel.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	if file = outline.Unless(file, "download"); file == "" {
		repofile.LeadWith(at.anchor, "release's notes", ev)
		return nil
	}
	d := &outline.Text{}
	for _, a := range rel.Assets {
		if a.Name == file {
			d.Facts(outline.Fact("File", a.Name), outline.Fact("Bytes", a.Size), outline.Fact("Downloads", a.Downloads))
			d.Facts(outline.Fact("Of release", rel.label()))
		}
	}
	if d.String() == "" {
		ev.MarkPartial("the release has no file " + text.Clip(text.OneLine(file), 100))
	} else {
		ev.MarkPartial("the file itself is not read: these are the notes of its release")
	}
	ev.Lead = len(d.String())
	d.Section("Notes of the release", ev.Text)
	ev.Text = d.String()
	return nil
}

// fillRelease writes the notes of a release.
func fillRelease(rel releaseInfo, ev *job.Evidence) {
	ev.Title, ev.SiteName, ev.Author = rel.project()+"Release "+rel.label(), "GitHub", rel.Author.Login
	ev.Published, ev.CanonicalURL, ev.FinalURL = rel.Published, rel.HTMLURL, outline.First(rel.HTMLURL, ev.URL)
	ev.Text = rel.notes()
	source.Complete(ev)
}

// fetchReleases reads the newest releases of a repository, in their order.
func fetchReleases(ctx context.Context, web source.Web, at spot, ev *job.Evidence) error {
	var list []releaseInfo
	res, err := get(ctx, web, at.api, at.repo+"/releases?per_page=10", &list)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fetch.NewError(fetch.Empty, ev.URL, "the repository has no releases", "share a tag or the repository")
	}
	name := strings.TrimPrefix(at.repo, at.api.base+"/repos/")
	ev.Title, ev.SiteName, ev.Published = "Releases of "+name, "GitHub", list[0].Published
	ev.FinalURL = ev.URL
	source.Add(ev, res.URL, ev.Title, res.FetchedAt)
	d := &outline.Text{}
	cut := 0
	for _, rel := range list {
		notes := rel.notes()
		if len(notes) > 4000 {
			cut++
		}
		d.Section("Release "+rel.label(), text.Clip(notes, 4000))
		ev.Links = append(ev.Links, rel.HTMLURL)
	}
	if cut > 0 {
		ev.MarkPartial(fmt.Sprintf("long notes (of %d releases) are shortened", cut))
	}
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}
