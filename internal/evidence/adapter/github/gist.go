package github

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/notebook"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// maxWhole bounds the files of a gist that are fetched one by one, as the interface cut them.
const maxWhole = 3

var (
	// gistID is the form of ids: hexadecimal, the oldest ones are numbers. Revisions are longer.
	gistID       = lazyregexp.New(`^[0-9a-f]{5,32}$|^\d{1,8}$`)
	gistRevision = lazyregexp.New(`^[0-9a-f]{40}$`)
	// gistFile matches the anchors of files and of lines in them: file-a-go, file-a-go-L3-L5.
	gistFile = lazyregexp.New(`^file-(.+?)(?:-(L\d+(?:-L?\d+)?))?$`)
)

// gistSpot is what a link to a gist names.
type gistSpot struct {
	anchor       string // the fragment
	id, revision string
	file, lines  string // of the fragment: the file's name as the anchor writes it, and L3-L5
	comment      string
}

// matchGist matches a gist, a revision of it, and its files and comments. path is /user/id or
// /id, where the account is for people: ids are unique without.
func (at spot) matchGist(path string, q url.Values) source.Task {
	s := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(s) > 1 && gistID.MatchString(strings.TrimSuffix(s[1], ".git")) {
		s = s[1:]
	}
	if len(s) == 0 {
		return nil
	}
	g := gistSpot{anchor: at.anchor, id: strings.TrimSuffix(s[0], ".git")}
	if !gistID.MatchString(g.id) || len(s) > 1 && s[1] == "raw" {
		return nil // raw files are read as what they are
	}
	if len(s) > 1 && gistRevision.MatchString(s[1]) {
		g.revision = s[1]
	}
	if m := gistFile.FindStringSubmatch(at.anchor); m != nil {
		g.file, g.lines = m[1], m[2]
	}
	comment, _ := strings.CutPrefix(at.anchor, "gistcomment-")
	for _, id := range []string{comment, q.Get("permalink_comment_id")} {
		if source.IsNumber(id) && g.comment == "" {
			g.comment = id
		}
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		return fetchGist(ctx, web, at.api, g, ev)
	}
}

// gistInfo is the answer about a gist. Content is cut at about 1 MB.
type gistInfo struct {
	Description string                  `json:"description"`
	HTMLURL     string                  `json:"html_url"`
	Created     string                  `json:"created_at"`
	Owner       userInfo                `json:"owner"`
	Files       map[string]gistFileInfo `json:"files"`
	Comments    int                     `json:"comments"`
	Truncated   bool                    `json:"truncated"` // of more than 300 files the first
}

// gistFileInfo is one file of a gist.
type gistFileInfo struct {
	Filename  string `json:"filename"`
	Content   string `json:"content"`
	Truncated bool   `json:"truncated"`
	RawURL    string `json:"raw_url"`
}

