package packages

import (
	"cmp"
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

// npmName is the form of names, old ones with capitals included
// (github.com/npm/validate-npm-package-name).
var npmName = lazyregexp.New(`^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$`)

// Npm is the adapter of packages on npm.
type Npm struct {
	API string // base address: https://registry.npmjs.org
}

// Name implements [source.Adapter].
func (Npm) Name() string { return "NpmAdapter" }

// Match matches package pages. npmjs.com/package/@scope/name/v/1.2.3 names a version,
// npm.im/name is a short link.
func (a Npm) Match(u *url.URL) source.Task {
	if !source.HostIs(u.Hostname(), ".npmjs.com", "npm.im") {
		return nil
	}
	s := source.Segments(u)
	if source.HostIs(u.Hostname(), ".npmjs.com") {
		if len(s) < 2 || s[0] != "package" {
			return nil
		}
		s = s[1:]
	}
	if len(s) == 0 {
		return nil
	}
	name, rest := s[0], s[1:]
	if strings.HasPrefix(name, "@") && len(rest) > 0 {
		name, rest = name+"/"+rest[0], rest[1:]
	}
	version := ""
	if len(rest) == 2 && rest[0] == "v" {
		version = rest[1]
	}
	tab := u.Query().Get("activeTab")
	if !npmName.MatchString(name) {
		return nil
	}
	return func(ctx context.Context, web source.Web, ev *job.Evidence) error {
		var p npmPackage
		// The slash of a scoped name is a part of the name and would otherwise ask for a
		// version.
		res, err := source.GetJSON(ctx, web, a.API+"/"+strings.Replace(name, "/", "%2F", 1), "", &p)
		if fetch.ReasonOf(err) == fetch.NotFound {
			return source.NoSuch(ev, "npm has no package of this name")
		}
		if err != nil {
			return err
		}
		if p.Name == "" {
			return source.NotTheAPI(res.URL, nil)
		}
		p.fill(version, ev)
		p.leadWith(tab, ev)
		source.Add(ev, res.URL, ev.Title, res.FetchedAt)
		return nil
	}
}

// npmPackage is a packument, or one version of it
// (github.com/npm/registry/blob/main/docs/responses/package-metadata.md).
type npmPackage struct {
	npmVersion
	Readme   string                `json:"readme"`
	DistTags map[string]string     `json:"dist-tags"`
	Time     map[string]any        `json:"time"`
	Versions map[string]npmVersion `json:"versions"`
}

// npmVersion has fields that packages fill with strings or objects.
type npmVersion struct {
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	Description string            `json:"description"`
	Homepage    any               `json:"homepage"`
	License     any               `json:"license"`
	Author      any               `json:"author"`
	Repository  any               `json:"repository"`
	Keywords    any               `json:"keywords"`
	Deprecated  any               `json:"deprecated"`
	Engines     any               `json:"engines"`
	Deps        map[string]string `json:"dependencies"`
	Readme      string            `json:"readme"` // of few
}

// fill writes one version of a package, "" for the latest, or a tag such as next. Instead of a
// version that the registry does not have the latest is described, which is said. An answer about
// one version is described by the fields of the package itself. The README is that of the latest
// version, but where a version has its own.
func (p npmPackage) fill(version string, ev *job.Evidence) {
	latest := outline.First(p.DistTags["latest"], p.Version)
	asked := version
	version = outline.First(p.DistTags[version], version, latest)
	if _, ok := p.Versions[version]; !ok && len(p.Versions) > 0 && asked != "" {
		ev.MarkPartial("npm has no version " + text.Clip(text.OneLine(asked), 40) + " of this package: this is the latest")
		version = latest
	}
	v, ok := p.Versions[version]
	if !ok {
		v = p.npmVersion
	}
	name := outline.First(p.Name, v.Name)
	ev.Title, ev.SiteName = strings.TrimSpace(name+" "+version), "npm"
	ev.Description = text.OneLine(outline.First(v.Description, p.Description))
	ev.Author = source.NameOf(firstAny(v.Author, p.Author))
	ev.CanonicalURL = "https://www.npmjs.com/package/" + name
	ev.FinalURL = outline.First(ev.FinalURL, ev.CanonicalURL)
	if t, ok := p.Time[version].(string); ok {
		ev.Published = t
	}
	unpublished := ""
	if gone, ok := p.Time["unpublished"].(map[string]any); ok {
		unpublished = outline.First(outline.Day(source.NameOf(gone["time"])), "yes")
		ev.MarkPartial("the package was taken out of the registry: only its name is left")
	}
	repo := repository(firstAny(v.Repository, p.Repository))
	deprecated := ""
	switch t := v.Deprecated.(type) {
	case string:
		deprecated = t
	case bool:
		deprecated = map[bool]string{true: "yes"}[t]
	}
	d := &outline.Text{}
	d.Add(ev.Description)
	d.Facts(
		outline.Fact("Version", version), outline.Fact("Released", outline.Day(ev.Published)),
		outline.Fact("Author", ev.Author),
		outline.Fact("Licence", source.NameOf(firstAny(v.License, p.License))), outline.Fact("Repository", repo),
		outline.Fact("Home page", source.NameOf(firstAny(v.Homepage, p.Homepage))),
		outline.Fact("Keywords", source.NameOf(firstAny(v.Keywords, p.Keywords))),
		outline.Fact("Versions", len(p.Versions)), outline.Fact("Deprecated", deprecated), outline.Fact("Unpublished", unpublished),
		outline.Fact("Dependencies", strings.Join(slices.Sorted(maps.Keys(v.Deps)), ", ")),
	)
	for _, l := range []string{repo, source.NameOf(firstAny(v.Homepage, p.Homepage))} {
		if strings.HasPrefix(l, "http") {
			ev.Links = append(ev.Links, l)
		}
	}
	base, _ := url.Parse(outline.First(repo, ev.CanonicalURL))
	text, links := page.Markdown(strings.TrimPrefix(outline.First(v.Readme, p.Readme), "ERROR: No README data found!"), base)
	ev.Links = append(ev.Links, links...)
	d.Section("README", page.Headings(text, 3))
	ev.Text = d.String()
	switch {
	case text == "":
		ev.MarkPartial("the registry holds no README of this package")
	case v.Readme == "" && version != latest:
		ev.MarkPartial("the README is that of the latest version, " + latest)
	}
	source.Complete(ev)
}

// maxListed bounds the versions that are named.
const maxListed = 30

// leadWith puts the tab of the page that the link names first.
func (p npmPackage) leadWith(tab string, ev *job.Evidence) {
	d := &outline.Text{}
	switch tab {
	case "versions":
		when := map[string]string{}
		for version := range p.Versions {
			when[version], _ = p.Time[version].(string)
		}
		tags := map[string]string{}
		for tag, version := range p.DistTags {
			tags[version] = strings.TrimSpace(tags[version] + " " + tag)
		}
		d.Section("Versions", listVersions(when, tags))
	case "dependencies":
		var lines []string
		deps := p.Versions[p.DistTags["latest"]].Deps
		for _, name := range slices.Sorted(maps.Keys(deps)) {
			lines = append(lines, "- "+name+" "+text.OneLine(deps[name]))
		}
		d.Section("Dependencies", strings.Join(lines, "\n"))
	case "code":
		ev.MarkPartial("the files of the package, which the link names, are not read")
	}
	if ev.Lead = len(d.String()); ev.Lead > 0 {
		d.Add(ev.Text)
		ev.Text = d.String()
	}
}

// listVersions names the newest versions with the days of their release and what is said of them.
func listVersions(when, said map[string]string) string {
	names := slices.SortedFunc(maps.Keys(when), func(a, b string) int {
		return cmp.Or(cmp.Compare(when[b], when[a]), cmp.Compare(b, a))
	})
	var lines []string
	for _, name := range names[:min(len(names), maxListed)] {
		line := "- " + name
		if day := outline.Day(when[name]); day != "" {
			line += ", " + day
		}
		if said[name] != "" {
			line += " (" + said[name] + ")"
		}
		lines = append(lines, line)
	}
	if len(names) > maxListed {
		lines = append(lines, fmt.Sprintf("(%d of %d versions)", maxListed, len(names)))
	}
	return strings.Join(lines, "\n")
}

// repositoryPrefixes are the forms of a repository's address that are no page, and
// the beginning of its page.
var repositoryPrefixes = []struct{ short, page string }{
	{"github:", "https://github.com/"},
	{"gitlab:", "https://gitlab.com/"},
	{"bitbucket:", "https://bitbucket.org/"},
	{"git://", "https://"},
	{"ssh://git@", "https://"},
	{"git@github.com:", "https://github.com/"},
}

// repository reads "owner/repo", "github:owner/repo", "git+https://…git" and
// {"url": …} as the page of the repository.
func repository(v any) string {
	s := source.NameOf(v)
	if m, ok := v.(map[string]any); ok {
		s, _ = m["url"].(string)
	}
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "git+"), ".git")
	for _, prefix := range repositoryPrefixes {
		if rest, ok := strings.CutPrefix(s, prefix.short); ok {
			s = prefix.page + rest
		}
	}
	if !strings.Contains(s, ":") && strings.Count(s, "/") == 1 {
		s = "https://github.com/" + s
	}
	return s
}

// firstAny is the first value that is neither nil nor "".
func firstAny(values ...any) any {
	for _, v := range values {
		if v != nil && v != "" {
			return v
		}
	}
	return nil
}

// Recognize implements [source.Recognizer] for a packument and for one version of it. The
// version stands behind the name in the address; a scoped name has a slash, so it is left to
// the answer to say which version it is.
func (Npm) Recognize(in source.Answer, ev *job.Evidence) (bool, error) {
	var p npmPackage
	if in.Kind != source.JSON || !source.HostIs(in.URL.Hostname(), "registry.npmjs.org") ||
		source.DecodeJSON(in.Body, &p) != nil || p.Name == "" {
		return false, nil
	}
	version := ""
	if s := source.Segments(in.URL); len(s) > 1 && !strings.HasPrefix(s[0], "@") {
		version = s[1]
	}
	p.fill(version, ev)
	return true, nil
}
