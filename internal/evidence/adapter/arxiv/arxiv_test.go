package arxiv_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/arxiv"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, arxiv.Adapter{}, map[string]bool{
		"https://arxiv.org/abs/2401.00001v2":                   true,
		"https://arxiv.org/html/2401.00001":                    true,
		"https://ar5iv.labs.arxiv.org/html/math/0309136":       true,
		"https://arxiv.org/abs/math.GT/0309136":                true,
		"https://arxiv.org/list/cs.AI/recent":                  false,
		"https://www.alphaxiv.org/overview/2401.00001v3":       true,
		"https://www.arxiv-vanity.com/papers/2401.00001/":      true,
		"https://info.arxiv.org/abs/2401.00001":                false,
		"https://notarxiv.org/abs/2401.00001":                  false,
		"https://arxiv.org.evil.com/abs/2401.00001":            false,
		"https://evil.com/?u=https://arxiv.org/abs/2401.00001": false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "arxiv_abstract", URL: "https://arxiv.org/abs/1605.08386",
			Adapter: "ArxivAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/api/query?1605.08386": "arxiv/id_1605.08386.xml"},
			Says:   []string{"Caprice Stanley", "## Abstract", "Graphs on lattice points"},
			Notes:  []string{"only the abstract"},
		},
		evidencetest.Link{
			Name: "arxiv_pdf_full_text", URL: "https://arxiv.org/pdf/1605.08386v1.pdf",
			Adapter: "ArxivAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/api/query?1605.08386v1": "arxiv/id_1605.08386.xml",
				"/pdf/1605.08386v1":       "pdf/latex_4_pages.pdf",
			},
			Says: []string{"## Full text", "Huardest gefburn"},
		},
		evidencetest.Link{
			Name: "arxiv_old_id", URL: "https://arxiv.org/abs/astro-ph/0601001",
			Adapter: "ArxivAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/api/query?astro-ph%2F0601001": "arxiv/id_oldstyle_astro-ph_0601001.xml"},
			Says:   []string{"ActaAstron.56:1-50,2006", "Andrew Gould"},
			Notes:  []string{"only the abstract"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatDoesNotExistIsSaid(t *testing.T) {
	evidencetest.NoSuch(t, "https://arxiv.org/abs/0000.0000", "/api/query", "arxiv/not_found_0000.0000.xml", "no paper with this number")
	evidencetest.NoSuch(t, "https://arxiv.org/abs/1234.5678", "/api/query", "arxiv/error_malformed_id_abc.xml", "does not accept")
}

func TestFullTextIsLeftOutWhereRulesSay(t *testing.T) {
	p := evidencetest.NewReplay(t, map[string]string{"/api/query": "arxiv/id_1605.08386.xml"})
	ev, err := evidencetest.Fetch(t, arxiv.Adapter{API: p.URL, Site: p.URL, AbstractOnly: true}, "https://arxiv.org/abs/1605.08386")
	if err != nil || ev.Coverage != job.CoveragePartial || len(p.Paths()) != 1 || !strings.Contains(ev.Text, "## Abstract") {
		t.Errorf("%v %s %v, asked %v", err, ev.Coverage, ev.Errors, p.Paths())
	}
}

func TestSectionsAndPagesComeBeforeTheirPaper(t *testing.T) {
	long := strings.Repeat("Ropes are trees of strings, and much is to be said of them in this paper. ", 20)
	html := "=<html><head><title>Ropes</title></head><body><article><h1>Ropes</h1>" +
		"<section id=\"S1\"><h2>Introduction</h2><p>" + long + "</p></section>" +
		"<section id=\"S2\"><h2 id=\"S2.h\">Method</h2><p>We grow them. " + long + "</p></section></article></body></html>"
	routes := map[string]string{"/api/query": "arxiv/id_1605.08386.xml", "/html/1605.08386v1": html,
		"/pdf/1605.08386": "pdf/latex_4_pages.pdf"}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://arxiv.org/html/1605.08386v1#S2", Routes: routes, Coverage: job.CoverageFull, Requests: 2,
			Lead: []string{"## Method\n\nWe grow them."}, Around: []string{"## The paper", "Caprice Stanley", "## Full text", "Introduction"},
		},
		evidencetest.Named{
			URL: "https://arxiv.org/pdf/1605.08386#page=3", Routes: routes, Coverage: job.CoverageFull, Requests: 2,
			Lead: []string{"## Page 3, which the link names"}, Around: []string{"Caprice Stanley", "Huardest gefburn"},
		},
		evidencetest.Named{
			URL: "https://arxiv.org/pdf/1605.08386#page=9", Routes: routes, Coverage: job.CoveragePartial, Requests: 2,
			Around: []string{"Caprice Stanley", "Huardest gefburn"}, Notes: []string{"of page 9, which the link names, nothing was read"},
		},
	)
}
