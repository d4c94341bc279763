package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

func ExampleQueue_Run() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	kept, err := store.Open(ctx, filepath.Join(dir, "queue.sqlite"), store.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = kept.Close() }()

	ev := job.Submission{Keys: []string{"event/Ev1"}, Links: []job.NewLink{{Link: job.Link{
		Team: "T1", Channel: "C1", MessageTS: "1.1", URL: "https://example.com/", Canonical: "https://example.com", Source: job.FromMessage}}}}
	for range 2 { // Slack delivers twice
		a, err := kept.Queue.Accept(ctx, ev)
		fmt.Println("duplicate:", a.Duplicate, err)
	}
	err = kept.Run(ctx, job.Handlers{Link: func(_ context.Context, a job.Attempt) job.Verdict {
		fmt.Println("attempt", a.Number, "at", a.URL)
		stop()
		return job.Verdict{Outcome: "success"}
	}})
	fmt.Println(err)
	// Output:
	// duplicate: false <nil>
	// duplicate: true <nil>
	// attempt 1 at https://example.com/
	// <nil>
}
