package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/technoshare/commentator/internal/queue"
)

func ExampleStore_Run() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	store, err := queue.Open(ctx, filepath.Join(dir, "queue.sqlite"), queue.WithWorkers(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = store.Close() }()

	ev := queue.Event{Keys: []string{"event/Ev1"}, Links: []queue.NewLink{{Link: queue.Link{
		Team: "T1", Channel: "C1", MessageTS: "1.1", URL: "https://example.com/", Canonical: "https://example.com", Source: queue.FromMessage}}}}
	for range 2 { // Slack delivers twice
		a, err := store.Accept(ctx, ev)
		fmt.Println("duplicate:", a.Duplicate, err)
	}
	err = store.Run(ctx, queue.Handlers{Link: func(_ context.Context, a queue.Attempt) queue.Verdict {
		fmt.Println("attempt", a.Number, "at", a.URL)
		stop()
		return queue.Verdict{Outcome: "success"}
	}})
	fmt.Println(err)
	// Output:
	// duplicate: false <nil>
	// duplicate: true <nil>
	// attempt 1 at https://example.com/
	// <nil>
}
