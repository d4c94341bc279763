package runs

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// manifest is what is known about the captured traces, counted by the model
// server that answered, never from span attributes.
type manifest struct {
	Cases []struct {
		Name, Dialect string
		Files         []string
		Traces        []struct {
			TraceID        string   `json:"trace_id"`
			RootSpans      []string `json:"root_spans"`
			LLMLeafSpans   int      `json:"llm_leaf_spans"`
			EmbeddingSpans int      `json:"embedding_leaf_spans"`
			ToolSpans      int      `json:"tool_spans"`
			// Said is what the spans say of a number instead of the truth, for the reason
			// that stands beside it in the manifest.
			Said   map[string]float64
			Errors *float64 `json:"error_count"` // not in the older manifest
			Truth  struct {
				OK              int     `json:"llm_calls_ok"`
				Failed          int     `json:"llm_calls_failed"`
				Input           float64 `json:"input_tokens"`
				Output          float64 `json:"output_tokens"`
				Cached          float64 `json:"cached_input_tokens"`
				Written         float64 `json:"cache_write_tokens"` // counted in the cases genai-*
				Reasoning       float64 `json:"reasoning_output_tokens"`
				EmbeddingTokens float64 `json:"embedding_tokens"`
				Models, Prompts []string
				Answer          string
			}
		}
	}
}

func loadManifest(t testing.TB) manifest {
	t.Helper()
	files, err := filepath.Glob("testdata/traces/manifest*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifest", err)
	}
	var all manifest
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m manifest
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(f, err)
		}
		all.Cases = append(all.Cases, m.Cases...)
	}
	return all
}

func loadCase(t testing.TB, files []string) *tracepb.TracesData {
	t.Helper()
	var in []File
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join("testdata/traces", name))
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, File{name, b})
	}
	td, err := ReadOTLP(in...)
	if err != nil {
		t.Fatal(err)
	}
	return td
}

// exceptions are the numbers that cannot be had from the spans, with what the
// spans say instead. Nothing else may differ from the truth.
var exceptions = map[string]struct {
	got float64
	why string
}{
	"openai-v2-latest-tools/d5e0a5be/cached_input_tokens": {0, "the instrumentation does not send cached tokens"},
	"vercel-ai5-recipe/e36dc1e6/cached_input_tokens":      {0, "generateText's steps do not send cached tokens"},
	"oi-llamaindex-rag/75329d0d/embedding_tokens":         {0, "usage of embeddings not sent"},
	"oi-llamaindex-rag/1a4e3d01/embedding_tokens":         {0, "usage of embeddings not sent"},
	"oi-llamaindex-rag/7c42ce2a/embedding_tokens":         {0, "usage of embeddings not sent"},
	"oi-openai-js/140b6191/embedding_tokens":              {0, "usage of embeddings not sent"},
	"traceloop-js-invoice/db1713b9/input_tokens":          {38, "a streamed call whose usage the instrumentation estimates"},
	"traceloop-js-invoice/db1713b9/output_tokens":         {44, "a streamed call whose usage the instrumentation estimates"},
	"genai-google/07cbb3c2/input_tokens":                  {20, "two requests under one span, with the usage of the last"},
	"genai-google/07cbb3c2/output_tokens":                 {23, "two requests under one span, with the usage of the last"},
	"genai-google/07cbb3c2/cached_input_tokens":           {4, "two requests under one span, with the usage of the last"},
	"genai-google/07cbb3c2/reasoning_tokens":              {15, "two requests under one span, with the usage of the last"},
	"gemini-cli-session/18f70c0c/output_tokens":           {29, "the span leaves the thoughts out"},
	"gemini-cli-session/18f70c0c/reasoning_tokens":        {0, "the span leaves the thoughts out"},
	"gemini-cli-session/18f70c0c/cached_input_tokens":     {0, "cached tokens are in the log records only"},
	"gemini-cli-session/451f813c/cached_input_tokens":     {0, "cached tokens are in the log records only"},
	"gemini-cli-session/10ea9318/cached_input_tokens":     {0, "cached tokens are in the log records only"},
	"gemini-cli-session/dcb98528/cached_input_tokens":     {0, "cached tokens are in the log records only"},
	"gemini-cli-session/678752da/cached_input_tokens":     {0, "cached tokens are in the log records only"},
	"gemini-cli-session/999bc277/error_count":             {0, "the span of a failed tool says ok"},
	"vercel-ai7-soup/de309a60/reasoning_tokens":           {0, "@ai-sdk/otel does not send reasoning tokens"},
	"vercel-ai7-soup/5338ba63/reasoning_tokens":           {0, "@ai-sdk/otel does not send reasoning tokens"},
}

