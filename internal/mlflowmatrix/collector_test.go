package mlflowmatrix

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// viaCollector sends a job to a Collector. The second delivery is what a sender
// causes that got no answer and sends the spans once more.
func viaCollector(t *testing.T, s *site, experiment string, withTokens bool) delivered {
	t.Helper()
	c := startCollector(t, s.uri, experiment)
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	d := delivered{want: emit(t.Context(), provider.Tracer("matrix"), withTokens)}
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(c.otlp+"/v1/traces"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exporter.Shutdown(context.Background()) })
	send := func(deliveries int) []string {
		if err := exporter.ExportSpans(t.Context(), recorder.Ended()); err != nil {
			t.Fatal(err)
		}
		return c.await(t, deliveries)
	}
	d.faults = send(1)
	d.again = func() []string {
		faults := send(2)
		return append(faults, c.end(t)...)
	}
	return d
}

// collector is a Collector at work.
type collector struct {
	*process
	otlp, metrics string
}

const collectorConfig = `
extensions: {file_storage: {directory: %q, create_directory: true}}
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
exporters:
  mlflow:
    endpoint: %s
    storage: file_storage
    experiment: {name: %q}
    assembly: {wait_after_root: 200ms}
    retry_on_failure: {initial_interval: 500ms, max_interval: 5s}
service:
  extensions: [file_storage]
  telemetry:
    logs: {level: warn}
    metrics: {level: normal, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %d}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [mlflow]}}
`

func startCollector(t *testing.T, uri, experiment string) *collector {
	t.Helper()
	program, err := programs.otelco()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	otlp, metrics := freePort(t), freePort(t)
	path := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf(collectorConfig, filepath.Join(dir, "storage"), fmt.Sprintf("127.0.0.1:%d", otlp), uri, experiment, metrics)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &collector{
		process: start(t, dir, environ("MLFLOWEXPORTER_TEST_COLLECTOR="+path), program),
		otlp:    fmt.Sprintf("http://127.0.0.1:%d", otlp), metrics: fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics),
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", otlp), time.Second)
		if err == nil {
			_ = conn.Close()
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("the Collector does not listen: %v\n%s", err, &c.err)
		}
	}
}

// await waits until the Collector has delivered so often, and says what it keeps
// beside what waits for late spans.
func (c *collector) await(t *testing.T, deliveries int) []string {
	t.Helper()
	for deadline := time.Now().Add(deliveryTime); ; time.Sleep(100 * time.Millisecond) {
		n := c.count(t, `delivered_traces\w*\{`)
		if n >= deliveries && c.count(t, `stored_traces\w*\{[^}]*state="(?:assembling|backlog|refused)"`) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return []string{fmt.Sprintf("the Collector delivered %d times, not %d; assembling %d, backlog %d, refused %d; %s", n, deliveries,
				c.count(t, `stored_traces\w*\{[^}]*state="assembling"`), c.count(t, `stored_traces\w*\{[^}]*state="backlog"`),
				c.count(t, `stored_traces\w*\{[^}]*state="refused"`), lastLines(c.err.String()))}
		}
	}
}

// count sums the Collector's metric lines that begin with a pattern.
func (c *collector) count(t *testing.T, pattern string) (sum int) {
	t.Helper()
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(c.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^otelcol_exporter_mlflow_` + pattern + `.*\} ([0-9.e+]+)$`)
	for _, m := range line.FindAllSubmatch(body, -1) {
		n, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += int(n)
	}
	return sum
}

// end ends the Collector as an operator does.
func (c *collector) end(t *testing.T) []string {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := c.wait(t); code != 0 {
		return []string{fmt.Sprintf("the Collector ends with exit code %d; %s", code, lastLines(c.err.String()))}
	}
	return nil
}

func freePort(t *testing.T) int {
	t.Helper()
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}
