package runprocessor_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	otellog "go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric/noop"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runprocessor"
	"github.com/technoshare/commentator/otel/runs"
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

	// A fresh context: a provider reaches no processor through one that has ended.
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := provider.Shutdown(end); err != nil {
		log.Fatal(err)
	}
	// Output: in the outbox: 1
}

// A program that sets everything from its own settings, with smaller bounds than
// the defaults.
func ExampleNew() {
	const apiKey = "sk-example" // of the model; servers repeat it in errors
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	processor, err := runprocessor.New(ctx,
		runprocessor.WithConfig(mlflow.Config{
			URI: "http://127.0.0.1:5000", ExperimentName: "agents", EnableTracking: true, EnableTracing: true,
		}),
		runprocessor.WithoutDelivery(), // since an example has no server
		runprocessor.WithSharedSpoolDir(filepath.Join(dir, "outbox")),
		runprocessor.WithRules(runs.Rules{}),
		runprocessor.WithUIURL("https://mlflow.example"),
		runprocessor.WithRunTags(map[string]string{"team": "research"}),
		runprocessor.WithExperimentTags(map[string]string{"mlflow.note.content": "What the agents did."}),
		runprocessor.WithViews(deliver.RunsView{ID: "failed", Name: "Failed", Filter: "attributes.status = 'FAILED'"}),
		runprocessor.WithRedaction(func(_, text string) string { return strings.ReplaceAll(text, apiKey, "***") }),
		runprocessor.WithMaxTraceSpans(500),
		runprocessor.WithMaxTraceBytes(1<<20),
		runprocessor.WithMaxHeldBytes(16<<20),
		runprocessor.WithMaxAge(10*time.Minute),
		runprocessor.WithLinger(time.Second),
		runprocessor.WithStartDelay(5*time.Second),
		runprocessor.WithShutdownTimeout(3*time.Second),
		runprocessor.WithMeterProvider(noop.NewMeterProvider()),
		runprocessor.WithLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = processor.Shutdown(end)
	}()
	fmt.Println(processor.Enabled(), filepath.Base(processor.Spool().Dir()))
	// Output: true outbox
}

// A command waits for the one trace that it made, and prints where it is.
func ExampleSpanProcessor_WaitAttempt() {
	ctx := context.Background()
	processor, err := runprocessor.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = provider.Shutdown(end)
	}()

	_, span := provider.Tracer("example").Start(ctx, "job")
	span.End()

	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	result, err := processor.WaitAttempt(wait, span.SpanContext().TraceID())
	if err != nil {
		fmt.Println("kept for the next start:", err)
		return
	}
	fmt.Println(result.RunURL, result.TraceURL)
}

// Libraries that write messages as log records have them joined to their spans.
func ExampleSpanProcessor_LogProcessor() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	processor, err := runprocessor.New(ctx, runprocessor.WithSpoolDir(dir), runprocessor.WithoutDelivery())
	if err != nil {
		log.Fatal(err)
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(processor.LogProcessor()))

	chat, span := traces.Tracer("example").Start(ctx, "chat m")
	var record otellog.Record
	record.SetEventName("gen_ai.user.message")
	record.SetBody(attribute.MapValue(attribute.String("content", "What is a span?")))
	logs.Logger("example").Emit(chat, record)
	span.End()

	if err := processor.Flush(ctx, span.SpanContext().TraceID()); err != nil {
		log.Fatal(err)
	}
	for _, part := range processor.Spool().Entries() {
		data, err := processor.Spool().Read(part.ID)
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range runs.Read(data, runs.Rules{}).Project() {
			fmt.Println("asked:", p.Trace.RequestPreview)
		}
	}
	if err := errors.Join(logs.Shutdown(ctx), traces.Shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
	// Output: asked: What is a span?
}
