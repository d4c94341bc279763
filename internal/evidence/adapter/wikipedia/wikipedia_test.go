package wikipedia_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/wikipedia"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, wikipedia.Adapter{}, map[string]bool{
		"https://de.wikipedia.org/wiki/Go":                               true,
		"https://en.wikipedia.org/wiki/Special:Search":                   false,
		"https://en.wikipedia.org/w/index.php?title=Go&oldid=12":         false,
		"https://en.wikipedia.org/w/index.php?title=Go&diff=12&oldid=11": false,
		"https://en.wikipedia.org/w/index.php?title=Go&action=history":   false,
		"https://en.wikipedia.org/w/index.php?title=Go&action=view":      true,
		"https://en.wikipedia.org/?curid=736":                            true,
		"https://zh.wikipedia.org/zh-tw/Go":                              true,
		"https://www.wikipedia.org/wiki/Go":                              true,
		"https://www.wikipedia.org/":                                     false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "wikipedia_article", URL: "https://en.m.wikipedia.org/wiki/Albert_Einstein#Life",
			Adapter: "WikipediaAdapter", Coverage: job.CoveragePartial,
			Notes:  []string{"of the section Life, which the link names, there is no text"}, // this answer is the introduction only
			Routes: map[string]string{"/w/api.php?titles=Albert+Einstein": "wikipedia/action_extracts_intro.http.json"},
			Says:   []string{"theoretical physicist"},
		},
	)
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "wikipedia/rest_summary_moscow.json", URL: "https://en.wikipedia.org/api/rest_v1/page/summary/Moscow",
			ContentType: "application/json", Adapter: "WikipediaAdapter", Coverage: job.CoveragePartial, Title: "Moscow",
			Says: []string{"capital"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatDoesNotExistIsSaid(t *testing.T) {
	evidencetest.NoSuch(t, "https://en.wikipedia.org/wiki/Nothing", "/w/api.php", "wikipedia/action_missing.http.json", "no article named")
}

func TestSectionsComeBeforeTheirArticle(t *testing.T) {
	const extract = `"extract":"A rope is a tree.\n\n\n== History ==\nOld times.\n\n\n=== Café & co ===\nIn 1995.\n\n\n== Tables ==\n\n\n` +
		`== Use ==\nIn editors.\n\n\n== References ==\nA paper."`
	routes := map[string]string{
		"/w/api.php?titles=Rope": `={"query":{"pages":{"7":{"pageid":7,"title":"Rope","canonicalurl":"https://en.wikipedia.org/wiki/Rope",` +
			`` + extract + `}}}}`,
		"/w/api.php?titles=Cord": `={"query":{"redirects":[{"from":"Cord","to":"Rope","tofragment":"Use"}],"pages":{"7":{"pageid":7,` +
			`"title":"Rope",` +
			extract + `}}}}`,
		"/w/api.php?pageids=7":     `={"query":{"pages":{"7":{"pageid":7,"title":"Rope",` + extract + `}}}}`,
		"/w/api.php?variant=zh-tw": `={"query":{"pages":{"7":{"pageid":7,"title":"Rope",` + extract + `}}}}`,
	}
	history := []string{"## History\n\nOld times.\n\n### Café & co\n\nIn 1995."}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Rope#History", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Lead: history, Around: []string{"A rope is a tree.", "In editors."}, Without: []string{"A paper."},
		},
		evidencetest.Named{
			URL: "https://en.m.wikipedia.org/wiki/Rope#Caf.C3.A9_&_co", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"### Café & co\n\nIn 1995."}, Around: []string{"Old times."},
		},
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Rope#Caf%C3%A9_&_co", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"In 1995."},
		},
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Rope#References", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"## References\n\nA paper."}, Around: []string{"A rope is a tree."},
		},
		evidencetest.Named{ // a table is not in the extract
			URL: "https://en.wikipedia.org/wiki/Rope#Tables", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Around: []string{"A rope is a tree."}, Notes: []string{"of the section Tables"},
		},
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Rope#Prices", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Notes: []string{"of the section Prices"},
		},
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Rope#cite_note-3", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Around: []string{"A rope"},
		},
		evidencetest.Named{
			URL: "https://en.wikipedia.org/wiki/Cord", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"## Use\n\nIn editors."},
		},
		evidencetest.Named{URL: "https://en.wikipedia.org/?curid=7", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Around: []string{"A rope"}},
		evidencetest.Named{
			URL: "https://zh.wikipedia.org/zh-tw/Seil#Use", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Lead: []string{"In editors."},
		},
	)
}
