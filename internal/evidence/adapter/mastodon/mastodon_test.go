package mastodon_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/mastodon"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, mastodon.Adapter{}, map[string]bool{
		"https://hachyderm.io/@a/117020583223442465":                                   true,
		"https://medium.com/@a/some-post-117020583223":                                 false,
		"https://hachyderm.io/web/statuses/117020583223442465":                         true,
		"https://hachyderm.io/deck/@a@b.example/117020583223442465":                    true,
		"https://hachyderm.io/ap/users/117020565966271181/statuses/117020583223442465": true,
		"https://hachyderm.io/@a/117020583223442465/embed":                             true,
		"https://hachyderm.io/@a/117020583223442465/other":                             false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "mastodon_status", URL: "https://example.social/@mastodonpy_test/117020583223442465",
			Adapter: "MastodonAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{"/api/v1/statuses/117020583223442465": "mastodon/status.http.json"},
			Says:   []string{"Toot!"},
		},
		evidencetest.Link{
			Name: "mastodon_status_with_card", URL: "https://example.social/@mastodonpy_test/117020609135389699",
			Adapter: "MastodonAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/api/v1/statuses/117020609135389699": "mastodon/status_with_card.http.json"},
			Says:   []string{"Example Domain"},
			Notes:  []string{"links to could not be read"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStatusesAreRecognizedOnAnyServer(t *testing.T) {
	u, _ := url.Parse("https://example.social/api/v1/statuses/117020583223442465")
	in := source.Answer{Kind: source.JSON, URL: u, Body: []byte(evidencetest.Recording(t, "mastodon/status.http.json").Response.Body)}
	ev := source.NewEvidence(u.String())
	if known, err := (mastodon.Adapter{}).Recognize(in, ev); !known || err != nil || !strings.Contains(ev.Text, "Toot!") {
		t.Errorf("known %v, %v, %q", known, err, ev.Text)
	}
	in.URL = &url.URL{Path: "/api/v1/accounts/1"}
	if known, _ := (mastodon.Adapter{}).Recognize(in, ev); known {
		t.Error("an account is taken for a status")
	}
}

func TestPostsComeBeforeTheirThread(t *testing.T) {
	// In the form of docs.joinmastodon.org/entities.
	const (
		ann  = `"created_at":"2024-01-02T03:04:05.000Z","account":{"acct":"ann","display_name":"Ann"}`
		poll = `"poll":{"id":"1","expires_at":"2024-02-03T00:00:00.000Z","expired":true,"multiple":true,"votes_count":9,"voters_count":7,` +
			`"options":[{"title":"Trees","votes_count":6},{"title":"Lists","votes_count":null}]}`
	)
	post := func(fields string) string {
		return `{"id":"117020583223442465","url":"https://s.example/@ann/117020583223442465",` + ann + `,` + fields + `}`
	}
	routes := func(fields string) map[string]string {
		return map[string]string{
			"/api/v1/statuses/117020583223442465": "=" + post(fields),
			"/api/v1/statuses/117020583223442465/context": `={"ancestors":[{"id":"1","content":"<p>What are ropes?</p>",` +
				`"account":{"acct":"bob"}}],` +
				`"descendants":[{"id":"3","content":"<p>Thanks.</p>","spoiler_text":"cw","account":{"acct":"cy@other.example","display_name":"Cy"}}]}`,
		}
	}
	const at = "https://s.example/@ann/117020583223442465"
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: at, Routes: routes(`"content":"<p>Trees.</p>","in_reply_to_id":"1","replies_count":1`), Coverage: job.CoverageFull, Requests: 2,
			Lead: []string{"Posted by: Ann @ann", "Trees."},
			Around: []string{"## In reply to\n\n### bob @bob\n\nWhat are ropes?",
				"## Replies\n\n### Cy @cy@other.example\n\nContent warning: cw\n\nThanks."},
		},
		evidencetest.Named{
			URL: at, Coverage: job.CoveragePartial, Requests: 2, Lead: []string{"Trees."},
			Notes:  []string{"the thread that the post stands in could not be had"},
			Routes: map[string]string{"/api/v1/statuses/117020583223442465": "=" + post(`"content":"<p>Trees.</p>","replies_count":1`)},
		},
		evidencetest.Named{
			URL: "https://s.example/web/@ann/117020583223442465", Routes: routes(`"content":"<p>Which?</p>",` + poll),
			Coverage: job.CoverageFull, Requests: 1,
			Around: []string{"Which?\n\n## Poll\n\n- Trees (6 votes)\n- Lists\n\nVotes: 9\nVoters: 7\nSeveral answers: true\nClosed: 2024-02-03"},
		},
		evidencetest.Named{
			URL: at, Routes: routes(`"content":"<p>Gore.</p>","spoiler_text":"Film, spoilers","sensitive":true`), Coverage: job.CoverageFull,
			Requests: 1,
			Around:   []string{"Content warning: Film, spoilers\n\nGore."},
		},
		evidencetest.Named{ // other servers repeat the content in the boost
			URL: at, Coverage: job.CoverageFull, Requests: 1, Around: []string{"Boosted by: Ann @ann\nPosted by: Bob @bob@b.example", "Ropes!"},
			Routes: routes(`"content":"<p>Ropes!</p>","reblog":{"id":"9","content":"<p>Ropes!</p>","account":{"acct":"bob@b.example",` +
				`"display_name":"Bob"}}`),
		},
		evidencetest.Named{
			URL: at, Coverage: job.CoveragePartial, Requests: 1, Around: []string{"(image: A thick rope)"},
			Notes: []string{"without a description (1)"},
			Routes: routes(`"content":"<p>Look.</p>","media_attachments":[{"type":"image","description":"A thick rope"},{"type":"video",` +
				`"description":null}]`),
		},
		evidencetest.Named{
			URL: at, Coverage: job.CoverageFull, Requests: 1, Around: []string{"So true.", "## Quoted: Bob @bob\n\nRopes are trees."},
			Routes: routes(`"content":"<p>So true.</p>","quote":{"state":"accepted","quoted_status":{"id":"8","content":"<p>Ropes are trees.</p>",` +
				`"account":{"acct":"bob","display_name":"Bob"}}}`),
		},
		evidencetest.Named{
			URL: at, Coverage: job.CoveragePartial, Requests: 1, Notes: []string{"quotes is not shown (revoked)"},
			Routes: routes(`"content":"<p>So true.</p>","quote":{"state":"revoked","quoted_status":null}`),
		},
	)
}

func TestPostsThatAreGoneAreSaid(t *testing.T) {
	for body, final := range map[string]bool{`{"error":"Record not found"}`: true, `{"error":"Not Found"}`: false, "<html>": false} {
		s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, body)
		}))
		_, err := evidencetest.Fetch(t, mastodon.Adapter{Server: s.URL}, "https://s.example/@a/117020583223442465")
		if err == nil || source.Final(err) != final {
			t.Errorf("%s: %v", body, err)
		}
	}
}