func TestCountsMatchTheModelServersLog(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			byID := map[string]Projection{}
			for _, p := range project(loadCase(t, c.Files), Rules{}) {
				byID[p.TraceID.String()] = p
			}
			for _, tr := range c.Traces {
				p, ok := byID[tr.TraceID]
				if !ok || len(p.Runs) == 0 {
					t.Errorf("%s: no runs", tr.TraceID)
					continue
				}
				got := map[string]float64{}
				for _, m := range p.Runs[0].Metrics {
					got[m.Key] = m.Value
				}
				want := map[string]float64{
					"input_tokens": tr.Truth.Input, "output_tokens": tr.Truth.Output, "llm_call_count": float64(tr.LLMLeafSpans),
					"tool_call_count": float64(tr.ToolSpans), "embedding_call_count": float64(tr.EmbeddingSpans),
					"cached_input_tokens": tr.Truth.Cached, "reasoning_tokens": tr.Truth.Reasoning,
					"embedding_tokens": tr.Truth.EmbeddingTokens,
				}
				if strings.HasPrefix(c.Name, "genai-") {
					want["cache_creation_input_tokens"] = tr.Truth.Written
				}
				for _, k := range value.SortedKeys(want) {
					if e, ok := exceptions[c.Name+"/"+tr.TraceID[:8]+"/"+k]; ok {
						want[k] = e.got
					}
					if said, ok := tr.Said[k]; ok {
						want[k] = said
					}
					if got[k] != want[k] {
						t.Errorf("%s (%v): %s = %v, want %v", tr.TraceID[:8], tr.RootSpans, k, got[k], want[k])
					}
				}
			}
		})
	}
}

// TestErrorsAreCountedOnce: a call that failed is one error, however many
// spans it failed on its way up; two attempts with a span each are two.
func TestErrorsAreCountedOnce(t *testing.T) {
	want := map[string]float64{
		"b041e377": 1, "00d2e100": 1, "7bf15772": 1, "325cafda": 1, "5aa54a8e": 1, "7ff86f9f": 2, "02fff83d": 1, "dc185e30": 1,
		"9136f8f0": 1, "9023ed3b": 1,
	}
	for _, c := range loadManifest(t).Cases {
		for _, tr := range c.Traces {
			key := tr.TraceID[:8]
			if tr.Errors != nil {
				want[key] = *tr.Errors
			}
			if e, ok := exceptions[c.Name+"/"+key+"/error_count"]; ok {
				want[key] = e.got
			}
		}
		for _, p := range project(loadCase(t, c.Files), Rules{}) {
			if got := metrics(p.Runs[0])["error_count"]; got != want[p.TraceID.String()[:8]] {
				t.Errorf("%s %s: error_count = %v, want %v", c.Name, p.TraceID, got, want[p.TraceID.String()[:8]])
			}
		}
	}
}

// TestACallInTwoTracesIsNoted: the two instrumentations of this case did not
// see each other's context, so that each call is also a trace of its own.
func TestACallInTwoTracesIsNoted(t *testing.T) {
	noted := 0
	for _, c := range loadManifest(t).Cases {
		for _, p := range project(loadCase(t, c.Files), Rules{}) {
			for _, n := range p.Notes {
				if strings.Contains(n, "is also in trace") {
					noted++
					if c.Name != "oi-langchain-openai-double" {
						t.Errorf("%s: %s", c.Name, n)
					}
				}
			}
		}
	}
	if noted != 8 {
		t.Errorf("%d notes, want 8: four calls, each in two traces", noted)
	}
}

// TestOrderOfSpansDoesNotMatter shuffles, repeats and splits every case.
func TestOrderOfSpansDoesNotMatter(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		want := fingerprint(t, project(td, Rules{}))
		for seed := uint64(1); seed <= 5; seed++ {
			if got := fingerprint(t, project(shuffled(td, seed), Rules{})); got != want {
				t.Errorf("%s: seed %d gives another projection", c.Name, seed)
			}
		}
	}
}

// fingerprint is a projection with the bytes of all its artifacts.
func fingerprint(t testing.TB, ps []Projection) string {
	t.Helper()
	b, err := encode(ps)
	if err != nil {
		t.Fatal(err)
	}
	var sb strings.Builder
	sb.Write(b)
	for _, p := range ps {
		for _, r := range p.Runs {
			for _, a := range r.Artifacts {
				fmt.Fprintf(&sb, "%s %s %x\n", r.SpanID, a.Path, sha256.Sum256(a.Body))
			}
			fmt.Fprintln(&sb, r.Metrics)
		}
		fmt.Fprintln(&sb, p.Trace)
	}
	return sb.String()
}

// shuffled puts each span in a request of its own, some twice, in any order.
func shuffled(td *tracepb.TracesData, seed uint64) *tracepb.TracesData {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var out []*tracepb.ResourceSpans
	for _, rs := range td.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				for range 1 + rnd.IntN(2) {
					c := proto.Clone(s).(*tracepb.Span)
					rnd.Shuffle(len(c.Attributes), func(i, j int) { c.Attributes[i], c.Attributes[j] = c.Attributes[j], c.Attributes[i] })
					out = append(out, &tracepb.ResourceSpans{Resource: rs.Resource,
						ScopeSpans: []*tracepb.ScopeSpans{{Scope: ss.Scope, Spans: []*tracepb.Span{c}}}})
				}
			}
		}
	}
	rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return &tracepb.TracesData{ResourceSpans: out}
}

func TestProjectLeavesItsInputAlone(t *testing.T) {
	for _, c := range loadManifest(t).Cases {
		td := loadCase(t, c.Files)
		before := proto.Clone(td)
		project(td, Rules{Collect: true})
		if !proto.Equal(before, td) {
			t.Errorf("%s: the trace was changed", c.Name)
		}
	}
}
