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
			Adapter: "HackerNewsAdapter", Coverage: job.CoveragePartial, Notes: []string{"comments (2) could not be had"},
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

func TestCommentsComeBeforeTheirStory(t *testing.T) {
	// In the form of hn.algolia.com/api and github.com/HackerNews/API.
	const comment = `{"id":12,"type":"comment","author":"cy","text":"<p>They are <i>trees</i>.","parent_id":11,"story_id":5,` +
		`"created_at":"2024-02-02T00:00:00.000Z","children":[{"id":13,"author":"di","text":"Thanks.","parent_id":12,"story_id":5,"children":[]}]}`
	const story = `={"id":5,"type":"story","title":"Ask HN: Ropes?","author":"ann","points":3,"text":"I wonder.","parent_id":null,` +
		`"story_id":5,` +
		`"children":[{"id":10,"author":"bob","text":"Elsewhere.","children":[]},` +
		`{"id":11,"author":"bob","text":"What are they?","parent_id":5,"children":[` + comment + `]}]}`
	algolia := map[string]string{"/api/v1/items/5": story, "/api/v1/items/12": "=" + comment, "/v0/item/99.json": "=null"}
	firebase := map[string]string{
		"/v0/item/12.json": `={"by":"cy","id":12,"parent":11,"text":"They are trees.","time":1700000000,"type":"comment","kids":[13]}`,
		"/v0/item/13.json": `={"by":"di","id":13,"parent":12,"text":"Thanks.","time":1700000000,"type":"comment"}`,
		"/v0/item/11.json": `={"by":"bob","id":11,"parent":5,"text":"What are they?","type":"comment","kids":[12]}`,
		"/v0/item/5.json":  `={"by":"ann","id":5,"title":"Ask HN: Ropes?","text":"I wonder.","type":"story","kids":[10,11]}`,
		"/v0/item/20.json": `={"deleted":true,"id":20,"parent":11,"time":1700000000,"type":"comment"}`,
		"/v0/item/21.json": `={"by":"x","dead":true,"id":21,"parent":5,"text":"[flagged]","time":1700000000,"type":"comment"}`,
		"/v0/item/22.json": `={"by":"x","id":22,"parent":404,"text":"Lost.","time":1700000000,"type":"comment"}`,
	}
	around := []string{"## Replies\n\n### di\n\nThanks.", "## In reply to\n\n### bob\n\nWhat are they?", "## The story: Ask HN: Ropes?",
		"I wonder."}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=12", Routes: algolia, Coverage: job.CoverageFull, Requests: 2,
			Lead: []string{"## Comment by cy, 2024-02-02\n\nThey are trees."}, Around: around, Without: []string{"Elsewhere."},
			Title: "Comment by cy on: Ask HN: Ropes?",
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=5#12", Routes: algolia, Coverage: job.CoverageFull, Requests: 1,
			Lead: []string{"They are trees."}, Around: around,
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=5#99", Routes: algolia, Coverage: job.CoveragePartial, Requests: 3,
			Around: []string{"I wonder.", "Elsewhere."}, Notes: []string{"the comment that the link names is not there"},
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=12", Routes: firebase, Coverage: job.CoverageFull, Requests: 5,
			Lead: []string{"## Comment by cy, 2023-11-14\n\nThey are trees."}, Around: around,
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=20", Routes: firebase, Coverage: job.CoveragePartial, Requests: 4,
			Lead: []string{"(This comment was deleted by its author.)"}, Around: []string{"What are they?", "I wonder."},
			Notes: []string{"was deleted: only what is around it"},
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=21", Routes: firebase, Coverage: job.CoveragePartial, Requests: 3,
			Lead: []string{"[flagged]"}, Around: []string{"I wonder."}, Notes: []string{"taken down"},
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=22", Routes: firebase, Coverage: job.CoveragePartial, Requests: 3,
			Lead: []string{"Lost."}, Notes: []string{"the story that the comment is on could not be had"},
		},
	)
}

func TestPollsComeWithTheirOptions(t *testing.T) {
	routes := map[string]string{
		"/v0/item/126809.json": `={"by":"pg","id":126809,"parts":[126810,126811,126812],"score":46,"text":"","title":"Poll: polls?",` +
			`"type":"poll"}`,
		"/v0/item/126810.json": `={"by":"pg","id":126810,"poll":126809,"score":335,"text":"Yes, <i>now</i>","time":1204403652,"type":"pollopt"}`,
		"/v0/item/126811.json": `={"by":"pg","id":126811,"poll":126809,"score":40,"text":"No","time":1204403652,"type":"pollopt"}`,
		"/v0/item/126812.json": `={"by":"pg","id":126812,"poll":126809,"score":1,"text":"Perhaps","time":1204403652,"type":"pollopt"}`,
	}
	options := []string{"## Poll\n\n- Yes, now (335 points)\n- No (40 points)\n- Perhaps (1 points)"}
	found := map[string]string{
		"/api/v1/items/126809": `={"id":126809,"type":"poll","title":"Poll: polls?","author":"pg","points":46,"text":null,"parent_id":null,` +
			`"children":[]}`,
	}
	for k, v := range routes {
		found[k] = v
	}
	short := map[string]string{"/v0/item/126809.json": routes["/v0/item/126809.json"], "/v0/item/126810.json": routes["/v0/item/126810.json"]}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=126809", Routes: routes, Coverage: job.CoverageFull, Around: options, Requests: 10,
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=126809", Routes: found, Coverage: job.CoverageFull, Around: options, Requests: 5,
		},
		evidencetest.Named{ // an option leads to its poll
			URL: "https://news.ycombinator.com/item?id=126811", Routes: found, Coverage: job.CoverageFull, Around: options, Requests: 7,
		},
		evidencetest.Named{
			URL: "https://news.ycombinator.com/item?id=126809", Routes: short, Coverage: job.CoveragePartial, Requests: 10,
			Around: []string{"- Yes, now (335 points)"}, Notes: []string{"2 of the 3 options of the poll could not be had"},
		},
	)
}