// fetchGist reads a gist with all its files and its first comments.
func fetchGist(ctx context.Context, web source.Web, api server, spot gistSpot, ev *job.Evidence) error {
	link := api.base + "/gists/" + spot.id
	whole := link
	if spot.revision != "" {
		whole += "/" + spot.revision
	}
	var g gistInfo
	res, err := get(ctx, web, api, whole, &g)
	if err != nil {
		return err
	}
	fetched := 0
	for _, name := range slices.Sorted(maps.Keys(g.Files)) {
		f := g.Files[name]
		if !f.Truncated || f.RawURL == "" || fetched == maxWhole {
			continue
		}
		fetched++
		// The address is another host's, which gets no token.
		raw, err := web.Get(ctx, fetch.Request{URL: f.RawURL, MaxBytes: source.MaxAnswer})
		if err == nil {
			f.Content, f.Truncated = string(raw.Body), false
			g.Files[name] = f
		}
	}
	d := &outline.Text{}
	if spot.comment != "" {
		addGistComment(ctx, web, api, link, spot.comment, d, ev)
	}
	fillGist(g, spot, d, ev)
	if g.Comments > 0 {
		var comments []commentInfo
		if _, err := get(ctx, web, api, link+"/comments?per_page=30", &comments); err != nil {
			ev.MarkPartial("the comments could not be had (" + source.Cause(err) + ")")
		}
		d.Section("Comments", formatComments(comments, spot.comment, ev))
		ev.Text = d.String()
	}
	source.Add(ev, outline.First(g.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	return nil
}

// addGistComment puts the comment that the link names first.
func addGistComment(ctx context.Context, web source.Web, api server, link, id string, d *outline.Text, ev *job.Evidence) {
	var c commentInfo
	if _, err := get(ctx, web, api, link+"/comments/"+id, &c); err != nil {
		ev.MarkPartial("the comment that the link names could not be had (" + source.Cause(err) + ")")
		return
	}
	d.Add("## Comment by " + c.label())
	d.Add(c.text(ev))
	ev.Lead = len(d.String())
}

// fillGist writes the files of a gist behind what stands in d: the one that the link names
// first, the others in the order of their names.
func fillGist(g gistInfo, spot gistSpot, d *outline.Text, ev *job.Evidence) {
	ev.SiteName, ev.Author, ev.Published = "GitHub Gist", g.Owner.Login, g.Created
	ev.CanonicalURL, ev.FinalURL = g.HTMLURL, outline.First(g.HTMLURL, ev.URL)
	ev.Description = text.OneLine(g.Description)
	names := slices.Sorted(maps.Keys(g.Files))
	ev.Title = outline.First(ev.Description, strings.Join(names, ", "))
	named := slices.IndexFunc(names, func(n string) bool { return spot.file != "" && anchorOf(n) == anchorOf(spot.file) })
	switch {
	case named >= 0:
		name := names[named]
		names = slices.Insert(slices.Delete(names, named, named+1), 0, name)
		if from, to, ok := repofile.LineRange(spot.lines); ok {
			plain := g.Files[name].Content
			head, _ := repofile.WithLines(name, plain, "", from, to, ev)
			d.Add(head)
			ev.Lead = len(d.String())
		}
	case spot.file != "":
		ev.MarkPartial("the gist has no file " + text.Clip(text.OneLine(spot.file), 60) + " as the link names it")
	}
	if ev.Lead == 0 && named < 0 {
		d.Add(ev.Description)
	}
	for i, name := range names {
		addGistFile(g.Files[name], name, spot.anchor, d, ev)
		if i == 0 && named >= 0 && ev.Lead == 0 {
			ev.Lead = len(d.String())
		}
	}
	if g.Truncated {
		ev.MarkPartial("the gist has more files than the interface gives")
	}
	ev.Text = d.String()
	source.Complete(ev)
}

// addGistFile writes one file: a notebook as its cells, prose as prose, anything else as code.
func addGistFile(f gistFileInfo, name, anchor string, d *outline.Text, ev *job.Evidence) {
	d.Add("## " + name)
	base, _ := url.Parse(ev.FinalURL)
	own := source.NewEvidence(ev.URL)
	if path.Ext(name) == ".ipynb" && notebook.Read([]byte(f.Content), name, base, anchor, own) {
		d.Add(page.Headings(own.Text[:own.Lead], 3))
		if own.Lead > 0 && ev.Lead == 0 {
			ev.Lead = len(d.String())
		}
		d.Add(page.Headings(own.Text[own.Lead:], 3))
		for _, e := range own.Errors {
			ev.MarkPartial(name + ": " + e)
		}
	} else if readable, links := repofile.Readable(name, f.Content, base); readable != "" {
		ev.Links = append(ev.Links, links...)
		d.Add(page.Headings(readable, 3))
	}
	ev.Links = append(ev.Links, own.Links...)
	if f.Truncated {
		ev.MarkPartial(fmt.Sprintf("the file %s is longer than the interface gives", name))
	}
}

// anchorOf is a file's name as the anchor of a gist writes it: in small letters, with a hyphen
// for anything that is neither letter nor digit nor underscore.
func anchorOf(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 0x7f {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
}
