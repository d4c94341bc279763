package hackernews_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/adapter/hackernews"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, hackernews.Adapter{}, map[string]bool{
		"https://news.ycombinator.com/item?id=1": true,
		"https://news.ycombinator.com/":          false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "hackernews_story", URL: "https://news.ycombinator.com/item?id=1",
			Adapter: "HackerNewsAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/api/v1/items/1": "hn/algolia_item_1.json"},
			Says:   []string{"rising star of venture capital", "Sandhill Road", "Points: 57"},
			Notes:  []string{"links to could not be read"},
		},
		evidencetest.Link{
			Name: "hackernews_ask_by_firebase", URL: "https://news.ycombinator.com/item?id=121003",
			Adapter: "HackerNewsAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/v0/item/121003.json": "hn/firebase_ask_121003.json",
				"/v0/item/121016.json": "hn/firebase_comment_2921983.json",
			},
			Says: []string{"the Next Iteration", "Aw shucks"},
		},
	)
}

func TestStoryBringsTheLinkedPage(t *testing.T) {
	base, _ := evidencetest.Site(t, map[string]string{"/ropes": evidencetest.Article})
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id":5,"title":"Ropes","url":"%s/ropes","author":"a","points":3,`+
			`"children":[{"id":6,"author":"b","text":"<p>I use <code>ropes</code> daily.","children":[]}]}`, base)
	}))
	r := evidencetest.New(t, evidence.Config{APIs: evidence.APIs{HackerNews: s.URL}, Allow: []string{strings.TrimPrefix(base, "http://")}})
	ev, err := r.Retrieve(t.Context(), "https://news.ycombinator.com/item?id=5")
	if err != nil || ev.Coverage != job.CoverageFull || len(ev.Sources) != 2 || !strings.Contains(ev.Text, "binary tree") ||
		!strings.Contains(ev.Text, "I use `ropes` daily.") {
		t.Errorf("%v %s %v %v\n%s", err, ev.Coverage, ev.Errors, ev.Sources, ev.Text)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnswersOfBothAPIsAreRecognized(t *testing.T) {
	for link, file := range map[string]string{
		"https://hn.algolia.com/api/v1/items/1":                  "hn/algolia_item_1.json",
		"https://hacker-news.firebaseio.com/v0/item/8863.json":   "hn/firebase_story_8863.json",
		"https://hacker-news.firebaseio.com/v0/item/121003.json": "hn/firebase_ask_121003.json",
	} {
		u, _ := url.Parse(link)
		ev := source.NewEvidence(link)
		known, err := hackernews.Adapter{}.Recognize(source.Answer{Kind: source.JSON, URL: u, Body: evidencetest.Payload(t, file)}, ev)
		if !known || err != nil || ev.Title == "" || ev.Author == "" ||
			!strings.HasPrefix(ev.CanonicalURL, "https://news.ycombinator.com/item?id=") {
			t.Errorf("%s: known %v, %v, %+v", link, known, err, ev)
		}
	}
}

func TestDeletedItemsAreSaid(t *testing.T) {
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"id":5,"deleted":true}`)
	}))
	_, err := evidencetest.Fetch(t, hackernews.Adapter{Algolia: s.URL, Firebase: s.URL}, "https://news.ycombinator.com/item?id=5")
	if !source.Final(err) {
		t.Errorf("got %v", err)
	}
}
