package admissionextension

import (
	"os"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// TestWhatTheShippedReceiverTakesBeforeItIsCountedIsBounded: a reader of one of the others takes up to 8 MiB for a block, or more for a
// window, that a few bytes declare, before the extension sees any of it,
// and so do headers.
func TestWhatTheShippedReceiverTakesBeforeItIsCountedIsBounded(t *testing.T) {
	text, err := os.ReadFile("../../otel-collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Receivers map[string]struct {
			Protocols struct {
				HTTP struct {
					Algorithms    []string      `yaml:"compression_algorithms"`
					HeaderTimeout time.Duration `yaml:"read_header_timeout"`
				} `yaml:"http"`
			} `yaml:"protocols"`
		} `yaml:"receivers"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if wait := doc.Receivers["otlp"].Protocols.HTTP.HeaderTimeout; wait <= 0 || wait > 10*time.Second {
		t.Errorf("connections may have their headers for %v, and a MiB of memory that long", wait)
	}
	list := doc.Receivers["otlp"].Protocols.HTTP.Algorithms
	if len(list) == 0 {
		t.Error("none are chosen, so that all are taken")
	}
	for _, a := range list {
		if !slices.Contains([]string{"", "gzip", "zlib", "deflate", "x-snappy-framed"}, a) {
			t.Errorf("%q takes memory before it is counted", a)
		}
	}
}

// TestNoShippedServerWaitsForHeadersForEver: those beside the receiver stand open to the same network, and take as much memory for each
// connection.
func TestNoShippedServerWaitsForHeadersForEver(t *testing.T) {
	text, err := os.ReadFile("../../otel-collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type server struct {
		HeaderTimeout time.Duration `yaml:"read_header_timeout"`
	}
	var doc struct {
		Extensions struct {
			Health server `yaml:"health_check"`
		} `yaml:"extensions"`
		Exporters struct {
			Prometheus server `yaml:"prometheus"`
		} `yaml:"exporters"`
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]server{"health_check": doc.Extensions.Health, "prometheus": doc.Exporters.Prometheus} {
		if s.HeaderTimeout <= 0 || s.HeaderTimeout > 10*time.Second {
			t.Errorf("%s waits for %v", name, s.HeaderTimeout)
		}
	}
}
