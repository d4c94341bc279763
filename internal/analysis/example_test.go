package analysis_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

var note = &job.Evidence{
	URL: "https://a.example/index", Title: "A vector index for one machine", Coverage: job.CoverageFull,
	Text: `The vector index answers a search in ten milliseconds on one machine.
It does so without a graph in memory.
A billion entries take 40 gigabytes, a third of what other methods need.
The authors measured recall against four other structures.
Updates are slow: the index must be built again every night.`,
}

func ExampleNewOffline() {
	o, err := analysis.NewOffline().Analyze(context.Background(), note)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range o.Result.TLDR {
		fmt.Println("-", s)
	}
	fmt.Println(len(o.Result.Projects), "project ideas, by the analyst", o.Analyst)
	// Output:
	// - The vector index answers a search in ten milliseconds on one machine.
	// - A billion entries take 40 gigabytes, a third of what other methods need.
	// - Updates are slow: the index must be built again every night.
	// 0 project ideas, by the analyst offline
}

func ExampleNewOpenAI() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"chatcmpl-7","model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":1400,"completion_tokens":300},
			"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"{\"tldr\":[\"A **vector index** answers in ten milliseconds.\",\"It needs a third of the memory of others.\",\"It is built again every night.\"],\"summary\":\"The page presents a vector index that answers a search in ten milliseconds on one machine. A billion entries take 40 gigabytes.\",\"projects\":[\"**RAG / Retrieval** — Index our manuals with it.\",\"**RAG / Retrieval** — Measure recall on our questions.\",\"**LLMOps & Evaluation** — Compare answer quality with the present index.\"],\"similar_tech\":[]}"}}]}`)
	}))
	defer server.Close()
	analyst, err := analysis.NewOpenAI(analysis.OpenAIConfig{BaseURL: server.URL + "/v1", Model: "gpt-4o"})
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := analyst.Analyze(context.Background(), note)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.Result.TLDR[0])
	fmt.Printf("%d call, %s, %d+%d tokens, $%.4f\n", o.Calls, o.Mode, o.InputTokens, o.OutputTokens, *o.CostUSD)
	// Output:
	// A **vector index** answers in ten milliseconds.
	// 1 call, json_schema, 1400+300 tokens, $0.0065
}

func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	analyst, err := analysis.NewOpenAI(analysis.OpenAIConfig{BaseURL: server.URL, Model: "gpt-4o"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = analyst.Analyze(context.Background(), note)
	fmt.Println(retry.Retryable(err), retry.After(err))
	// Output: true 30s
}

func ExampleExtractJSON() {
	object, ok := analysis.ExtractJSON("Sure! Here you go:\n```json\n{\"tldr\": []}\n```", "tldr")
	fmt.Println(string(object), ok)
	// Output: {"tldr": []} true
}

func ExampleLoadPrompt() {
	p, err := analysis.LoadPrompt("")
	fmt.Println(p.Name, len(p.Version), err)
	// Output: technoshare-commentary 12 <nil>
}
