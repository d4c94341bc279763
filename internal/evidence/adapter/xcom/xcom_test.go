package xcom_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/xcom"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, xcom.Adapter{}, map[string]bool{
		"https://twitter.com/a/status/12":                true,
		"https://x.com/a":                                false,
		"https://x.com/i/status/12":                      true,
		"https://mobile.twitter.com/a/status/12/photo/1": true,
		"https://vxtwitter.com/a/status/12":              true,
		"https://nitter.net/a/status/12#m":               true,
		"https://netflix.com/a/status/12":                false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "x_post", URL: "https://x.com/pepephone/status/436461658601713664?s=20",
			Adapter: "XAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/oembed": "x/oembed.http.json"},
			Says:   []string{"Pepephone rompe la baraja"},
			Notes:  []string{"only the text of the post"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPostsThatAreGoneAreSaid(t *testing.T) {
	for _, status := range []string{"404", "403"} {
		p := evidencetest.NewReplay(t, map[string]string{"/oembed": status})
		_, err := evidencetest.Fetch(t, xcom.Adapter{API: p.URL}, "https://x.com/a/status/12")
		if !source.Final(err) || !strings.Contains(err.Error(), "it was deleted") {
			t.Errorf("%s: %v", status, err)
		}
	}
}
