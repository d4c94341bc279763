package github

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/format/repofile"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// maxSplits bounds how many ways are tried to part a path into the name of a branch, which may
// have slashes, and the path of a file.
const maxSplits = 3

// fetchFile reads one file. place is the name of a branch, tag or commit and the path, whose
// border the link does not tell: the first part is taken for the name, and when GitHub knows no
// such file, the first two, then three. When the interface refuses, as it does after sixty
// requests an hour without a token, the file is taken from where GitHub keeps files.
func fetchFile(ctx context.Context, web source.Web, at spot, place []string, ev *job.Evidence) error {
	var first error
	for n := 1; n <= min(maxSplits, len(place)-1); n++ {
		ref, name := strings.Join(place[:n], "/"), strings.Join(place[n:], "/")
		res, err := getRaw(ctx, web, at.api, at.repo+"/contents/"+source.EscapePath(name)+"?ref="+url.QueryEscape(ref))
		if err == nil {
			return at.takeFile(name, res, ev)
		}
		if first == nil {
			first = err
		}
		if fetch.ReasonOf(err) != fetch.NotFound {
			break
		}
	}
	if at.api.raw != "" && fetch.ReasonOf(first) != fetch.NotFound {
		link := at.api.raw + "/" + strings.TrimPrefix(at.repo, at.api.base+"/repos/") + "/" + source.EscapePath(strings.Join(place, "/"))
		if res, err := web.Get(ctx, fetch.Request{URL: link, MaxBytes: source.MaxAnswer, Truncate: true}); err == nil {
			return at.takeFile(strings.Join(place[1:], "/"), res, ev)
		}
	}
	return first
}

// takeFile makes evidence of a file that was fetched.
func (at spot) takeFile(name string, res *fetch.Response, ev *job.Evidence) error {
	fillFile(name, res.Body, at.anchor, ev)
	if ev.Text == "" {
		return fetch.NewError(fetch.NotText, ev.URL, "this file is not text", "share a page that describes it")
	}
	source.MarkMissing(ev, res, "file")
	source.Add(ev, ev.URL, ev.Title, res.FetchedAt)
	return nil
}

// getRaw fetches the bytes of a file, which the interface gives up to 100 MB
// (docs.github.com/rest/repos/contents). Of what is larger than our bound the beginning comes.
func getRaw(ctx context.Context, web source.Web, api server, link string) (*fetch.Response, error) {
	req := api.request(link, "application/vnd.github.raw+json")
	req.Truncate = true
	res, err := web.Get(ctx, req)
	if err != nil {
		return nil, err
	}
	return res, checkStatus(res)
}

// fillFile writes a file's content, prose as prose and anything else as code, after the lines,
// the section or the cell that anchor names. Text stays empty for a file that is not text. body
// may also be the JSON form of the contents API, see content.
func fillFile(name string, body []byte, anchor string, ev *job.Evidence) {
	own, plain := content(body)
	name = outline.First(name, own)
	ev.SiteName, ev.FinalURL, ev.CanonicalURL = "GitHub", ev.URL, ev.URL
	ev.Title = path.Base(name)
	if strings.ContainsRune(plain, 0) || !utf8.ValidString(plain) {
		return
	}
	base, _ := url.Parse(ev.URL)
	repofile.Fill(name, plain, base, anchor, ev)
}

// entry is a file or a folder in a folder.
type entry struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// maxEntries bounds the entries of a folder that are named.
const maxEntries = 200

// fetchFolder reads a folder: its README, where it has one, and what is in it. place is as of
// fetchFile; it may also be the name of a branch with slashes and no path.
func (a Adapter) fetchFolder(ctx context.Context, web source.Web, at spot, place []string, ev *job.Evidence) error {
	var first error
	for n := 1; n <= min(maxSplits, len(place)); n++ {
		ref, name := strings.Join(place[:n], "/"), strings.Join(place[n:], "/")
		if name == "" {
			return a.fetchRepo(ctx, web, at, ref, ev)
		}
		var list []entry
		res, err := get(ctx, web, at.api, at.repo+"/contents/"+source.EscapePath(name)+"?ref="+url.QueryEscape(ref), &list)
		if err == nil {
			source.Add(ev, res.URL, name, res.FetchedAt)
			a.fillFolder(ctx, web, at, ref, name, list, ev)
			return nil
		}
		if first == nil {
			first = err
		}
		if fetch.ReasonOf(err) != fetch.NotFound {
			break
		}
	}
	return first
}

// fillFolder writes a folder. That it has no README is no fault.
func (a Adapter) fillFolder(ctx context.Context, web source.Web, at spot, ref, name string, list []entry, ev *job.Evidence) {
	ev.SiteName, ev.FinalURL, ev.CanonicalURL, ev.Title = "GitHub", ev.URL, ev.URL, name
	has := false
	lines := make([]string, 0, min(len(list), maxEntries))
	for _, e := range list {
		has = has || strings.HasPrefix(strings.ToLower(e.Name), "readme")
		if len(lines) < maxEntries {
			lines = append(lines, entryLine(e))
		}
	}
	if len(list) > maxEntries {
		ev.MarkPartial(fmt.Sprintf("of the %d files in the folder %d are named", len(list), maxEntries))
	}
	d := &outline.Text{}
	d.Facts(outline.Fact("Folder", name), outline.Fact("At", ref))
	if has && !a.WithoutReadme {
		base, _ := url.Parse(ev.URL)
		readme, links, err := readmeAt(ctx, web, at.api, at.repo+"/readme/"+source.EscapePath(name), ref, base, ev)
		if err != nil {
			ev.MarkPartial("the README could not be had (" + source.Cause(err) + ")")
		}
		ev.Links = append(ev.Links, links...)
		d.Section("README", readme)
	}
	d.Section("Files", strings.Join(lines, "\n"))
	ev.Text = d.String()
	source.Complete(ev)
	repofile.LeadWith(at.anchor, "README", ev)
}

// entryLine names one entry.
func entryLine(e entry) string {
	switch {
	case e.Type == "dir":
		return "- " + text.OneLine(e.Name) + "/"
	case e.Size > 0:
		return fmt.Sprintf("- %s (%d bytes)", text.OneLine(e.Name), e.Size)
	}
	return "- " + text.OneLine(e.Name)
}
