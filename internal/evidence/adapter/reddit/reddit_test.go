package reddit_test

import (
	"io"
	"net/http"
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

// answer is a post and its comments in the form of reddit.com/dev/api.
func answer(post, comments string) string {
	return `=[{"kind":"Listing","data":{"children":[{"kind":"t3","data":{"subreddit":"ropes","author":"ann","score":3,"permalink":` +
		`"/r/ropes/comments/abc123/t/",` + post + `}}]}},{"kind":"Listing","data":{"children":[` + comments + `]}}]`
}

// comment is one comment with those below it.
func comment(id, author, body, below string) string {
	replies := `""`
	if below != "" {
		replies = `{"kind":"Listing","data":{"children":[` + below + `]}}`
	}
	return `{"kind":"t1","data":{"id":"` + id + `","author":"` + author + `","body":"` + body + `","score":2,"created_utc":1700000000.0,` +
		`"permalink":"/r/ropes/comments/abc123/t/` + id + `/","replies":` + replies + `}}`
}

const selfPost = `"title":"Ropes?","selftext":"I wonder.","is_self":true,"url":"https://www.reddit.com/r/ropes/comments/abc123/t/"`

func TestCommentsComeBeforeTheirPost(t *testing.T) {
	thread := comment("aaaa1", "bob", "What are they?", comment("bbbb2", "cy", "They are **trees**.", comment("cccc3", "di", "Thanks.", "")))
	routes := map[string]string{
		"/comments/abc123/_/bbbb2.json?context=8": answer(selfPost, thread),
		"/comments/abc123/_/dddd4.json": answer(selfPost, comment("aaaa1", "bob", "Hm.", comment("dddd4", "[deleted]",
			"[removed]", ""))),
		"/comments/abc123/_/eeee5.json": answer(selfPost, ""),
		"/oembed":                       "reddit/oembed.http.json",
	}
	for _, link := range []string{
		"https://www.reddit.com/r/ropes/comments/abc123/t/bbbb2/?context=3", "https://old.reddit.com/r/ropes/comments/abc123/t/bbbb2",
		"https://np.reddit.com/comments/abc123//bbbb2/", "https://new.reddit.com/r/ropes/comments/abc123/comment/bbbb2/?utm_source=share",
		"https://www.reddit.com/user/ann/comments/abc123/_/bbbb2.json",
	} {
		evidencetest.Leads(t, evidencetest.Named{
			URL: link, Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "Comment by cy on: Ropes?",
			Lead: []string{"## Comment by cy (score 2), 2023-11-14\n\nThey are trees."},
			Around: []string{"## Replies\n\n### di (score 2)\n\nThanks.", "## In reply to\n\n### bob (score 2)\n\nWhat are they?",
				"## The post: Ropes?", "I wonder."},
		})
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://www.reddit.com/r/ropes/comments/abc123/t/dddd4/", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Lead: []string{"This comment was removed by the moderators of the subreddit."}, Around: []string{"Hm.", "I wonder."},
			Without: []string{"[removed]"}, Notes: []string{"the comment that the link names was removed"},
		},
		evidencetest.Named{
			URL: "https://www.reddit.com/r/ropes/comments/abc123/t/eeee5/", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Around: []string{"I wonder."}, Notes: []string{"the comment that the link names is not there"},
		},
		evidencetest.Named{
			URL: "https://www.reddit.com/r/ropes/comments/abc123/t/ffff6/", Routes: routes, Coverage: job.CoveragePartial, Requests: 2,
			Notes: []string{"not the comment that the link names"},
		},
	)
}

