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
		"https://de.wikipedia.org/wiki/Go":             true,
		"https://en.wikipedia.org/wiki/Special:Search": false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "wikipedia_article", URL: "https://en.m.wikipedia.org/wiki/Albert_Einstein#Life",
			Adapter: "WikipediaAdapter", Coverage: job.CoverageFull,
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
