package runprocessor_test

import (
	"context"
	"fmt"
	"log"
	"os"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/runprocessor"
)

func Example() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	// A program leaves both options away: the outbox has a folder by default,
	// and MLFLOW_TRACKING_URI says where to deliver.
	processor, err := runprocessor.New(ctx, runprocessor.WithSpoolDir(dir), runprocessor.WithoutDelivery())
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysRecord(sdktrace.AlwaysSample())),
		sdktrace.WithSpanProcessor(processor),
	)

	_, span := provider.Tracer("example").Start(ctx, "job")
	span.End()
	if err := processor.Flush(ctx, span.SpanContext().TraceID()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("in the outbox:", processor.Spool().Stats().Pending)

	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: in the outbox: 1
}
