package doi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/doi"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, doi.Adapter{}, map[string]bool{
		"https://doi.org/10.1000/182":               true,
		"https://doi.org/the-identifier":            false,
		"https://doi.org/10.48550/arXiv.2401.00001": true,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "doi_work", URL: "https://doi.org/10.1371/journal.pone.0033693",
			Adapter: "DOIAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/works/10.1371%2Fjournal.pone.0033693": "doi/crossref_work.http.json"},
			Says:   []string{"PLoS", "DOI: 10.1371/journal.pone.0033693"},
			Notes:  []string{"only the bibliographic data"},
		},
		evidencetest.Link{
			Name: "doi_other_agency", URL: "https://dx.doi.org/10.1126/science.169.3946.635",
			Adapter: "DOIAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{
				"/works/10.1126%2Fscience.169.3946.635": "doi/crossref_404.http.json",
				"/10.1126/science.169.3946.635":         "doi/citeproc_json.http.json",
			},
			Says:  []string{"Henry S. Frank", "structure of cold water"},
			Notes: []string{"only the abstract"},
		},
	)
}

func TestPapersOfArXivAreReadThere(t *testing.T) {
	evidencetest.Leads(t, evidencetest.Named{
		URL: "https://doi.org/10.48550/ARXIV.1605.08386", Routes: map[string]string{"/api/query?1605.08386": "arxiv/id_1605.08386.xml"},
		Coverage: job.CoveragePartial, Requests: 3, Around: []string{"Caprice Stanley"}, Notes: []string{"only the abstract"},
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnswersOfTheAgenciesAreRecognized(t *testing.T) {
	for link, file := range map[string]string{
		"https://api.crossref.org/works/10.1371/journal.pone.0033693": "doi/crossref_work.http.json",
		"https://doi.org/10.1126/science.169.3946.635":                "doi/citeproc_json.http.json",
	} {
		u, _ := url.Parse(link)
		ev := source.NewEvidence(link)
		in := source.Answer{Kind: source.JSON, URL: u, Body: []byte(evidencetest.Recording(t, file).Response.Body)}
		known, err := doi.Adapter{}.Recognize(in, ev)
		if !known || err != nil || ev.Title == "" || ev.Author == "" || ev.Published == "" || ev.Coverage != job.CoveragePartial {
			t.Errorf("%s: known %v, %v, %+v", link, known, err, ev)
		}
	}
}

func TestUnknownWorksAreSaid(t *testing.T) {
	s := evidencetest.Serve(t, http.NotFoundHandler())
	_, err := evidencetest.Fetch(t, doi.Adapter{Crossref: s.URL, Resolver: s.URL}, "https://doi.org/10.1000/nothing")
	if !source.Final(err) || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("got %v", err)
	}
}
