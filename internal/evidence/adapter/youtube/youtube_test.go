package youtube_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/adapter/youtube"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, youtube.Adapter{}, map[string]bool{
		"https://www.youtube.com/shorts/eiHXASgRTcA":    true,
		"https://m.youtube.com/watch?v=eiHXASgRTcA&t=1": true,
		"https://www.youtube.com/@channel":              false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "youtube_title_only", URL: "https://youtu.be/eiHXASgRTcA?t=10",
			Adapter: "YouTubeAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{
				"/oembed": "youtube/oembed.http.json",
				"/watch":  "youtube/consent_page.html",
			},
			Says:  []string{"Noisy kittens", "smshdchrb"},
			Notes: []string{"only title and channel"},
		},
		evidencetest.Link{
			Name: "youtube_playlist", URL: "https://www.youtube.com/playlist?list=PL4qTakKkQATKOyZPJG_cAMnRtF7fAIdST",
			Adapter: "YouTubeAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{"/oembed": "youtube/oembed_playlist.http.json"},
			Says:   []string{"De espaldas al patriarcado"},
			Notes:  []string{"playlist's title"},
		},
	)
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "youtube/player_captions.json", URL: "https://www.youtube.com/youtubei/v1/player", Adapter: "YouTubeAdapter",
			Coverage: job.CoveragePartial, Title: "Surface Go Review - It’s Awesome", Says: []string{"Channel: Dave2D"},
		},
		evidencetest.Body{
			File: "youtube/player_unavailable.json", URL: "https://www.youtube.com/watch?v=aaaaaaaaaaa",
			Coverage: job.CoverageFailed, Reason: fetch.NotFound,
		},
		evidencetest.Body{
			File: "youtube/transcript.xml", URL: "https://www.youtube.com/api/timedtext?v=x", Coverage: job.CoverageFull,
			Title: "Captions", Says: []string{"this is not the original transcript"},
		},
	)
}

func TestCaptionsAreRead(t *testing.T) {
	var base string
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/watch":
			fmt.Fprintf(w, `<script>var ytInitialPlayerResponse = {"videoDetails":{"title":"Ropes","author":"A",`+
				`"shortDescription":"About ropes.","lengthSeconds":"61"},`+
				`"captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[`+
				`{"baseUrl":"https://www.youtube.com/api/timedtext?v=x&lang=de","languageCode":"de"},`+
				`{"baseUrl":"%s/api/timedtext?v=x&lang=en&signature=s3cr3t&fmt=srv3","languageCode":"en"},`+
				`{"baseUrl":"/api/timedtext?exp=xpe","languageCode":"en"}]}}};</script>`, base)
		case "/api/timedtext":
			if r.URL.Query().Get("lang") != "en" || r.URL.Query().Has("fmt") {
				t.Errorf("asked for %s", r.URL)
			}
			w.Write(evidencetest.Payload(t, "youtube/transcript.xml"))
		default:
			w.WriteHeader(404)
		}
	}))
	base = s.URL
	r := evidencetest.New(t, evidence.Config{APIs: evidence.APIs{YouTube: s.URL}})
	ev, err := r.Retrieve(t.Context(), "https://www.youtube.com/watch?v=aaaaaaaaaaa")
	if err != nil || ev.Coverage != job.CoverageFull || !strings.Contains(ev.Text, "this is not the original transcript") ||
		!strings.Contains(ev.Text, "Length: 1m1s") {
		t.Fatalf("%v %s %v\n%s", err, ev.Coverage, ev.Errors, ev.Text)
	}
	if raw, _ := json.Marshal(ev); strings.Contains(string(raw), "s3cr3t") {
		t.Error("the signature is in the evidence")
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatDoesNotExistIsSaid(t *testing.T) {
	evidencetest.NoSuch(t, "https://www.youtube.com/watch?v=aaaaaaaaaaa", "/watch", "youtube/player_unavailable.json", "")
}
