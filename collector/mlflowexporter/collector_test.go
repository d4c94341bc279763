package mlflowexporter

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// asCollector makes the test binary a Collector with the configuration named.
const asCollector = "MLFLOWEXPORTER_TEST_COLLECTOR"

// runCollector is a Collector of OTLP receiver, file storage and the exporter.
func runCollector() int {
	cmd := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "test", Version: "0"},
		Factories: func() (f otelcol.Factories, err error) {
			if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory()); err != nil {
				return f, err
			}
			if f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](NewFactory(), otlphttpexporter.NewFactory()); err != nil {
				return f, err
			}
			f.Telemetry = otelconftelemetry.NewFactory()
			f.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](filestorage.NewFactory())
			return f, err
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs: []string{"file:" + os.Getenv(asCollector)}, DefaultScheme: "file",
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
		}},
	})
	cmd.SetArgs([]string{"--config", "file:" + os.Getenv(asCollector)})
	if err := cmd.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is a Collector of its own.
type process struct {
	cmd *exec.Cmd
	url string // OTLP over HTTP
	log *bytes.Buffer
}

// launch starts a Collector, and ends it with the test at the latest.
func launch(t testing.TB, cmd *exec.Cmd, url string) *process {
	t.Helper()
	p := &process{cmd: cmd, url: url, log: &bytes.Buffer{}}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the Collector:\n%s", p.log)
		}
	})
	return p
}

// collect starts a Collector whose exporter has the given settings.
func collect(t testing.TB, dir, exporter string) *process {
	t.Helper()
	port := freePort(t)
	text := fmt.Sprintf(`
extensions: {file_storage: {directory: %q, create_directory: true}}
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:%d}}}}
exporters:
%s
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines: {traces: {receivers: [otlp], exporters: [%s]}}
`, filepath.Join(dir, "storage"), port, "  "+strings.ReplaceAll(strings.TrimSpace(exporter), "\n", "\n  "),
		strings.TrimSuffix(strings.Fields(exporter)[0], ":"))
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCollector+"="+path)
	p := launch(t, cmd, fmt.Sprintf("http://127.0.0.1:%d", port))
	eventually(t, "a listening Collector", func() bool {
		c, err := net.DialTimeout("tcp", strings.TrimPrefix(p.url, "http://"), 100*time.Millisecond)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return p
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// stop ends the Collector as an operator does.
func (p *process) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the Collector ends with %v:\n%s", err, p.log)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}

// send posts an OTLP request; nil means that the Collector took it.
func send(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
