package github

import (
	"context"
	"net/url"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// advisoryPattern is the form of the ids of advisories.
var advisoryPattern = lazyregexp.New(`^GHSA(?:-[0-9a-z]{4}){3}$`)

// advisory is the answer about a security advisory, a global one or a repository's
// (docs.github.com/rest/security-advisories). A version in which it is mended is text in the
// first, and in the second under another name.
type advisory struct {
	ID              string     `json:"ghsa_id"`
	CVE             string     `json:"cve_id"`
	Summary         string     `json:"summary"`
	Description     string     `json:"description"`
	Severity        string     `json:"severity"`
	HTMLURL         string     `json:"html_url"`
	Published       string     `json:"published_at"`
	Withdrawn       string     `json:"withdrawn_at"`
	Vulnerabilities []affected `json:"vulnerabilities"`
	CVSS            struct {
		Score  float64 `json:"score"`
		Vector string  `json:"vector_string"`
	} `json:"cvss"`
}

// affected is a package that an advisory is about.
type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Range   string `json:"vulnerable_version_range"`
	First   any    `json:"first_patched_version"`
	Patched string `json:"patched_versions"`
}

// fetchAdvisory reads the advisory at link.
func fetchAdvisory(ctx context.Context, web source.Web, api server, link string, ev *job.Evidence) error {
	var a advisory
	res, err := get(ctx, web, api, link, &a)
	if err != nil {
		return err
	}
	if a.ID == "" {
		return source.NotTheAPI(link, nil)
	}
	ev.Title, ev.SiteName, ev.Published = text.OneLine(a.Summary), "GitHub", a.Published
	ev.CanonicalURL, ev.FinalURL = a.HTMLURL, outline.First(a.HTMLURL, ev.URL)
	source.Add(ev, outline.First(a.HTMLURL, res.URL), ev.Title, res.FetchedAt)
	d := &outline.Text{}
	d.Facts(
		outline.Fact("Advisory", a.ID), outline.Fact("CVE", a.CVE), outline.Fact("Severity", a.Severity),
		outline.Fact("CVSS score", a.CVSS.Score), outline.Fact("CVSS", a.CVSS.Vector),
		outline.Fact("Published", outline.Day(a.Published)), outline.Fact("Withdrawn", outline.Day(a.Withdrawn)),
	)
	d.Add(a.Summary)
	var lines []string
	for _, v := range a.Vulnerabilities[:min(len(a.Vulnerabilities), maxListed)] {
		line := "- " + strings.TrimSpace(v.Package.Ecosystem+" "+v.Package.Name) + ": affected " + outline.First(v.Range, "unknown")
		if mended := outline.First(source.NameOf(v.First), v.Patched); mended != "" {
			line += ", patched " + mended
		}
		lines = append(lines, text.OneLine(line))
	}
	d.Section("Affected packages", strings.Join(lines, "\n"))
	base, _ := url.Parse(ev.FinalURL)
	plain, links := page.Markdown(a.Description, base)
	ev.Links = append(ev.Links, links...)
	d.Section("Description", page.Headings(plain, 3))
	ev.Text = d.String()
	source.Complete(ev)
	return nil
}
