package gates_test

import (
	"fmt"

	"github.com/technoshare/commentator/internal/gates"
	"github.com/technoshare/commentator/internal/job"
)

func ExampleCheck() {
	page := &job.Evidence{
		URL: "https://example.org/fastkv", Title: "fastkv 2.4", Lang: "en", Coverage: job.CoverageFull,
		Text: "fastkv 2.4 moves its log to io_uring. Writes go from 412,000 to 1.31 million operations per second.",
	}
	comment := &job.Comment{
		TLDR: []string{
			"**fastkv 2.4** moves its log to io_uring.",
			"Writes are three times as fast, at 1.3 million a second.",
			"It was built by Netflix in 2019.",
		},
		Summary: "The release moves the log to io_uring. Writes go from 412k to 1.31M a second. Reads are not mentioned. No other system is compared. Teams that write much gain most.",
		Projects: []string{
			"**RAG / Retrieval** — Try it as the store of our index.",
			"**Agentic Workflows** — Keep the memory of agents in it.",
			"**LLMOps & Evaluation** — Measure our write load against it.",
		},
	}
	report := gates.Check(page, comment, gates.Options{Language: "en"})
	fmt.Println(report.Passed())
	for _, f := range report.Failures() {
		fmt.Println(f)
	}
	// Output:
	// false
	// names: not on the page: “Netflix” in the tldr item 3
	// numbers: not on the page: “2019” in the tldr item 3
}
