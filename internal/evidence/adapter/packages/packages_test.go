package packages_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/packages"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, packages.PyPI{}, map[string]bool{
		"https://pypi.org/project/requests/": true,
		"https://pypi.org/search/?q=x":       false,
	})
	evidencetest.Match(t, packages.Npm{}, map[string]bool{
		"https://www.npmjs.com/package/@a/b": true,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "pypi_project", URL: "https://pypi.org/project/luigi/",
			Adapter: "PyPIAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/pypi/luigi/json": "pypi/project_luigi.json"},
			Says:   []string{"Version: 2.6.0", "build complex pi"},
		},
		evidencetest.Link{
			Name: "pypi_version", URL: "https://pypi.org/project/attrs/17.4.0/#description",
			Adapter: "PyPIAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/pypi/attrs/17.4.0/json": "pypi/version_attrs_17.4.0.json"},
			Says:   []string{"Classes Without Boilerplate"},
			Notes:  []string{"no description"},
		},
		evidencetest.Link{
			Name: "npm_package", URL: "https://www.npmjs.com/package/is-stream",
			Adapter: "NpmAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/is-stream": "npm/is-stream.json"},
			Says:   []string{"Licence: MIT", "Check if something is a Node.js stream"},
		},
		evidencetest.Link{
			Name: "npm_version_with_string_repository", URL: "https://www.npmjs.com/package/etag/v/1.0.1",
			Adapter: "NpmAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/etag": "npm/string_repository.json"},
			Says:   []string{"Version: 1.0.1", "https://github.com/jshttp/etag"},
			Notes:  []string{"the README is that of the latest version, 1.7.0"},
		},
		evidencetest.Link{
			Name: "npm_without_readme", URL: "https://www.npmjs.com/package/left-pad",
			Adapter: "NpmAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/left-pad": "npm/left-pad.json"},
			Says:   []string{"String left pad"},
			Notes:  []string{"no README"},
		},
	)
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "npm/deprecated_etag.json", URL: "https://registry.npmjs.org/etag", ContentType: "application/json",
			Adapter: "NpmAdapter", Coverage: job.CoverageFull, Title: "etag 1.7.0", Says: []string{"Deprecated: Switch to elm"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatDoesNotExistIsSaid(t *testing.T) {
	evidencetest.NoSuch(t, "https://pypi.org/project/nothing/", "/pypi/nothing/json", "404", "no project")
	evidencetest.NoSuch(t, "https://www.npmjs.com/package/nothing", "/nothing", "404", "no package")
}

func TestVersionsAreThoseOfTheLink(t *testing.T) {
	routes := map[string]string{
		"/rope": `={"name":"rope","dist-tags":{"latest":"2.0.0","next":"3.0.0-rc.1"},"readme":"# Rope\n\nA tree.","time":{` +
			`"created":"2020-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z","2.0.0":"2024-02-02T00:00:00Z","3.0.0-rc.1":"2024-03-03T00:00:00Z"},` +
			`"versions":{"1.0.0":{"version":"1.0.0","deprecated":"use 2"},"2.0.0":{"version":"2.0.0","dependencies":{"tree":"^1.2.0"}},` +
			`"3.0.0-rc.1":{"version":"3.0.0-rc.1","readme":"# Rope 3\n\nA forest."}}}`,
		"/pypi/rope/json": `={"info":{"name":"rope","version":"2.0","description":"# Rope\n\nA tree.\n\n## Use\n\nOften.",` +
			`"description_content_type":"text/markdown"},"urls":[{"filename":"rope-2.0.tar.gz","size":99,"upload_time":"2024-02-02T00:00:00"}],` +
			`"releases":{"1.0":[{"upload_time":"2020-01-01T00:00:00","yanked":true}],"2.0":[{"upload_time":"2024-02-02T00:00:00"}],"0.1":[]}}`,
		"/pypi/rope/1.0/json": `={"info":{"name":"rope","version":"1.0","description":"Old.","yanked":true,"yanked_reason":"broken"},"urls":[]}`,
	}
	const npm, pypi = "https://www.npmjs.com/package/rope", "https://pypi.org/project/rope"
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: npm + "/v/1.0.0", Routes: routes, Coverage: job.CoveragePartial, Requests: 1, Title: "rope 1.0.0",
			Around: []string{"Deprecated: use 2"}, Notes: []string{"the README is that of the latest version, 2.0.0"},
		},
		evidencetest.Named{
			URL: "https://www.npmjs.com/package/gone", Coverage: job.CoveragePartial, Requests: 1, Around: []string{"Unpublished: 2024-04-04"},
			Routes: map[string]string{"/gone": `={"name":"gone","time":{"created":"2020-01-01T00:00:00Z","unpublished":{` +
				`"time":"2024-04-04T00:00:00.000Z","versions":["1.0.0"]}}}`},
			Notes: []string{"the package was taken out of the registry"},
		},
		evidencetest.Named{
			URL: npm + "/v/next", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "rope 3.0.0-rc.1", Around: []string{"A forest."},
		},
		evidencetest.Named{
			URL: npm + "/v/9.9.9", Routes: routes, Coverage: job.CoveragePartial, Requests: 1, Title: "rope 2.0.0",
			Notes: []string{"npm has no version 9.9.9"},
		},
		evidencetest.Named{
			URL: npm + "?activeTab=versions", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Around: []string{"A tree."},
			Lead: []string{"## Versions\n\n- 3.0.0-rc.1, 2024-03-03 (next)\n- 2.0.0, 2024-02-02 (latest)\n- 1.0.0, 2020-01-01"},
		},
		evidencetest.Named{
			URL: npm + "?activeTab=dependencies", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Lead: []string{"- tree ^1.2.0"},
		},
		evidencetest.Named{
			URL: npm + "?activeTab=code", Routes: routes, Coverage: job.CoveragePartial, Requests: 1, Notes: []string{"the files of the package"},
		},
		evidencetest.Named{
			URL: pypi + "/1.0/", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "rope 1.0", Around: []string{"Yanked: broken",
				"Old."},
		},
		evidencetest.Named{
			URL: pypi + "/9.9/", Routes: routes, Coverage: job.CoveragePartial, Requests: 2, Title: "rope 2.0",
			Notes: []string{"PyPI has no version 9.9"},
		},
		evidencetest.Named{
			URL: pypi + "/#history", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Around: []string{"A tree."},
			Lead: []string{"## Releases\n\n- 2.0, 2024-02-02\n- 1.0, 2020-01-01 (yanked)\n- 0.1"},
		},
		evidencetest.Named{
			URL: pypi + "/#files", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Lead: []string{"- rope-2.0.tar.gz (99 bytes)"},
		},
		evidencetest.Named{
			URL: "https://pypi.org/p/rope#use", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Lead: []string{"Use\n\nOften."},
		},
	)
}
