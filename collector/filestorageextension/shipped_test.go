package filestorageextension

import (
	"os"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"
)

// TestTheShippedConfigurationStartsWithABacklog: each start writes the file anew, and waits for the disk once for each transaction. By
// the extension's default, 64 KiB, a file of 3 GB took over three minutes, in which nothing is taken in.
func TestTheShippedConfigurationStartsWithABacklog(t *testing.T) {
	text, err := os.ReadFile("../../otel-collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Extensions map[string]map[string]any `yaml:"extensions"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	cfg := NewFactory().CreateDefaultConfig().(*filestorage.Config)
	if err := confmap.NewFromStringMap(doc.Extensions["file_storage"]).Unmarshal(cfg); err != nil {
		t.Fatal(err)
	}
	if n := cfg.Compaction.MaxTransactionSize; n < perWrite {
		t.Errorf("%d bytes in a transaction", n)
	}
}
