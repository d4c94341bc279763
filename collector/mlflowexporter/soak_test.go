//go:build unix

package mlflowexporter

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runs"
)

// The soak is switched on by the path of a built Collector; scripts/soak.sh sets
// both. The duration is how long MLflow is away, and how long the load lasts.
const (
	soakBinary = "MLFLOWEXPORTER_SOAK_COLLECTOR"
	soakTime   = "MLFLOWEXPORTER_SOAK"
)

const repository = "../.."

// soak is a built Collector with the configuration of the repository, and a
// MLflow that can be taken away.
type soak struct {
	away       time.Duration
	mlflow     string
	experiment string
	binary     string
	dir        string
	server     []string // environment of start_mlflow.sh
	*process            // the Collector
}

// newSoak starts both. Every soak has a loopback address of its own, so that the
// ports that otel-collector.yaml names are free.
func newSoak(t *testing.T, host string) *soak {
	t.Helper()
	s := &soak{binary: os.Getenv(soakBinary), dir: t.TempDir(), experiment: "soak"}
	var err error
	if s.away, err = time.ParseDuration(os.Getenv(soakTime)); err != nil || s.binary == "" {
		t.Skipf("set %s to the binary that collector/build.sh made, and %s to a duration, to run this", soakBinary, soakTime)
	}
	port := freePort(t)
	s.mlflow = fmt.Sprint("http://127.0.0.1:", port)
	s.server = append(os.Environ(), "MLFLOW_HOST=127.0.0.1", fmt.Sprint("MLFLOW_PORT=", port),
		"MLFLOW_BACKEND_STORE=sqlite:///"+filepath.Join(s.dir, "mlflow.db"), "MLFLOW_ARTIFACT_ROOT="+filepath.Join(s.dir, "artifacts"),
		"MLFLOW_PID_FILE="+filepath.Join(s.dir, "mlflow.pid"), "MLFLOW_LOG_FILE="+filepath.Join(s.dir, "mlflow.log"))
	s.script(t, "--background")
	t.Cleanup(func() { s.script(t, "--stop") })
	s.start(t, host)
	return s
}

func (s *soak) script(t *testing.T, arg string) {
	t.Helper()
	cmd := exec.Command(repository+"/scripts/start_mlflow.sh", arg)
	cmd.Env = s.server
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("start_mlflow.sh %s: %v\n%s", arg, err, out)
	}
}

func (s *soak) start(t *testing.T, host string) {
	t.Helper()
	cmd := exec.Command(s.binary, "--config", repository+"/otel-collector.yaml", "--set", "exporters.mlflow.non_genai_traces=project",
		"--set", "exporters.mlflow.prices.enabled=false") // as in the golden files
	cmd.Env = append(os.Environ(), "MLFLOW_TRACKING_URI="+s.mlflow, "MLFLOW_EXPERIMENT_NAME="+s.experiment,
		"COLLECTOR_DATA_DIR="+filepath.Join(s.dir, "collector"), "COLLECTOR_LISTEN_HOST="+host)
	s.process = launch(t, cmd, "http://"+host+":4318")
	eventually(t, "a healthy Collector", func() bool {
		resp, err := http.Get(strings.Replace(s.url, "4318", "13133", 1))
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// pause stops the Collector for a time, as a machine does that has no memory left.
// Clients wait meanwhile.
func (s *soak) pause(t *testing.T, d time.Duration) {
	t.Helper()
	p := s.cmd.Process
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Error(err)
	}
	time.Sleep(d)
	if err := p.Signal(syscall.SIGCONT); err != nil {
		t.Error(err)
	}
}

// metrics are the Collector's own of the exporter, by name and labels.
func (s *soak) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	resp, err := http.Get(strings.Replace(s.url, "4318", "8888", 1) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "otelcol_exporter_mlflow_")
		at := strings.LastIndexByte(rest, ' ')
		if !ok || at < 0 {
			continue
		}
		name, labels, _ := strings.Cut(rest[:at], "{")
		for label := range strings.SplitSeq(strings.TrimSuffix(labels, "}"), ",") {
			if k, v, _ := strings.Cut(label, "="); slices.Contains([]string{"state", "kind", "reason"}, k) {
				name += " " + strings.Trim(v, `"`)
			}
		}
		if v, err := strconv.ParseFloat(rest[at+1:], 64); err == nil {
			out[name] += v
		}
	}
	return out
}

// soakTrace is a captured trace sent under an id of its own.
type soakTrace struct {
	id     string
	spans  int
	golden []goldenRun
}

