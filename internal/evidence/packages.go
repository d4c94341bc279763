package evidence

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/job"
)

var (
	pypiName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)
	npmName  = regexp.MustCompile(`^(?:@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$`)
)

// pypi matches project pages.
func (r *Retriever) pypi(u *url.URL) task {
	if !hostIs(u.Hostname(), "pypi.org", "www.pypi.org", "pypi.python.org") {
		return nil
	}
	s := segments(u)
	if len(s) < 2 || s[0] != "project" && s[0] != "pypi" || !pypiName.MatchString(s[1]) || len(s) > 3 || lastOf(s) == "json" {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error {
		var p pypiProject
		res, err := r.getJSON(ctx, r.cfg.APIs.PyPI+"/pypi/"+strings.Join(s[1:], "/")+"/json", nil, &p)
		if fetch.ReasonOf(err) == fetch.NotFound {
			return noSuch(ev, "PyPI has no project of this name")
		}
		if err != nil {
			return err
		}
		p.fill(ev)
		addSource(ev, res.URL, ev.Title, res.FetchedAt)
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
	URLs []struct {
		Uploaded string `json:"upload_time"`
	} `json:"urls"`
}

func (p pypiProject) fill(ev *job.Evidence) {
	i := p.Info
	ev.Title, ev.SiteName = strings.TrimSpace(i.Name+" "+i.Version), "PyPI"
	ev.Description, ev.Author = oneLine(unknown(i.Summary)), first(unknown(i.Author), unknown(i.AuthorEmail))
	ev.CanonicalURL = "https://pypi.org/project/" + i.Name + "/"
	ev.FinalURL = first(ev.FinalURL, ev.CanonicalURL)
	if len(p.URLs) > 0 {
		ev.Published = p.URLs[0].Uploaded
	}
	d := &doc{}
	d.add(ev.Description)
	yanked := ""
	if i.Yanked {
		yanked = first(i.YankReason, "yes")
	}
	d.facts(fact{"Version", i.Version}, fact{"Released", day(ev.Published)}, fact{"Author", ev.Author},
		fact{"Licence", clip(oneLine(first(unknown(i.LicenseExpr), unknown(i.License))), 100)}, fact{"Python", i.Python},
		fact{"Keywords", i.Keywords}, fact{"Home page", unknown(i.HomePage)}, fact{"Yanked", yanked},
		fact{"Requires", strings.Join(runtimeNeeds(i.Requires), ", ")})
	for _, k := range sortedKeys(i.ProjectURLs) {
		ev.Links = append(ev.Links, i.ProjectURLs[k])
	}
	if h := unknown(i.HomePage); h != "" {
		ev.Links = append(ev.Links, h)
	}
	base, _ := url.Parse(ev.CanonicalURL)
	text, links := "", []string(nil)
	switch {
	case strings.Contains(i.ContentType, "markdown"):
		text, links = page.Markdown(unknown(i.Description), base)
	case strings.Contains(i.ContentType, "plain"):
		text = unknown(i.Description)
	default: // reStructuredText unless declared
		text, links = page.ReStructured(unknown(i.Description), base)
	}
	ev.Links = append(ev.Links, links...)
	d.section("Description", page.Headings(text, 3))
	ev.Text, ev.Coverage = d.String(), job.CoverageFull
	if text == "" {
		ev.MarkPartial("the project has no description")
	}
}

// runtimeNeeds are the requirements that are no extras, at most twenty.
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

func (r *Retriever) pypiRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	var p pypiProject
	if !hostIs(u.Hostname(), "pypi.org", "pypi.python.org") || decodeJSON(body, &p) != nil || p.Info.Name == "" {
		return false, nil
	}
	p.fill(ev)
	return true, nil
}

// npm matches package pages.
func (r *Retriever) npm(u *url.URL) task {
	if !hostIs(u.Hostname(), ".npmjs.com", "npm.im") {
		return nil
	}
	s := segments(u)
	if hostIs(u.Hostname(), ".npmjs.com") {
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
	if !npmName.MatchString(name) {
		return nil
	}
	return func(ctx context.Context, ev *job.Evidence) error {
		var p npmPackage
		res, err := r.getJSON(ctx, r.cfg.APIs.Npm+"/"+strings.Replace(name, "/", "%2F", 1), nil, &p)
		if fetch.ReasonOf(err) == fetch.NotFound {
			return noSuch(ev, "npm has no package of this name")
		}
		if err != nil {
			return err
		}
		if p.Name == "" {
			return notTheAPI(res.URL, nil)
		}
		p.fill(version, ev)
		addSource(ev, res.URL, ev.Title, res.FetchedAt)
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
}

func (p npmPackage) fill(version string, ev *job.Evidence) {
	version = first(version, p.DistTags["latest"], p.Version)
	v, ok := p.Versions[version]
	if !ok {
		v = p.npmVersion
	}
	name := first(p.Name, v.Name)
	ev.Title, ev.SiteName = strings.TrimSpace(name+" "+version), "npm"
	ev.Description = oneLine(first(v.Description, p.Description))
	ev.Author = anyName(firstAny(v.Author, p.Author))
	ev.CanonicalURL = "https://www.npmjs.com/package/" + name
	ev.FinalURL = first(ev.FinalURL, ev.CanonicalURL)
	if t, ok := p.Time[version].(string); ok {
		ev.Published = t
	}
	repo := repository(firstAny(v.Repository, p.Repository))
	deprecated := ""
	switch t := v.Deprecated.(type) {
	case string:
		deprecated = t
	case bool:
		deprecated = map[bool]string{true: "yes"}[t]
	}
	d := &doc{}
	d.add(ev.Description)
	d.facts(fact{"Version", version}, fact{"Released", day(ev.Published)}, fact{"Author", ev.Author}, fact{"Licence", anyName(firstAny(v.License, p.License))},
		fact{"Repository", repo}, fact{"Home page", anyName(firstAny(v.Homepage, p.Homepage))}, fact{"Keywords", anyList(firstAny(v.Keywords, p.Keywords))},
		fact{"Versions", len(p.Versions)}, fact{"Deprecated", deprecated}, fact{"Dependencies", strings.Join(sortedKeys(v.Deps), ", ")})
	for _, l := range []string{repo, anyName(firstAny(v.Homepage, p.Homepage))} {
		if strings.HasPrefix(l, "http") {
			ev.Links = append(ev.Links, l)
		}
	}
	ev.Coverage = job.CoverageFull
	base, _ := url.Parse(first(repo, ev.CanonicalURL))
	text, links := page.Markdown(strings.TrimPrefix(p.Readme, "ERROR: No README data found!"), base)
	ev.Links = append(ev.Links, links...)
	d.section("README", page.Headings(text, 3))
	ev.Text = d.String()
	if text == "" {
		ev.MarkPartial("the registry holds no README of this package")
	}
}

// repository reads "owner/repo", "github:owner/repo", "git+https://…git" and
// {"url": …} as the page of the repository.
func repository(v any) string {
	s := anyName(v)
	if m, ok := v.(map[string]any); ok {
		s, _ = m["url"].(string)
	}
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "git+"), ".git")
	for old, short := range map[string]string{"github:": "https://github.com/", "gitlab:": "https://gitlab.com/", "bitbucket:": "https://bitbucket.org/",
		"git://": "https://", "ssh://git@": "https://", "git@github.com:": "https://github.com/"} {
		if strings.HasPrefix(s, old) {
			s = short + s[len(old):]
		}
	}
	if !strings.Contains(s, ":") && strings.Count(s, "/") == 1 {
		s = "https://github.com/" + s
	}
	return s
}

func firstAny(values ...any) any {
	for _, v := range values {
		if v != nil && v != "" {
			return v
		}
	}
	return nil
}

// anyName reads a string, a number, or an object's name, type or url.
func anyName(v any) string {
	switch t := v.(type) {
	case string:
		return oneLine(t)
	case map[string]any:
		for _, k := range []string{"name", "type", "url"} {
			if s, ok := t[k].(string); ok && s != "" {
				return oneLine(s)
			}
		}
	case []any:
		return anyList(t)
	case float64:
		return fmt.Sprint(t)
	}
	return ""
}

func anyList(v any) string {
	list, ok := v.([]any)
	if !ok {
		return anyName(v)
	}
	var out []string
	for _, e := range list[:min(len(list), 30)] {
		if s := anyName(e); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func (r *Retriever) npmRead(u *url.URL, body []byte, ev *job.Evidence) (bool, error) {
	var p npmPackage
	if !hostIs(u.Hostname(), "registry.npmjs.org") || decodeJSON(body, &p) != nil || p.Name == "" {
		return false, nil
	}
	version := ""
	if s := segments(u); len(s) > 1 && !strings.HasPrefix(s[0], "@") {
		version = s[1]
	}
	p.fill(version, ev)
	return true, nil
}
