package mlflowexporter

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadata"
	"github.com/technoshare/commentator/collector/mlflowexporter/internal/standin"
)

// poison refuses requests with a span of that name, as MLflow does: 422.
func poison(on *atomic.Bool, name string) func(*coltracepb.ExportTraceServiceRequest) int {
	return func(in *coltracepb.ExportTraceServiceRequest) int {
		for _, rs := range in.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				for _, s := range ss.GetSpans() {
					if on.Load() && s.GetName() == name {
						return http.StatusUnprocessableEntity
					}
				}
			}
		}
		return http.StatusOK
	}
}

// TestContract runs the Collector's own contract checker: each element arrives
// although the server fails at random, what it refuses for good is not repeated.
func TestContract(t *testing.T) {
	port := &lateAddress{}
	c := quick(t, "http://127.0.0.1:1", "non_genai_traces: project\nassembly: {wait_after_root: 1ms, max_wait: 1s}")
	c.RetryConfig.InitialInterval, c.RetryConfig.MaxInterval = time.Millisecond, 2*time.Millisecond
	exportertest.CheckConsumeContract(exportertest.CheckConsumeContractParams{
		T: t, NumberOfTestElements: 20, Signal: pipeline.SignalTraces,
		ExporterFactory: blockingFactory(port), ExporterConfig: c,
		ReceiverFactory: serverFactory(port), ReceiverConfig: &struct{}{},
	})
}

type lateAddress struct{ url string }

// serverFactory makes the stand-in server a receiver.
func serverFactory(a *lateAddress) receiver.Factory {
	return receiver.NewFactory(component.MustNewType("standin"), func() component.Config { return &struct{}{} },
		receiver.WithTraces(func(_ context.Context, _ receiver.Settings, _ component.Config, next consumer.Traces) (receiver.Traces, error) {
			s := standin.New()
			s.Received = func(in *coltracepb.ExportTraceServiceRequest) int {
				b, err := proto.Marshal(in)
				if err != nil {
					return http.StatusBadRequest
				}
				td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
				if err != nil {
					return http.StatusBadRequest
				}
				switch err := next.ConsumeTraces(context.Background(), td); {
				case err == nil:
					return http.StatusOK
				case consumererror.IsPermanent(err):
					return http.StatusUnprocessableEntity
				}
				return http.StatusServiceUnavailable
			}
			h := httptest.NewServer(s)
			a.url = h.URL
			return closing{h}, nil
		}, component.StabilityLevelDevelopment))
}

type closing struct{ *httptest.Server }

func (closing) Start(context.Context, component.Host) error { return nil }
func (c closing) Shutdown(context.Context) error            { c.Close(); return nil }

// blockingFactory makes an exporter whose ConsumeTraces returns once nothing is
// open: the checker counts as soon as it returns, and ours would only have
// stored it.
func blockingFactory(a *lateAddress) exporter.Factory {
	return exporter.NewFactory(metadata.Type, createDefaultConfig, exporter.WithTraces(
		func(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
			c := *cfg.(*Config)
			c.ClientConfig.Endpoint = a.url
			e, err := newExporter(&c, set)
			if err != nil {
				return nil, err
			}
			return &blocking{e}, nil
		}, metadata.TracesStability))
}

type blocking struct{ e *mlflowExporter }

func (s *blocking) Start(ctx context.Context, h component.Host) error { return s.e.start(ctx, h) }
func (s *blocking) Shutdown(ctx context.Context) error                { return s.e.shutdown(ctx) }
func (s *blocking) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

func (s *blocking) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	if err := s.e.push(ctx, td); err != nil {
		return err
	}
	for end := time.Now().Add(time.Minute); s.e.table.Undelivered() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return errors.New("something is open after a minute")
		}
	}
	return nil
}
