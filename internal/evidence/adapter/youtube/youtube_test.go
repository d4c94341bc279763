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
		"https://www.youtube.com/shorts/eiHXASgRTcA":                                              true,
		"https://m.youtube.com/watch?v=eiHXASgRTcA&t=1":                                           true,
		"https://www.youtube.com/@channel":                                                        false,
		"https://www.youtube.com/live/eiHXASgRTcA?si=x":                                           true,
		"https://www.youtube.com/embed/videoseries?list=PL1":                                      true,
		"https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3DeiHXASgRTcA%26feature%3Dshare": true,
		"https://www.youtube.com/attribution_link?u=%2Fattribution_link":                          false,
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

// watchPage is the page of a video, with captions where there are any.
func watchPage(captions string) string {
	return `=<script>var ytInitialPlayerResponse = {"videoDetails":{"title":"Ropes","author":"A","lengthSeconds":"200",` +
		`"shortDescription":"About ropes.\n0:00 Hello\n1:30 Trees\n(2:40) Goodbye"}` + captions + `};</script>`
}

func TestTranscriptsStartWhereTheLinkDoes(t *testing.T) {
	const tracks = `,"captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[{"baseUrl":"/api/timedtext?v=x&lang=en",` +
		`"languageCode":"en"}]}}`
	routes := map[string]string{
		"/watch": watchPage(tracks),
		"/api/timedtext": `=<transcript><text start="1" dur="2">Welcome.</text><text start="88" dur="4">A rope is</text>` +
			`<text start="93" dur="4">a tree.</text><text start="160" dur="5">Goodbye.</text></transcript>`,
	}
	for _, link := range []string{
		"https://youtu.be/aaaaaaaaaaa?t=90", "https://www.youtube.com/watch?v=aaaaaaaaaaa&t=1m30s",
		"https://m.youtube.com/watch?v=aaaaaaaaaaa#t=90",
		"https://www.youtube.com/embed/aaaaaaaaaaa?start=90", "https://www.youtube.com/watch?v=aaaaaaaaaaa&t=90s",
	} {
		evidencetest.Leads(t, evidencetest.Named{
			URL: link, Routes: routes, Coverage: job.CoverageFull, Requests: 3,
			Lead:   []string{"## From 1m30s on, where the link starts\n\n[0:01] A rope is a tree.\n\n[0:02] Goodbye."},
			Around: []string{"About ropes.", "## Transcript before that\n\n[0:00] Welcome."},
		})
	}
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: "https://youtu.be/aaaaaaaaaaa", Routes: routes, Coverage: job.CoverageFull, Requests: 3, Around: []string{"Welcome.", "Goodbye."},
		},
		evidencetest.Named{
			URL: "https://youtu.be/aaaaaaaaaaa?t=1h", Routes: routes, Coverage: job.CoveragePartial, Requests: 3,
			Around: []string{"Welcome."}, Notes: []string{"behind the last caption"},
		},
		evidencetest.Named{
			URL: "https://youtu.be/aaaaaaaaaaa?t=100", Routes: map[string]string{"/watch": watchPage("")}, Coverage: job.CoveragePartial,
			Requests: 3,
			Lead:     []string{"Chapter: Trees (from 1:30)"}, Around: []string{"About ropes."}, Notes: []string{"captions could not be had"},
		},
		evidencetest.Named{
			URL: "https://www.youtube.com/watch?v=aaaaaaaaaaa&lc=UgxAbc", Routes: routes, Coverage: job.CoveragePartial, Requests: 3,
			Around: []string{"A rope is"}, Notes: []string{"the comment that the link names could not be had"},
		},
	)
}

func TestPlaylistsNameTheirVideos(t *testing.T) {
	const item = `{"playlistVideoRenderer":{"videoId":"aaaaaaaaaaa","title":{"runs":[{"text":"Ropes, "},{"text":"part 1"}]}}}`
	const lockup = `{"lockupViewModel":{"contentId":"bbbbbbbbbbb","metadata":{"lockupMetadataViewModel":{"title":{"content":"Ropes,` +
		` part 2"}}}}}`
	evidencetest.Leads(t, evidencetest.Named{
		URL: "https://www.youtube.com/playlist?list=PL4qTakKkQATKOyZPJG", Coverage: job.CoverageFull, Requests: 2,
		Routes: map[string]string{
			"/oembed":   "youtube/oembed_playlist.http.json",
			"/playlist": `=<script>var ytInitialData = {"contents":{"a":[` + item + `,` + lockup + `,{"continuationItemRenderer":{}}]}};</script>`,
		},
		Around: []string{"## Videos\n\n1. Ropes, part 1\n2. Ropes, part 2"},
	})
}
