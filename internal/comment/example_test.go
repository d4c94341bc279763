package comment_test

import (
	"fmt"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/job"
)

func fetchComment() job.Reply {
	return job.Reply{
		Outcome: job.OutcomeSuccess, URL: "https://example.org/fastkv", Title: "fastkv 2.4", Adapter: "GenericAdapter", Coverage: "full",
		Comment: &job.Comment{
			TLDR:     []string{"**fastkv 2.4** moves its log to `io_uring`.", "Writes are three times as fast.", "Reads stay as they were."},
			Summary:  "The release moves the log to io_uring.",
			Projects: []string{"**RAG / Retrieval** — Try it as the store of our index."},
		},
	}
}

func ExampleMessages() {
	for _, m := range comment.Messages(fetchComment()) {
		fmt.Printf("%.46s…\n%s\n", m.Blocks, m.Text)
	}
	// Output:
	// [{"type":"section","text":{"type":"mrkdwn","te…
	// fastkv 2.4 — fastkv 2.4 moves its log to io_uring. Writes are three times as fast. Reads stay as they were.
}

func ExampleTerminal() {
	fmt.Print(comment.Terminal(fetchComment(), 60, false))
	// Output:
	//   fastkv 2.4
	//   https://example.org/fastkv
	//
	//   TL;DR
	//   • fastkv 2.4 moves its log to io_uring.
	//   • Writes are three times as fast.
	//   • Reads stay as they were.
	//
	//   Summary
	//   The release moves the log to io_uring.
	//
	//   Projects
	//   • RAG / Retrieval — Try it as the store of our index.
	//
	//   Similar tech
	//   N/A
	//
	//   GenericAdapter
}

func ExampleMarkdown() {
	fmt.Print(comment.Markdown(fetchComment()))
	// Output:
	// # [fastkv 2.4](https://example.org/fastkv)
	//
	// ## TL;DR
	//
	// - **fastkv 2.4** moves its log to `io_uring`.
	// - Writes are three times as fast.
	// - Reads stay as they were.
	//
	// ## Summary
	//
	// The release moves the log to io\_uring.
	//
	// ## Projects
	//
	// - **RAG / Retrieval** — Try it as the store of our index.
	//
	// ## Similar tech
	//
	// N/A
	//
	// ---
	//
	// GenericAdapter
}
