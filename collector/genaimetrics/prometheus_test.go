package genaimetrics

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// builtCollector names the binary that collector/build.sh made.
const builtCollector = "GENAIMETRICS_TEST_COLLECTOR"

var update = flag.Bool("update", false, "write the names that Prometheus sees to testdata/prometheus.txt")

// TestARealPrometheusSeesWhatWasUsed sends programs of many dialects to the built Collector with the configuration that is shipped, has
// a real Prometheus scrape it, and compares what PromQL says with the runs that the traces become.
func TestARealPrometheusSeesWhatWasUsed(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Collector and a Prometheus")
	}
	binary := os.Getenv(builtCollector)
	if binary == "" {
		t.Skipf("set %s to the binary that collector/build.sh made to run this", builtCollector)
	}
	prometheus, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed (Debian: the package prometheus)")
	}
	host := freeHost(t)
	dir := t.TempDir()
	launch(t, exec.Command(binary, "--config", "../../otel-collector.yaml", "--set", "connectors::genai_metrics::flush_interval=2s"),
		"COLLECTOR_LISTEN_HOST="+host, "COLLECTOR_DATA_DIR="+filepath.Join(dir, "collector"), "MLFLOW_TRACKING_URI=http://127.0.0.1:1")
	eventually(t, "a Collector", func() bool { _, err := get("http://" + host + ":8889/metrics"); return err == nil })

	all := &tracepb.TracesData{} // some captures have parts of one trace
	for _, td := range captures(t) {
		all.ResourceSpans = append(all.ResourceSpans, td.ResourceSpans...)
		body, err := proto.Marshal(td)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post("http://"+host+":4318/v1/traces", "application/x-protobuf", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s", resp.Status)
		}
	}
	want := truthOf(all)
	want.input += want.embedding
	if want.calls < 50 || want.cost == 0 {
		t.Fatalf("the programs used %+v", want)
	}

	config := filepath.Join(dir, "prometheus.yaml")
	text := fmt.Sprintf("global: {scrape_interval: 1s}\nscrape_configs:\n- {job_name: genai, static_configs: [{targets: [%q]}]}\n", host+":8889")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	web := host + ":9090"
	launch(t, exec.Command(prometheus, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+web))
	query := func(expr string) float64 { return ask(web, expr) }
	for expr, value := range map[string]float64{
		`sum(gen_ai_client_operation_duration_seconds_count)`:                                              want.calls,
		`sum(gen_ai_client_token_usage_sum{gen_ai_token_type="input"})`:                                    want.input,
		`sum(gen_ai_client_token_usage_sum{gen_ai_token_type="output"})`:                                   want.output,
		`sum(gen_ai_usage_cost_USD_total)`:                                                                 want.cost,
		`count(count by (service_name) (gen_ai_client_operation_duration_seconds_count)) > bool 5`:         1,
		`histogram_quantile(0.95, sum by (le) (gen_ai_client_operation_duration_seconds_bucket)) > bool 0`: 1,
	} {
		var got float64
		eventually(t, expr, func() bool { got = query(expr); return math.Abs(got-value) <= 1e-6*max(1, value) || got > value*1.001 })
		if math.Abs(got-value) > 1e-6*max(1, value) {
			t.Errorf("%s is %v, want %v", expr, got, value)
		}
	}
	scraped, err := get("http://" + host + ":8889/metrics")
	if err != nil {
		t.Fatal(err)
	}
	wantNames(t, scraped)
}

// wantNames compares metrics and labels with those by which dashboards and alerts go.
func wantNames(t *testing.T, scraped string) {
	t.Helper()
	labels := map[string]map[string]bool{}
	types := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)`).FindAllStringSubmatch(scraped, -1) {
		types[m[1]], labels[m[1]] = m[2], map[string]bool{}
	}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)\{([^}]*)\}`).FindAllStringSubmatch(scraped, -1) {
		name := m[1]
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			if short := strings.TrimSuffix(name, suffix); types[short] != "" {
				name = short
			}
		}
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			if labels[name] != nil && l[1] != "le" {
				labels[name][l[1]] = true
			}
		}
	}
	var lines []string
	for name, kind := range types {
		if !strings.HasPrefix(name, "gen_ai_") {
			continue
		}
		line := name + " " + kind
		var sorted []string
		for l := range labels[name] {
			sorted = append(sorted, l)
		}
		slices.Sort(sorted)
		lines = append(lines, line+" "+strings.Join(sorted, " "))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	const file = "testdata/prometheus.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != got {
		t.Errorf("Prometheus sees\n%swant\n%s%v", got, want, err)
	}
}

// ask returns the one value of a query, NaN where there is none.
func ask(host, expr string) float64 {
	text, err := get("http://" + host + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return math.NaN()
	}
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Data.Result) != 1 {
		return math.NaN()
	}
	value, err := strconv.ParseFloat(fmt.Sprint(answer.Data.Result[0].Value[1]), 64)
	if err != nil {
		return math.NaN()
	}
	return value
}

func get(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", resp.Status)
	}
	return string(text), err
}

// freeHost returns an address of this machine on which nobody listens at the ports of the shipped configuration.
func freeHost(t *testing.T) string {
	t.Helper()
	for i := 2; i < 250; i++ {
		host := fmt.Sprintf("127.77.0.%d", i)
		free := true
		for _, port := range []int{4317, 4318, 8888, 8889, 9090, 13133} {
			l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, port))
			if err != nil {
				free = false
				break
			}
			_ = l.Close()
		}
		if free {
			return host
		}
	}
	t.Skip("no address of its own: only Linux has all of 127.0.0.0/8")
	return ""
}

// launch starts a program, and ends it with the test.
func launch(t *testing.T, cmd *exec.Cmd, env ...string) {
	t.Helper()
	var log bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("log of %s:\n%s", filepath.Base(cmd.Path), log.String())
		}
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Errorf("not within two minutes: %s", what)
}
