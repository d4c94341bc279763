package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/openinference"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runprocessor"
)

// serviceName is service.name unless OTEL_SERVICE_NAME says otherwise.
const serviceName = "commentator"

// shutdownTime bounds what telemetry may take at the end of the process.
const shutdownTime = 5 * time.Second

// telemetry is the tracer provider with what hangs on it. runs is nil where
// MLflow is switched off altogether.
type telemetry struct {
	provider *sdktrace.TracerProvider
	runs     *runprocessor.SpanProcessor
	// listener records events of Slack. They go to the second backend only: a
	// job links to its event, but an event is no run and no trace of MLflow's.
	listener  trace.Tracer
	listening *sdktrace.TracerProvider
}

// newTelemetry wires spans to MLflow, and to a second backend when the OTel
// variables name one, without metrics.
func newTelemetry(ctx context.Context, s config.Settings, log *slog.Logger, mask *config.Masker) (*telemetry, error) {
	t, err := newProviders(ctx, s, log)
	if err != nil {
		return nil, err
	}
	return t, attachBackends(ctx, t, s, log, mask, nil)
}

// newProviders makes the providers of tracers, whose spans go nowhere until backends are attached.
//
// The SDK's own reading of the environment is not used where its result cannot
// be combined: each exporter stands behind a processor that masks, and the
// sampler is wrapped.
func newProviders(ctx context.Context, s config.Settings, log *slog.Logger) (*telemetry, error) {
	logLibraries(log)
	res, err := newResource(ctx, s)
	if err != nil {
		return nil, err
	}
	sampler, err := samplerFromEnv(os.Getenv)
	if err != nil {
		return nil, err
	}
	// The provider of events from Slack has random ids, since events are not tried again.
	t := &telemetry{
		provider: sdktrace.NewTracerProvider(
			sdktrace.WithResource(res),
			sdktrace.WithIDGenerator(eval.NewIDGenerator(pipeline.IDGenerator{})),
			// Every job becomes a run, also where traces are sampled.
			sdktrace.WithSampler(sdktrace.AlwaysRecord(sampler)),
		),
		listening: sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithSampler(sampler)),
	}
	t.listener = t.listening.Tracer(scope)
	return t, nil
}

// attachBackends has spans go to MLflow, whose experiment is made in the background from now on, and to the
// second backend; those of events from Slack to the latter alone. The run processor comes first: a
// provider's shutdown is sequential and shares one deadline.
func attachBackends(
	ctx context.Context, t *telemetry, s config.Settings, log *slog.Logger, mask *config.Masker, meter metric.MeterProvider,
) error {
	exporter, err := newSecondBackend(ctx)
	if err != nil {
		return err
	}
	if s.MLflow.EnableTracking || s.MLflow.EnableTracing {
		if t.runs, err = newRunProcessor(ctx, s, log, mask, meter); err != nil {
			return err
		}
		t.provider.RegisterSpanProcessor(t.runs)
	}
	if exporter == nil {
		return nil
	}
	var beside sdktrace.SpanProcessor = sdktrace.NewBatchSpanProcessor(exporter)
	if s.Telemetry.OpenInference {
		beside = openinference.NewProcessor(beside) // behind the mask: what it adds is made of what is masked
	}
	t.provider.RegisterSpanProcessor(newMaskedProcessor(beside, mask))
	t.listening.RegisterSpanProcessor(newMaskedProcessor(sdktrace.NewBatchSpanProcessor(unowned{exporter}), mask))
	return nil
}

// newSecondBackend is an exporter to the backend beside MLflow, nil where none is named.
func newSecondBackend(ctx context.Context) (sdktrace.SpanExporter, error) {
	if endpoint, _ := secondBackend(os.Getenv); endpoint == "" {
		return nil, nil
	}
	if p := os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"); p != "" && p != "http/protobuf" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q: only http/protobuf is built in; "+
			"unset it and give the backend's HTTP port, usually 4318", p)
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the backend of OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	return exporter, nil
}

// close sends what can be sent in time; what cannot stays in the outbox.
func (t *telemetry) close(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	// A deadline is no error here: what was not sent in time waits in the
	// outbox.
	err := errors.Join(t.listening.Shutdown(ctx), t.provider.Shutdown(ctx))
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("end telemetry: %w", err)
	}
	return nil
}

// unowned is an exporter that another processor shuts down. Both providers send
// through one exporter, and with it one connection; that of the jobs ends last
// and shuts it down.
type unowned struct{ sdktrace.SpanExporter }

// Shutdown does nothing.
func (unowned) Shutdown(context.Context) error { return nil }

// flush waits until the trace is on disk.
// It goes on when ctx has ended: also what a shutdown cuts is to be on disk.
func (t *telemetry) flush(ctx context.Context, id trace.TraceID) error {
	if t.runs == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return t.runs.Flush(ctx, id)
}

// newResource says who speaks. It is kept small: each attribute becomes a tag
// of every trace in MLflow. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
func newResource(ctx context.Context, s config.Settings) (*resource.Resource, error) {
	// WithFromEnv comes last below, and later attributes win.
	v, _ := buildVersion()
	kv := []attribute.KeyValue{attribute.String("service.name", serviceName), attribute.String("service.version", v)}
	if s.Telemetry.Environment != "" {
		kv = append(kv, attribute.String("deployment.environment.name", s.Telemetry.Environment))
	}
	if s.MLflow.EnableTracking {
		kv = append(kv, mlflowattr.ProjectedKey.Bool(true))
	}
	res, err := resource.New(ctx, resource.WithAttributes(kv...), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w; write key=value,key=value", err)
	}
	return res, nil
}

// secondBackend returns the endpoint of the backend beside MLflow that the OTel
// variables name, empty for none, and the path that the exporter adds to it. The
// variable for traces wins, and is the whole address (OpenTelemetry protocol
// exporter specification).
func secondBackend(getenv func(string) string) (endpoint, path string) {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return "", ""
	}
	if traces := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); traces != "" {
		return traces, ""
	}
	if base := getenv("OTEL_EXPORTER_OTLP_ENDPOINT"); base != "" {
		return base, "/v1/traces"
	}
	return "", ""
}

// samplerFromEnv reads OTEL_TRACES_SAMPLER and its argument, as the SDK's
// environment variable specification says; the SDK itself does not let its
// choice be wrapped.
func samplerFromEnv(getenv func(string) string) (sdktrace.Sampler, error) {
	name, arg := strings.ToLower(strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER"))), strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER_ARG"))
	// 1 is what the specification gives for a missing argument.
	ratio := 1.0
	if strings.HasSuffix(name, "traceidratio") && arg != "" {
		r, err := strconv.ParseFloat(arg, 64)
		if err != nil || r < 0 || r > 1 {
			return nil, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q: write a number from 0 to 1", arg)
		}
		ratio = r
	}
	switch name {
	case "", "parentbased_always_on":
		return sdktrace.ParentBased(sdktrace.AlwaysSample()), nil
	case "always_on":
		return sdktrace.AlwaysSample(), nil
	case "always_off":
		return sdktrace.NeverSample(), nil
	case "parentbased_always_off":
		return sdktrace.ParentBased(sdktrace.NeverSample()), nil
	case "traceidratio":
		return sdktrace.TraceIDRatioBased(ratio), nil
	case "parentbased_traceidratio":
		return sdktrace.ParentBased(sdktrace.TraceIDRatioBased(ratio)), nil
	}
	return nil, fmt.Errorf("OTEL_TRACES_SAMPLER is %q: write always_on, always_off, traceidratio, "+
		"or one of these with parentbased_ before it", name)
}
