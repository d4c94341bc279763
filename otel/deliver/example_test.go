package deliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/otel/trace"
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
func ExampleNewSpoolQueue() {
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

// printer is a Handler that leaves out the traces of health checks. One with
// several Deliverers would choose one of them here.
type printer struct{}

func (printer) Handle(_ context.Context, w deliver.Work, td *tracepb.TracesData) (deliver.Result, error) {
	root := td.ResourceSpans[0].ScopeSpans[0].Spans[0]
	if root.GetName() == "GET /healthz" {
		return deliver.Result{}, deliver.ErrSkip
	}
	fmt.Println("delivering", root.GetName())
	return deliver.Result{TraceID: w.TraceID()}, nil
}

// A queue over a spool, with a Handler of one's own.
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
	queue := deliver.NewSpoolQueue(outbox, printer{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- queue.Run(ctx) }()

	for i, name := range []string{"GET /healthz", "answer question"} {
		id := trace.TraceID{15: byte(i + 1)}
		span := &tracepb.Span{TraceId: id[:], SpanId: []byte("8 bytes."), Name: name}
		err := outbox.Put(ctx, spool.Part{
			TraceID: id, Number: 1, Complete: true, Start: time.Now(),
			Data: &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span}}}}}},
		})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := queue.Wait(ctx, id); err != nil {
			log.Fatal(err)
		}
	}
	cancel()
	fmt.Println(<-done, queue.Stats().Delivered, "delivered,", outbox.Stats().Pending, "left")
	// Output:
	// delivering answer question
	// <nil> 1 delivered, 0 left
}

// The views that an experiment of an assistant gets.
func ExampleWithViews() {
	client, err := mlflow.NewClient("http://127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	d := deliver.New(client,
		deliver.WithExperiment("assistant"),
		deliver.WithExperimentTags(map[string]string{
			"mlflow.note.content": "Answers to questions. [Failed](#/experiments/1/runs?viewStateShareKey=failed)",
		}),
		deliver.WithViews(
			deliver.RunsView{ID: "failed", Name: "Failed", Filter: "tags.outcome = 'failed'",
				Columns: []string{"tags.`error`", "metrics.`latency_seconds`"}},
			deliver.RunsView{ID: "charts", Name: "Charts", GroupByTag: "outcome", Charts: []deliver.Chart{
				{Kind: "SCATTER", X: "latency_seconds", Y: "cost/total_usd"},
				{Kind: "BAR", Y: "total_tokens"},
			}},
			deliver.TracesView{ID: "slow", Name: "Slow", Columns: "start_time,input,output,duration,state"},
			deliver.TraceView{ID: "answer", Name: "Answer", Components: json.RawMessage(`[{"id":"root","component":"Column","children":[]}]`)},
		))
	fmt.Println(d != nil)
	// Output: true
}
