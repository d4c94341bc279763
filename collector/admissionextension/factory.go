package admissionextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/technoshare/commentator/collector/admissionextension/internal/metadata"
)

// NewFactory creates the factory of the extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig,
		func(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
			return newAdmission(cfg.(*Config), set)
		}, metadata.ExtensionStability)
}