func TestPostsOfAllKindsAreRead(t *testing.T) {
	votes := `"poll_data":{"options":[{"text":"Yes","vote_count":40,"id":"1"},{"text":"No &amp; never","vote_count":14,"id":"2"}],` +
		`"total_vote_count":54,"voting_end_timestamp":1700000000000}`
	gallery := `"title":"Two ropes","is_gallery":true,"url":"https://www.reddit.com/gallery/abc123","gallery_data":{"items":[` +
		`{"media_id":"b1","caption":"The thick one"},{"media_id":"a2","outbound_url":"https://example.com/x"}]},` +
		`"media_metadata":{"a2":{"status":"valid","e":"Image","m":"image/jpg"},"b1":{"status":"valid","e":"Image","m":"image/png"}}`
	post := func(s string) map[string]string {
		return map[string]string{"/comments/abc123.json": answer(s, comment("aaaa1", "bob", "Well.", ""))}
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://www.reddit.com/poll/abc123", Routes: post(`"title":"Which?","selftext":"Say.","is_self":true,"url":"",` + votes),
			Requests: 1,
			Coverage: job.CoverageFull,
			Around: []string{
				"## Poll\n\n- Yes (40 votes)\n- No & never (14 votes)\n\nVotes: 54\nOpen until: 2023-11-14\n\n## Text\n\nSay.",
			},
		},
		evidencetest.Named{
			URL: "https://www.reddit.com/gallery/abc123", Routes: post(gallery), Requests: 1, Coverage: job.CoveragePartial,
			Around: []string{
				"## Gallery of 2 pictures\n\n- Picture 1: The thick one\n- Picture 2: without a caption (links to https://example.com/x)",
				"Well.",
			},
			Notes: []string{"the pictures of the post are not read, only their captions"},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial,
			Routes: post(`"title":"Gone","is_gallery":true,"gallery_data":null,"media_metadata":null,"url":"https://www.reddit.com/gallery/abc123"`),
			Around: []string{"Well."}, Notes: []string{"the pictures of the gallery are gone"},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial,
			Around: []string{"This post was removed by the moderators", "Well."},
			Routes: post(`"title":"Ropes?","selftext":"[removed]","is_self":true,"url":"","removed_by_category":"moderator"`),
			Notes:  []string{"the post was removed by the moderators"}, Without: []string{"[removed]"},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial, Around: []string{"This post was deleted by its author.",
				"Well."},
			Routes: post(`"title":"Ropes?","selftext":"[deleted]","author":"[deleted]","is_self":true,"url":""`),
			Notes:  []string{"deleted by its author"},
		},
		evidencetest.Named{ // an account that is gone is no post that is
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoverageFull, Around: []string{"I wonder."},
			Routes: post(`"title":"Ropes?","selftext":"I wonder.","author":"[deleted]","is_self":true,"url":""`),
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial, Notes: []string{"the film of the post is not read"},
			Routes: post(`"title":"A rope","is_video":true,"url":"https://v.redd.it/xyz"`), Around: []string{"Well."},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial, Notes: []string{"the picture of the post is not read"},
			Routes: post(`"title":"A rope","post_hint":"image","url":"https://i.redd.it/xyz.png"`),
			Around: []string{"Picture: https://i.redd.it/xyz.png"},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial, Title: "Look",
			Routes: post(`"title":"Look","url":"/r/strings/comments/zzz999/o/","crosspost_parent_list":[{"subreddit":"strings","author":"eve",` +
				`"permalink":"/r/strings/comments/zzz999/o/",` + gallery + `}]`),
			Around: []string{"## Crosspost of: Two ropes\n\nPosted by: eve\nIn: r/strings\n\n### Gallery of 2 pictures", "Well."},
			Notes:  []string{"only their captions"},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoverageFull,
			Routes: post(`"title":"Vote","url":"/r/strings/comments/zzz999/o/","crosspost_parent_list":[{"subreddit":"strings","author":"eve",` +
				`"title":"Which?","selftext":"Do say.","is_self":true,"url":"",` + votes + `}]`),
			Around: []string{"### Poll\n\n- Yes (40 votes)", "Do say."},
		},
		evidencetest.Named{
			URL: "https://redd.it/abc123", Requests: 1, Coverage: job.CoveragePartial, Notes: []string{"crosspost of was removed by Reddit"},
			Routes: post(`"title":"Vote","url":"/r/s/comments/zzz999/o/","crosspost_parent_list":[{"subreddit":"s","title":"Which?",` +
				`"selftext":"[removed]","removed_by_category":"reddit","is_self":true}]`),
			Around: []string{"That post was removed by Reddit."},
		},
	)
}

func TestRefusalsSayWhy(t *testing.T) {
	for body, says := range map[string]string{
		`{"reason":"private","message":"Forbidden","error":403}`: "members only (private)",
		`{"reason":"banned","message":"Not Found","error":404}`:  "(banned)",
		`{"message":"Not Found","error":404}`:                    "no such post",
	} {
		s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			status := http.StatusForbidden
			if strings.Contains(body, "404") {
				status = http.StatusNotFound
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		_, err := evidencetest.Fetch(t, reddit.Adapter{API: s.URL}, "https://redd.it/abc123")
		if !source.Final(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