// TestSoakOutage sends captured traces while MLflow is away and the Collector is
// killed or stopped for a while: whole, span by span, mixed, twice, with roots that come 30 s late. In
// the end every one is there as its golden projection says.
func TestSoakOutage(t *testing.T) {
	const host = "127.0.0.71"
	s := newSoak(t, host)
	want, requests := loadGolden(t)
	byTrace := map[string][]*tracepb.TracesData{}
	for _, one := range singleSpans(requests) {
		id := traceOf(one)
		byTrace[id] = append(byTrace[id], one)
	}
	captured := slices.Sorted(maps.Keys(want))

	post := func(td *tracepb.TracesData) {
		body, err := proto.Marshal(td)
		if err != nil {
			t.Error(err)
			return
		}
		client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		for send(t.Context(), client, s.url, body) != nil { // as clients do
			time.Sleep(100 * time.Millisecond)
		}
	}
	var clients sync.WaitGroup
	var sent []soakTrace
	stop := time.After(s.away + 40*time.Second)
	tick := time.NewTicker(700 * time.Millisecond)
	defer tick.Stop()
	gone := time.After(10 * time.Second)
	back := time.After(10*time.Second + s.away)
	killed := time.NewTicker(s.away/8 + 7*time.Second)
	defer killed.Stop()
	rounds, kills, pauses := 0, 0, 0
	for sending := true; sending; {
		select {
		case <-stop:
			sending = false
		case <-gone:
			s.script(t, "--stop")
		case <-back:
			s.script(t, "--background")
		case <-killed.C:
			if rounds++; rounds%2 == 0 {
				s.pause(t, 20*time.Second)
				pauses++
				break
			}
			s.kill()
			s.start(t, host)
			kills++
		case <-tick.C:
			n := len(sent)
			original := captured[n%len(captured)]
			spans := renamed(byTrace[original], n)
			sent = append(sent, soakTrace{id: traceOf(spans[0]), spans: len(spans), golden: want[original]})
			clients.Go(func() { deliverSoak(n, spans, post) })
		}
	}
	clients.Wait()
	t.Logf("%d traces sent, MLflow away for %v, %d kills, %d times stopped; now waiting for the last", len(sent), s.away, kills, pauses)
	began := time.Now()
	within(t, 20*time.Minute, "an empty backlog", func() bool {
		m := s.metrics(t)
		return m["stored_traces assembling"]+m["stored_traces backlog"] == 0
	})
	t.Logf("backlog gone after %v", time.Since(began).Round(time.Second))
	c, err := mlflow.NewClient(s.mlflow)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	for _, one := range sent {
		compare(t, c, s.experiment, one.id, one.golden)
		if n := len(mlflowtest.Spans(t, s.mlflow, one.id)); n != one.spans {
			t.Errorf("trace %s has %d spans in MLflow, want %d", one.id, n, one.spans)
		}
	}
}

// deliverSoak sends the spans of a trace in one of five orders.
func deliverSoak(n int, spans []*tracepb.TracesData, post func(*tracepb.TracesData)) {
	var roots, others []*tracepb.TracesData
	for _, one := range spans {
		if isRoot(one) {
			roots = append(roots, one)
		} else {
			others = append(others, one)
		}
	}
	r := rand.New(rand.NewPCG(uint64(n), 7))
	r.Shuffle(len(others), func(i, k int) { others[i], others[k] = others[k], others[i] })
	all := slices.Concat(roots, others)
	each := func(list []*tracepb.TracesData) {
		for _, one := range list {
			post(one)
		}
	}
	switch n % 5 {
	case 0: // whole
		post(runs.Merge(all...))
	case 1: // the root first, each span alone
		each(all)
	case 2: // the root last, in two requests
		if len(others) > 0 {
			post(runs.Merge(others...))
		}
		post(runs.Merge(roots...))
	case 3: // the root 30 s late
		each(others)
		time.Sleep(30 * time.Second)
		each(roots)
	case 4: // all of it twice, the second time in pieces
		post(runs.Merge(all...))
		each(all)
	}
}

// traceOf is the id of a single span's trace.
func traceOf(one *tracepb.TracesData) string {
	return hex.EncodeToString(one.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()[0].GetTraceId())
}

// renamed gives a captured trace the n-th id.
func renamed(spans []*tracepb.TracesData, n int) (out []*tracepb.TracesData) {
	for _, one := range spans {
		c := proto.Clone(one).(*tracepb.TracesData)
		for _, rs := range c.GetResourceSpans() {
			for _, ss := range rs.GetScopeSpans() {
				for _, sp := range ss.GetSpans() {
					binary.BigEndian.PutUint32(sp.TraceId, uint32(n)+1) //nolint:gosec // small
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// TestSoakLoad sends 10,000 spans a second, for the time given, and says how
// fast MLflow takes them. Everything else stays stored.
func TestSoakLoad(t *testing.T) {
	s := newSoak(t, "127.0.0.72")
	began := time.Now()
	sent, slow := generate(t, s.url, s.away)
	report := func(what string) (delivered, stored float64) {
		m := s.metrics(t)
		delivered = m["delivered_traces first"]
		stored = m["stored_traces assembling"] + m["stored_traces backlog"]
		t.Logf("%s: %.0f traces delivered (%.1f a second), %.0f stored and waiting, %.0f MiB compressed, %.0f calls, %.0f attempts failed",
			what, delivered, delivered/time.Since(began).Seconds(), stored, m["stored_bytes"]/(1<<20), m["calls"], m["delivery_failures"])
		return delivered, stored
	}
	t.Logf("%d spans taken in %v, slowest answer %v", sent, s.away, slow)
	first, _ := report("while it came")
	after := time.Now()
	time.Sleep(s.away)
	delivered, stored := report("after as long again")
	if delivered == 0 {
		t.Error("nothing was delivered")
	}
	t.Logf("with nothing coming in: %.1f traces a second", (delivered-first)/time.Since(after).Seconds())
	// Up to four traces are on their way.
	if missing := float64(sent/spansPerTrace) - delivered - stored; missing < 0 || missing > 4 {
		t.Errorf("of %d traces %.0f are delivered and %.0f stored", sent/spansPerTrace, delivered, stored)
	}
	s.kill()
	s.start(t, "127.0.0.72")
	_, again := report("after kill -9")
	if again < stored-100 || again > stored+4 {
		t.Errorf("%.0f traces are stored after kill -9, %.0f were before", again, stored)
	}
}
