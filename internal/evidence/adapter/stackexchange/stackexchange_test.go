package stackexchange_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/stackexchange"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, stackexchange.Adapter{}, map[string]bool{
		"https://stackoverflow.com/questions/1/x": true,
		"https://unix.stackexchange.com/a/12":     true,
		"https://stackoverflow.com/tags":          false,
	})
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "stackexchange/error_404.json", URL: "https://api.stackexchange.com/2.3/questions/1",
			Coverage: job.CoverageFailed, Reason: fetch.NotFound,
		},
		evidencetest.Body{
			File: "stackexchange/questions.json", URL: "https://api.stackexchange.com/2.3/questions",
			Adapter: "StackExchangeAdapter", Coverage: job.CoveragePartial, Title: "Questions",
			Says: []string{"UrlEncode for Silverlight?"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestQuestionsComeWithTheirBestAnswers(t *testing.T) {
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.URL.Query().Get("site"); site != "stackoverflow" {
			t.Errorf("asked for site %q", site)
		}
		switch r.URL.Path {
		case "/2.3/answers/7":
			io.WriteString(w, `{"items":[{"question_id":1,"answer_id":7}]}`)
		case "/2.3/questions/1":
			io.WriteString(w, `{"items":[{"question_id":1,"title":"What is a rope?","body":"<p>I read about ropes.</p>","answer_count":2,`+
				`"score":3,"link":"https://stackoverflow.com/questions/1/what-is-a-rope","owner":{"display_name":"A &amp; B"}}]}`)
		case "/2.3/questions/1/answers":
			io.WriteString(w, `{"items":[{"answer_id":7,"body":"<p>A tree of strings.</p>","score":5,`+
				`"is_accepted":true,"owner":{"display_name":"C"}}]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	for _, link := range []string{"https://stackoverflow.com/questions/1/x", "https://stackoverflow.com/a/7"} {
		ev, err := evidencetest.Fetch(t, stackexchange.Adapter{API: s.URL}, link)
		if err != nil || ev.Coverage != job.CoverageFull || ev.Title != "What is a rope?" || ev.Author != "A & B" ||
			ev.SiteName != "Stack Overflow" ||
			!strings.Contains(ev.Text, "## Answer by C (score 5, accepted)\n\nA tree of strings.") {
			t.Errorf("%s: %v %s %q\n%s", link, err, ev.Coverage, ev.Title, ev.Text)
		}
	}
}
