package huggingface_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/adapter/huggingface"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

// Links are judged by host and path, never by a substring.
func TestLinksAreMatchedByHostAndPath(t *testing.T) {
	evidencetest.Match(t, huggingface.Adapter{}, map[string]bool{
		"https://huggingface.co/datasets/imdb":     true,
		"https://huggingface.co/spaces/a/b":        true,
		"https://huggingface.co/blog/x":            false,
		"https://huggingface.co/docs/a/b":          false,
		"https://huggingface.co/a/b/discussions/3": true,
		"https://huggingface.co/a/b/discussions":   false,
		"https://huggingface.co/a/b/commit/abc":    false,
		"https://huggingface.co/papers/2401.00001": true,
		"https://huggingface.co/papers":            false,
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
			Notes: []string{"the list of files", "card (README.md) could not be had"},
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
	ev, err := evidencetest.Fetch(t, huggingface.Adapter{API: p.URL}, "https://huggingface.co/google-bert/bert-base-uncased",
		fetch.Credential{Name: huggingface.Credential, Base: p.URL, Authorization: "Bearer s3cr3t"})
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

func TestWhatALinkNamesWithinARepositoryComesFirst(t *testing.T) {
	const first, second = "0123456789abcdef01234567", "0123456789abcdef01234568"
	discussion := `={"title":"Ropes?","status":"open","isPullRequest":false,"createdAt":"2024-01-02T03:04:05.000Z",` +
		`"author":{"name":"ann"},"events":[` +
		`{"id":"` + first + `","type":"comment","createdAt":"2024-01-02T03:04:05.000Z","author":{"name":"ann"},"data":{"edited":false,` +
		`"hidden":false,` +
		`"latest":{"raw":"I wonder about **ropes**."}}},{"id":"x","type":"status-change","createdAt":"2024-01-03T00:00:00.000Z",` +
		`"data":{"status":"open"}},` +
		`{"id":"` + second + `","type":"comment","createdAt":"2024-01-04T00:00:00.000Z","author":{"name":"bob"},"data":{"hidden":false,` +
		`"latest":{"raw":"They are trees."}}},{"id":"0123456789abcdef01234569","type":"comment","createdAt":"2024-01-05T00:00:00.000Z",` +
		`"author":{"name":"cy"},"data":{"hidden":true,"latest":{"raw":"rude"}}}]}`
	routes := map[string]string{
		"/api/models/a/b/discussions/3": discussion,
		"/api/models/a/b":               `={"id":"a/b","likes":3}`,
		"/a/b/raw/main/README.md":       "=---\nlicense: mit\n---\n# Rope\n\nA tree.\n\n## Use\n\nOften.",
		"/a/b/raw/v1/README.md":         "=# Rope 1\n\nOld.",
		"/a/b/raw/main/rope.py":         "=import tree\n\ntree.grow()\n",
		"/a/b/raw/main/big.bin":         "=version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
		"/api/models/a/b/tree/v1":       `=[{"type":"file","path":"rope.py","size":12},{"type":"directory","path":"img","size":0}]`,
		"/api/models/a/b/tree/main/img": `=[{"type":"file","path":"img/a.png","size":99}]`,
		"/api/papers/2401.00001": `={"title":"Ropes","summary":"Trees of strings.","authors":[{"name":"Ann"}],"upvotes":7,` +
			`"githubRepo":"https://github.com/a/b"}`,
		"/api/query?2401.00001":         "arxiv/id_1605.08386.xml",
		"/datasets/d/raw/main/notes.md": "=# Notes\n\nOf data.",
	}
	const at = "https://huggingface.co/a/b"
	evidencetest.Leads(t,
		evidencetest.Named{
			URL: at + "/discussions/3#" + second, Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "Comment by bob on: Ropes?",
			Lead: []string{"## Comment by bob, 2024-01-04\n\nThey are trees."}, Around: []string{"## Discussion: Ropes?",
				"I wonder about ropes."}, Without: []string{"rude"},
		},
		evidencetest.Named{
			URL: at + "/discussions/3", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "Ropes?", Around: []string{"I wonder",
				"They are trees."},
		},
		evidencetest.Named{
			URL: at + "/discussions/3#0123456789abcdef01234569", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Lead: []string{"(This comment was hidden.)"}, Around: []string{"I wonder"}, Notes: []string{"was hidden"},
		},
		evidencetest.Named{
			URL: at + "/discussions/3#0123456789abcdef0123456f", Routes: routes, Coverage: job.CoveragePartial, Requests: 1,
			Notes: []string{"is not there"},
		},
		evidencetest.Named{
			URL: at + "#use", Routes: routes, Coverage: job.CoverageFull, Requests: 2, Lead: []string{"Use\n\nOften."},
			Around: []string{"Likes: 3", "A tree."},
		},
		evidencetest.Named{
			URL: at + "/tree/v1", Routes: routes, Coverage: job.CoverageFull, Requests: 3, Around: []string{"At: v1", "Old.",
				"- rope.py (12 bytes)\n- img/"},
			Without: []string{"Often."},
		},
		evidencetest.Named{
			URL: at + "/tree/main/img", Routes: routes, Coverage: job.CoverageFull, Requests: 3, Lead: []string{"- img/a.png (99 bytes)"},
			Around: []string{"A tree."},
		},
		evidencetest.Named{
			URL: at + "/blob/main/rope.py#L3", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "rope.py, line 3",
			Lead: []string{"## Line 3 of rope.py\n\n```py\ntree.grow()\n```"}, Around: []string{"import tree"},
		},
		evidencetest.Named{
			URL: at + "/blob/v1/README.md", Routes: routes, Coverage: job.CoverageFull, Requests: 1, Title: "a/b", Around: []string{"Old."},
		},
		evidencetest.Named{
			URL: at + "/resolve/main/big.bin", Routes: routes, Coverage: job.CoveragePartial, Requests: 1, Notes: []string{"Git LFS"},
		},
		evidencetest.Named{
			URL: "https://hf.co/datasets/d/blob/main/notes.md", Routes: routes, Coverage: job.CoverageFull, Requests: 1,
			Around: []string{"Of data."},
		},
		evidencetest.Named{
			URL: "https://huggingface.co/papers/2401.00001", Routes: routes, Coverage: job.CoveragePartial, Requests: 4, Title: "Ropes",
			Around: []string{"Upvotes: 7", "Trees of strings.", "Caprice Stanley"}, Notes: []string{"only the abstract could be had"},
		},
	)
}
