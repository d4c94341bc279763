package mastodon_test

import (
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
		"https://hachyderm.io/@a/117020583223442465":   true,
		"https://medium.com/@a/some-post-117020583223": false,
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
