package mlflowexporter

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/metadata"
)

// NewFactory creates the factory of the exporter.
func NewFactory() exporter.Factory {
	s := newShared()
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithTraces(s.createTraces, metadata.TracesStability), exporter.WithLogs(s.createLogs, metadata.LogsStability))
}

func (s *shared) createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	u, err := s.use(cfg.(*Config), set)
	if err != nil {
		return nil, fmt.Errorf("make mlflow exporter: %w", err)
	}
	return exporterhelper.NewTraces(ctx, set, cfg, u.push, u.options()...)
}

func (s *shared) createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	u, err := s.use(cfg.(*Config), set)
	if err != nil {
		return nil, fmt.Errorf("make mlflow exporter: %w", err)
	}
	return exporterhelper.NewLogs(ctx, set, cfg, u.pushLogs, u.options()...)
}

func (u *use) options() []exporterhelper.Option {
	return []exporterhelper.Option{
		exporterhelper.WithStart(u.start),
		exporterhelper.WithShutdown(u.shutdown),
		// Spans are moved into one message for each trace, and records that do not matter
		// are taken out.
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		// Storing cannot be interrupted; delivery has the client's timeout.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithQueue(u.cfg.QueueConfig),
	}
}
