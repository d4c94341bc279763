package genaimetrics

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"

	"github.com/technoshare/commentator/collector/genaimetrics/internal/metadata"
)

// NewFactory creates the factory of the connector.
func NewFactory() connector.Factory {
	return connector.NewFactory(metadata.Type, createDefaultConfig,
		connector.WithTracesToMetrics(createTracesToMetrics, metadata.TracesToMetricsStability))
}

func createTracesToMetrics(
	_ context.Context, set connector.Settings, cfg component.Config, next consumer.Metrics,
) (connector.Traces, error) {
	c, err := newConnector(cfg.(*Config), set, next)
	if err != nil {
		return nil, fmt.Errorf("make genai_metrics connector: %w", err)
	}
	return c, nil
}
