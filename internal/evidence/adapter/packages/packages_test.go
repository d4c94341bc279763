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
			Adapter: "NpmAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/etag": "npm/string_repository.json"},
			Says:   []string{"Version: 1.0.1", "https://github.com/jshttp/etag"},
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
