package huggingface_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/huggingface"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, huggingface.Adapter{}, map[string]bool{
		"https://huggingface.co/datasets/imdb": true,
		"https://huggingface.co/spaces/a/b":    true,
		"https://huggingface.co/blog/x":        false,
		"https://huggingface.co/docs/a/b":      false,
	})
}

func TestRecordedAnswersBecomeEvidence(t *testing.T) {
	evidencetest.Retrieve(t,
		evidencetest.Link{
			Name: "huggingface_model", URL: "https://huggingface.co/bert-base-uncased",
			Adapter: "HuggingFaceAdapter", Coverage: job.CoverageFull,
			Routes: map[string]string{
				"/api/models/bert-base-uncased":                     "huggingface/api_model_redirect_307.http.json",
				"/api/models/google-bert/bert-base-uncased":         "huggingface/api_model_bert.http.json",
				"/google-bert/bert-base-uncased/raw/main/README.md": "huggingface/card_model_rubert.md",
			},
			Says: []string{"Task: fill-mask", "RuBERT (Russian, cased"},
		},
		evidencetest.Link{
			Name: "huggingface_model_without_card", URL: "https://huggingface.co/google-bert/bert-base-uncased/tree/main",
			Adapter: "HuggingFaceAdapter", Coverage: job.CoveragePartial,
			Routes: map[string]string{
				"/api/models/google-bert/bert-base-uncased": "huggingface/api_model_bert.http.json",
			},
			Says:  []string{"Likes: 2065"},
			Notes: []string{"card (README.md) could not be had"},
		},
	)
}

func TestAnswersAtHandBecomeEvidence(t *testing.T) {
	evidencetest.Extract(t,
		evidencetest.Body{
			File: "huggingface/card_dataset_squad.md", URL: "https://huggingface.co/datasets/squad/raw/main/README.md",
			ContentType: "text/plain", Adapter: "HuggingFaceAdapter", Coverage: job.CoverageFull, Title: "datasets/squad",
			Says: []string{"Task categories: question-answering"},
		},
		evidencetest.Body{
			File: "huggingface/sample_invalid_card_data.md", URL: "https://example.com/README.md", Coverage: job.CoverageFull,
			Title: "invalid-card-data", Says: []string{"should fail"},
		},
		evidencetest.Body{
			File: "huggingface/sample_windows_line_breaks.md", URL: "https://example.com/README.md", Coverage: job.CoverageFull,
			Title: "Hello old Windows line breaks", Says: []string{"License: mit"},
		},
	)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTokenIsSentToTheHub(t *testing.T) {
	p := evidencetest.NewReplay(t, map[string]string{"/api/models/google-bert/bert-base-uncased": "huggingface/api_model_bert.http.json"})
	ev, err := evidencetest.Fetch(t, huggingface.Adapter{API: p.URL, Token: "s3cr3t"}, "https://huggingface.co/google-bert/bert-base-uncased")
	if err != nil || ev.Coverage != job.CoveragePartial { // no card is recorded at this address
		t.Fatalf("%v %s", err, ev.Coverage)
	}
	for _, r := range p.Seen() {
		if r.Header.Get("Authorization") != "Bearer s3cr3t" {
			t.Errorf("%s is asked without the token", r.URL)
		}
	}
	if strings.Contains(ev.Text+strings.Join(ev.Errors, ""), "s3cr3t") {
		t.Error("the token is in the evidence")
	}
}
