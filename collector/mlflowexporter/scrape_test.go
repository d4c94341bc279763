package mlflowexporter

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestPrometheusReadsTheNamesOfTheDocumentation scrapes a Collector with the telemetry of otel-collector.yaml:
// dashboards and alerts go by the names of documentation.md, to which its reader could add units and endings.
func TestPrometheusReadsTheNamesOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "otel-collector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Service struct{ Telemetry map[string]any }
	}
	if err := yaml.Unmarshal(text, &shipped); err != nil {
		t.Fatal(err)
	}
	metrics := freePort(t)
	telemetry, err := yaml.Marshal(shipped.Service.Telemetry)
	if err != nil {
		t.Fatal(err)
	}
	host := "${env:COLLECTOR_LISTEN_HOST:-127.0.0.1}"
	section := strings.NewReplacer(host, "127.0.0.1", "port: 8888", fmt.Sprintf("port: %d", metrics)).Replace(string(telemetry))
	otlp := freePort(t)
	config := fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:%d}}}}
exporters: {mlflow: {endpoint: "http://127.0.0.1:1"}}
service:
  telemetry:
    %s
  pipelines: {traces: {receivers: [otlp], exporters: [mlflow]}}
`, otlp, strings.ReplaceAll(section, "\n", "\n    "))
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCollector+"="+path)
	p := launch(t, cmd, fmt.Sprintf("http://127.0.0.1:%d", otlp))
	documented, err := os.ReadFile("documentation.md")
	if err != nil {
		t.Fatal(err)
	}
	// Those of deliveries come with the first attempt.
	const some, typed = 5, "# TYPE otelcol_exporter_mlflow_"
	var scraped string
	eventually(t, "metrics of the exporter", func() bool {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics))
		if err != nil {
			return false
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		scraped = string(body)
		return err == nil && strings.Count(scraped, typed) >= some
	})
	for line := range strings.Lines(scraped) {
		name, found := strings.CutPrefix(line, "# TYPE ")
		if name, _, _ = strings.Cut(name, " "); found && strings.HasPrefix(line, typed) && !strings.Contains(string(documented), "### "+name+"\n") {
			t.Errorf("%s is not in documentation.md", name)
		}
	}
	p.kill()
}
