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
	"github.com/technoshare/commentator/internal/evidence/source"
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
			io.WriteString(w, `{"items":[{"question_id":1,"answer_id":7,"body":"<p>A tree of strings.</p>","score":5,`+
				`"is_accepted":true,"owner":{"display_name":"C"}}]}`)
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
		if err != nil || ev.Coverage != job.CoverageFull || !strings.HasSuffix(ev.Title, "What is a rope?") ||
			ev.SiteName != "Stack Overflow" ||
			!strings.Contains(ev.Text, "## Answer by C (score 5, accepted)\n\nA tree of strings.") {
			t.Errorf("%s: %v %s %q\n%s", link, err, ev.Coverage, ev.Title, ev.Text)
		}
	}
}

// Answers in the form of api.stackexchange.com/docs, shortened.
const (
	questionJSON = `={"items":[{"question_id":1,"title":"What is a &quot;rope&quot;?","body":"<p>I read about ropes.</p>","answer_count":9,` +
		`"accepted_answer_id":8,"score":3,"link":"https://stackoverflow.com/questions/1/rope","owner":{"display_name":"Ann"}}]}`
	bestJSON = `={"items":[{"answer_id":7,"question_id":1,"body":"<p>A tree of strings.</p>","score":50,"owner":{"display_name":"Bob"}}]}`
	lateJSON = `={"items":[{"answer_id":9,"question_id":1,"body":"<p>A late answer.</p>","score":-1,"creation_date":1700000000,` +
		`"owner":{"display_name":"Cy"}}]}`
	acceptedJSON = `={"items":[{"answer_id":8,"question_id":1,"body":"<p>A binary tree.</p>","score":1,"is_accepted":true,` +
		`"owner":{"display_name":"Di"}}]}`
	onAnswerJSON   = `={"items":[{"comment_id":5,"post_id":9,"body":"Not in Go &amp; C.","score":4,"owner":{"display_name":"Ed"}}]}`
	onQuestionJSON = `={"items":[{"comment_id":6,"post_id":1,"body":"Which rope?","score":0,"owner":{"display_name":"Fay"}}]}`
	none           = `={"items":[],"has_more":false}`
)

func TestWhatALinkNamesComesFirst(t *testing.T) {
	routes := map[string]string{
		"/2.3/questions/1": questionJSON, "/2.3/questions/1/answers": bestJSON, "/2.3/answers/7": bestJSON, "/2.3/answers/8": acceptedJSON,
		"/2.3/answers/9": lateJSON, "/2.3/answers/1": none, "/2.3/answers/10": none,
		"/2.3/comments/5": onAnswerJSON, "/2.3/comments/6": onQuestionJSON, "/2.3/comments/99": none,
	}
	late := []string{"## Answer by Cy (score -1)\n\nA late answer."}
	around := []string{"## The question: What is a \"rope\"?", "I read about ropes.", "A tree of strings.", "Di (score 1, accepted)",
		"(2 of 9 answers)"}
	for _, link := range []string{
		"https://stackoverflow.com/a/9", "https://stackoverflow.com/a/9/123?stw=2", "https://stackoverflow.com/questions/1/rope/9#9",
		"https://stackoverflow.com/questions/1/rope/9", "https://www.stackoverflow.com/questions/1/rope#9",
		"https://stackoverflow.com/questions/1#answer-9", "https://stackoverflow.com/q/1/123#9",
	} {
		evidencetest.Leads(t, evidencetest.Named{
			URL: link, Routes: routes, Coverage: job.CoverageFull, Lead: late, Around: around, Requests: 4,
			Title: `Answer by Cy to: What is a "rope"?`,
		})
	}
	evidencetest.Leads(t,
		evidencetest.Named{ // among the best: no request of its own
			URL: "https://stackoverflow.com/questions/1/rope/7#7", Routes: routes, Coverage: job.CoverageFull,
			Lead: []string{"A tree of strings."}, Around: []string{"I read about ropes.", "A binary tree."}, Requests: 3,
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/questions/1/rope#comment5_9", Routes: routes, Coverage: job.CoverageFull, Requests: 5,
			Lead: []string{"## Comment by Ed (score 4)\n\nNot in Go & C."}, Around: append(late, around...),
			Title: `Comment by Ed to: What is a "rope"?`,
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/posts/comments/5?noredirect=1", Routes: routes, Coverage: job.CoverageFull, Requests: 5,
			Lead: []string{"Not in Go & C."}, Around: append(late, around...),
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/questions/1/rope#comment6_1", Routes: routes, Coverage: job.CoverageFull, Requests: 4,
			Lead: []string{"Which rope?"}, Around: []string{"I read about ropes."}, Without: []string{"A late answer."},
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/posts/comments/6", Routes: routes, Coverage: job.CoverageFull, Requests: 5,
			Lead: []string{"Which rope?"}, Around: []string{"I read about ropes."},
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/questions/1/rope/10#10", Routes: routes, Coverage: job.CoveragePartial, Requests: 4,
			Around: []string{"I read about ropes.", "A tree of strings."},
			Notes:  []string{"the answer that the link names is not there: it may have been deleted"},
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/questions/1/rope#comment99_9", Routes: routes, Coverage: job.CoveragePartial, Requests: 5,
			Lead: late, Notes: []string{"the comment that the link names is not there"},
		},
		evidencetest.Named{
			URL: "https://stackoverflow.com/questions/1/rope", Routes: routes, Coverage: job.CoverageFull, Requests: 3,
			Around: []string{"## Question\n\nI read about ropes.", "A tree of strings.", "A binary tree."}, Title: `What is a "rope"?`,
		},
	)
	for _, link := range []string{"https://stackoverflow.com/a/10", "https://stackoverflow.com/posts/comments/99"} {
		p := evidencetest.NewReplay(t, routes)
		if _, err := evidencetest.Fetch(t, stackexchange.Adapter{API: p.URL}, link); !source.Final(err) {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestSitesHaveTheirNames(t *testing.T) {
	for link, site := range map[string]string{
		"https://meta.stackoverflow.com/q/1": "meta.stackoverflow", "https://meta.stackexchange.com/q/1": "meta",
		"https://unix.meta.stackexchange.com/q/1": "unix.meta", "https://ru.stackoverflow.com/q/1": "ru.stackoverflow",
		"https://meta.serverfault.com/q/1": "meta.serverfault", "https://mathoverflow.net/q/1": "mathoverflow.net",
	} {
		p := evidencetest.NewReplay(t, map[string]string{"/2.3/questions/1": questionJSON, "/2.3/questions/1/answers": bestJSON})
		if _, err := evidencetest.Fetch(t, stackexchange.Adapter{API: p.URL}, link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
		for _, r := range p.Seen() {
			if got := r.URL.Query().Get("site"); got != site {
				t.Errorf("%s: asked for site %q", link, got)
			}
		}
	}
}
