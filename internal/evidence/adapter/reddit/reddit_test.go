package reddit_test

import (
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/reddit"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, reddit.Adapter{}, map[string]bool{
		"https://www.reddit.com/r/golang/comments/abc123/x/": true,
		"https://www.reddit.com/r/golang/":                   false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "reddit_post", URL: "https://old.reddit.com/r/redditdev/comments/2gmzqe/praw_https_enabled/",
			Adapter: "RedditAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/comments/2gmzqe.json": "reddit/comments_selftext.http.json"},
			Says:   []string{"PRAW client developers", "## Comments"},
		},
		evidencetest.Link{
			Name: "reddit_share_link", URL: "https://www.reddit.com/r/redditdev/s/nGnQE1QkLC",
			Adapter: "RedditAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/r/redditdev/s/nGnQE1QkLC":       "reddit/share_link_301.http.json",
				"/comments/2gmzqe/_/cklhv0f.json": "reddit/comments_selftext.http.json",
			},
			Says: []string{"PRAW client developers"},
		},
		evidencetest.Link{
			Name: "reddit_poll", URL: "https://redd.it/g9zfex",
			Adapter: "RedditAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/comments/g9zfex.json": "reddit/comments_poll.http.json"},
			Says:   []string{"- <50% and chocolate cake"},
		},
		evidencetest.Link{
			Name: "reddit_refused", URL: "https://www.reddit.com/r/investing/comments/7pfpeq/x/",
			Adapter: "RedditAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{
				"/comments/7pfpeq.json": "reddit/quarantined_403.http.json",
				"/oembed":               "reddit/oembed.http.json",
			},
			Says:  []string{"Buffett on cyrptocurrencies"},
			Notes: []string{"only the post's title and author", "403"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPostsAreRecognized(t *testing.T) {
	u, _ := url.Parse("https://www.reddit.com/comments/abcd.json")
	for file, says := range map[string]string{
		"reddit/comments_crosspost.http.json": "Crosspost of: ",
		"reddit/comments_link.http.json":      "Link: ",
		"reddit/comments_poll.http.json":      "## Poll",
		"reddit/comments_selftext.http.json":  "## Comments",
	} {
		ev := source.NewEvidence(u.String())
		in := source.Answer{Kind: source.JSON, URL: u, Body: []byte(evidencetest.Recording(t, file).Response.Body)}
		known, err := reddit.Adapter{}.Recognize(in, ev)
		if !known || err != nil || !strings.Contains(ev.Text, says) || !strings.HasPrefix(ev.SiteName, "Reddit r/") {
			t.Errorf("%s: known %v, %v, %s\n%s", file, known, err, ev.SiteName, ev.Text)
		}
	}
}
