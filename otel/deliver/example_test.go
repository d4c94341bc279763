package deliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// One trace, delivered at once.
func ExampleDeliverer_Deliver() {
	client, err := mlflow.NewClient("http://127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	d := deliver.New(client, deliver.WithExperiment("demo"))
	_, err = d.Deliver(context.Background(), &tracepb.TracesData{}, deliver.Origin{})
	fmt.Println(err, deliver.IsPermanent(err))
	// Output: not a deliverable trace: it has no spans true
}

// Traces out of an outbox, until the program ends.
func ExampleQueue() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	outbox, err := spool.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer outbox.Close()
	client, err := mlflow.NewClient("http://127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	d := deliver.New(client, deliver.WithExperiment("demo"), deliver.WithInstanceID(outbox.InstanceID()), deliver.WithTracking(false))
	queue := deliver.NewSpoolQueue(outbox, d, deliver.WithConcurrency(2), deliver.WithBackoff(time.Second, time.Minute))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- queue.Run(ctx) }()
	cancel()
	fmt.Println(<-done, queue.Stats().Delivered)
	// Output: <nil> 0
}

// The views that an experiment of link commentaries gets.
func ExampleWithViews() {
	client, err := mlflow.NewClient("http://127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	d := deliver.New(client,
		deliver.WithExperiment("technoshare_commentator"),
		deliver.WithExperimentTags(map[string]string{"mlflow.note.content": "Commentaries on shared links. [Jobs](#/experiments/1/runs?viewStateShareKey=jobs)"}),
		deliver.WithViews(
			deliver.RunsView{ID: "jobs", Name: "Jobs", Filter: "tags.channel_id != 'none'",
				Columns: []string{"tags.`outcome`", "tags.`domain`", "metrics.`latency_seconds`", "params.`model`"}},
			deliver.RunsView{ID: "gate-failed", Name: "Gate failed", Filter: "tags.outcome = 'gate_failed'", Columns: []string{"tags.`domain`", "metrics.`gate_failures`"}},
			deliver.RunsView{ID: "charts", Name: "Charts", GroupByTag: "outcome", Charts: []deliver.Chart{
				{Kind: "SCATTER", X: "latency_seconds", Y: "cost/total_usd"},
				{Kind: "BAR", Y: "gate_failures"},
			}},
			deliver.TracesView{ID: "jobs", Name: "Jobs", Columns: "start_time,input,output,user,duration,state,run_name,tokens,cost,tags"},
			deliver.TraceView{ID: "commentary", Name: "Commentary", Components: json.RawMessage(`[{"id":"root","component":"Column","children":[]}]`)},
		))
	fmt.Println(d != nil)
	// Output: true
}
