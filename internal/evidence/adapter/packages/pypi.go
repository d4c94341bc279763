// Package packages reads packages of PyPI and npm by their registries' APIs. In goes a link to
// a package or to one version of it; out come its facts and its description or README.
package packages

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// pypiName is the form of names (packaging.python.org, names and normalization).
var pypiName = lazyregexp.New(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

// PyPI is the adapter of projects on PyPI.
type PyPI struct {
	API string // base address: https://pypi.org
}

// Name implements [source.Adapter].
func (PyPI) Name() string { return "PyPIAdapter" }

// Match matches project pages. pypi.org/project/name/1.2.3 names a version, which the API
// takes in the same place.
func (a PyPI) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), "pypi.org", "www.pypi.org", "pypi.python.org") {
		return nil
	}
	s := source.Segments(u)
	if len(s) < 2 || len(s) > 3 || s[0] != "project" && s[0] != "pypi" && s[0] != "p" ||
		!pypiName.MatchString(s[1]) || source.Last(s) == "json" {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		var p pypiProject
		res, err := source.GetJSON(ctx, web, a.API+"/pypi/"+strings.Join(s[1:], "/")+"/json", "", &p)
		if fetch.ReasonOf(err) == fetch.NotFound && len(s) == 3 {
			p = pypiProject{}
			if res, err = source.GetJSON(ctx, web, a.API+"/pypi/"+s[1]+"/json", "", &p); err == nil {
				ev.MarkPartial("PyPI has no version " + text.Clip(text.OneLine(s[2]), 40) + " of this project: this is the latest")
			}
		}
		if fetch.ReasonOf(err) == fetch.NotFound {
			return source.NoSuch(ev, "PyPI has no project of this name")
		}
		if err != nil {
			return err
		}
		p.fill(ev)
		p.leadWith(u.Fragment, ev)
		source.Add(ev, res.URL, ev.Title, res.FetchedAt)
		return nil
	}
}

// pypiProject is the answer of PyPI's JSON API (docs.pypi.org/api/json).
type pypiProject struct {
	Info struct {
		Name        string            `json:"name"`
		Version     string            `json:"version"`
		Summary     string            `json:"summary"`
		Description string            `json:"description"`
		ContentType string            `json:"description_content_type"`
		Author      string            `json:"author"`
		AuthorEmail string            `json:"author_email"`
		License     string            `json:"license"`
		LicenseExpr string            `json:"license_expression"`
		Python      string            `json:"requires_python"`
		Keywords    string            `json:"keywords"`
		HomePage    string            `json:"home_page"`
		PackageURL  string            `json:"package_url"`
		ProjectURLs map[string]string `json:"project_urls"`
		Requires    []string          `json:"requires_dist"`
		Yanked      bool              `json:"yanked"`
		YankReason  string            `json:"yanked_reason"`
	} `json:"info"`
	URLs     []pypiFile            `json:"urls"`
	Releases map[string][]pypiFile `json:"releases"` // in the answer about a project only
}

// pypiFile is a file of a release.
type pypiFile struct {
	Name     string `json:"filename"`
	Size     int64  `json:"size"`
	Uploaded string `json:"upload_time"`
	Yanked   bool   `json:"yanked"`
}

// leadWith puts the part of the page that anchor names first: its tabs are fragments, and so are
// the headings of the description.
func (p pypiProject) leadWith(anchor string, ev *job.Evidence) {
	d := &outline.Text{}
	switch anchor {
	case "", "description", "data":
		return
	case "history":
		when, said := map[string]string{}, map[string]string{}
		for version, files := range p.Releases {
			when[version] = ""
			for _, f := range files {
				when[version] = f.Uploaded
				if f.Yanked {
					said[version] = "yanked"
				}
			}
		}
		d.Section("Releases", listVersions(when, said))
		if len(when) == 0 {
			ev.MarkPartial("the history, which the link names, is not in the answer")
		}
	case "files":
		var lines []string
		for _, f := range p.URLs[:min(len(p.URLs), maxListed)] {
			lines = append(lines, fmt.Sprintf("- %s (%d bytes)", text.OneLine(f.Name), f.Size))
		}
		d.Section("Files", strings.Join(lines, "\n"))
	default:
		if part, rest, ok := outline.Part(ev.Text, anchor); ok {
			ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+rest), len(part)
		}
		return
	}
	if ev.Lead = len(d.String()); ev.Lead > 0 {
		d.Add(ev.Text)
		ev.Text = d.String()
	}
}

// fill writes a project. Its description is in the markup that it declares.
func (p pypiProject) fill(ev *job.Evidence) {
	i := p.Info
	ev.Title, ev.SiteName = strings.TrimSpace(i.Name+" "+i.Version), "PyPI"
	ev.Description, ev.Author = text.OneLine(unknown(i.Summary)), outline.First(unknown(i.Author), unknown(i.AuthorEmail))
	ev.CanonicalURL = "https://pypi.org/project/" + i.Name + "/"
	ev.FinalURL = outline.First(ev.FinalURL, ev.CanonicalURL)
	if len(p.URLs) > 0 {
		ev.Published = p.URLs[0].Uploaded
	}
	d := &outline.Text{}
	d.Add(ev.Description)
	yanked := ""
	if i.Yanked {
		yanked = outline.First(i.YankReason, "yes")
	}
	d.Facts(
		outline.Fact("Version", i.Version), outline.Fact("Released", outline.Day(ev.Published)),
		outline.Fact("Author", ev.Author),
		outline.Fact("Licence", text.Clip(text.OneLine(outline.First(unknown(i.LicenseExpr), unknown(i.License))), 100)),
		outline.Fact("Python", i.Python), outline.Fact("Keywords", i.Keywords),
		outline.Fact("Home page", unknown(i.HomePage)), outline.Fact("Yanked", yanked),
		outline.Fact("Requires", strings.Join(runtimeNeeds(i.Requires), ", ")),
	)
	for _, k := range slices.Sorted(maps.Keys(i.ProjectURLs)) {
		ev.Links = append(ev.Links, i.ProjectURLs[k])
	}
	if h := unknown(i.HomePage); h != "" {
		ev.Links = append(ev.Links, h)
	}
	base, _ := url.Parse(ev.CanonicalURL)
	var text string
	var links []string
	switch {
	case strings.Contains(i.ContentType, "markdown"):
		text, links = page.Markdown(unknown(i.Description), base)
	case strings.Contains(i.ContentType, "plain"):
		text = unknown(i.Description)
	default: // reStructuredText unless declared
		text, links = page.ReStructured(unknown(i.Description), base)
	}
	ev.Links = append(ev.Links, links...)
	d.Section("Description", page.Headings(text, 3))
	ev.Text = d.String()
	if text == "" {
		ev.MarkPartial("the project has no description")
	}
	source.Complete(ev)
}

// runtimeNeeds are the requirements that are no extras, at most twenty. An extra's requirement
// ends in a marker such as ; extra == "dev".
func runtimeNeeds(requires []string) []string {
	var out []string
	for _, q := range requires {
		if !strings.Contains(q, "extra ==") && len(out) < 20 {
			out = append(out, q)
		}
	}
	return out
}

// unknown is s unless it is the word that older tools wrote for nothing.
func unknown(s string) string {
	if strings.TrimSpace(s) == "UNKNOWN" {
		return ""
	}
	return s
}

// Recognize implements [source.Recognizer] for the answer about a project.
func (PyPI) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	var p pypiProject
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "pypi.org", "pypi.python.org") ||
		source.DecodeJSON(in.Body, &p) != nil || p.Info.Name == "" {
		return false, nil
	}
	p.fill(ev)
	return true, nil
}
