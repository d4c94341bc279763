//go:build linux

package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/technoshare/commentator/otel/runs"
)

// collectorBound is the memory that the Collector's own limiter keeps it below, and what the
// program takes beside.
const collectorBound = 640 << 20

// collectorHost is an address of its own, so that the ports that otel-collector.yaml names are
// free. There is one such world at a time.
const collectorHost = "127.0.0.83"

// CollectorWorld is a built Collector with the repository's configuration, and programs that send
// it their spans until they are told that those are stored.
type CollectorWorld struct {
	*World
	client *http.Client

	mu    sync.Mutex
	sent  []*sentTrace
	asked int // requests sent, those sent again among them
}

// sentTrace is a trace and how far it is with its sender.
type sentTrace struct {
	expected
	first time.Time // when the first of its requests was stored; zero: none is
	done  bool      // all are
	// risked says that some of it was stored and not in MLflow when its storage was damaged for good.
	risked bool
	// seen says that it was once as it should be in MLflow, and is not looked at before the end.
	seen bool
}

// NewCollector makes a world in which a Collector is to run with the configuration file of that
// name.
func NewCollector(t testing.TB, setup Setup, config string) *CollectorWorld {
	t.Helper()
	w := &CollectorWorld{World: newWorld(t, setup), client: &http.Client{Timeout: 10 * time.Second}}
	t.Cleanup(w.client.CloseIdleConnections)
	w.look = time.Second // each asks MLflow for everything
	w.bound, w.World.standing, w.World.risk = collectorBound, w.standing, w.risk
	w.proxies[OTLP] = NewProxy(t, "http://"+collectorHost+":4318")
	w.disk = mountDisk(t, filepath.Join(w.Dir, "data"))
	config, err := filepath.Abs(config)
	if err != nil {
		t.Fatal(err)
	}
	p := w.Add("collector", "data", "--config", config)
	p.kind = "Collectors"
	p.environment = func() []string {
		return append(cleanEnvironment(), "COLLECTOR_LISTEN_HOST="+collectorHost, "COLLECTOR_DATA_DIR="+p.data,
			"MLFLOW_TRACKING_URI="+w.proxies[MLflow].URL, "MLFLOW_EXPERIMENT_NAME="+w.Experiment)
	}
	return w
}

// Run carries out a plan: programs send while things go wrong, then all is well again, and all that
// was stored is waited for.
func (w *CollectorWorld) Run(p Plan) {
	w.t.Helper()
	w.Procs[0].Launch()
	w.Await("a Collector that answers", settleTime, func() bool { _, err := w.metric("stored_traces"); return err == nil })
	var senders sync.WaitGroup
	w.live(p, func(over <-chan struct{}) {
		gap := p.Rough * 3 / 4 / time.Duration(p.Links)
		for n := range p.Links {
			senders.Go(func() { w.send(p.Seed, n, over) })
			wait(over, gap)
		}
	})
	began := time.Now()
	w.Await("all spans to be taken", settleTime, func() bool { return w.untaken() == 0 })
	senders.Wait()
	w.Await("all traces to be in MLflow", settleTime, func() bool { return len(w.wrong()) == 0 })
	w.Await("an empty backlog", settleTime, func() bool {
		n, err := w.metric("stored_traces", "assembling", "backlog", "open")
		return err == nil && n == 0
	})
	w.count("seconds until all was done", int(time.Since(began).Seconds()))
	w.lastSample()
	w.finish()
	w.Procs[0].Terminate()
	w.watchers.Wait()
}

// send is a program that sends trace n.
func (w *CollectorWorld) send(seed int64, n int, over <-chan struct{}) {
	root, others := agentTrace(seed, n, time.Now())
	s := &sentTrace{expected: expect(runs.Merge(append([]*tracepb.TracesData{root}, others...)...))}
	w.mu.Lock()
	w.sent = append(w.sent, s)
	w.mu.Unlock()
	late := time.Duration(1+rand.IntN(20)) * time.Second
	for _, one := range parcels(n, root, others, late) {
		wait(over, one.after)
		body, err := proto.Marshal(one.data)
		if err != nil {
			w.t.Error(err)
			return
		}
		for w.post(body) != nil { // as exporters do
			if w.isOver() {
				return
			}
			time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		}
		w.mu.Lock()
		if s.first.IsZero() {
			s.first = time.Now()
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	s.done = true
	w.mu.Unlock()
}

// post sends a request; without an error its spans are stored.
func (w *CollectorWorld) post(body []byte) error {
	w.mu.Lock()
	w.asked++
	w.mu.Unlock()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.proxies[OTLP].URL+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	res, err := w.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return err
}

// untaken counts traces that are not stored whole yet.
func (w *CollectorWorld) untaken() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if !s.done {
			n++
		}
	}
	return n
}

func (w *CollectorWorld) standing() string {
	wrong := w.wrong()
	return fmt.Sprintf("%d traces to be sent whole yet, %d not as they should be in MLflow\n%s",
		w.untaken(), len(wrong), strings.Join(wrong, "\n"))
}

// risk notes the traces of which something was stored that MLflow has not, or that have not been sent
// whole.
func (w *CollectorWorld) risk() {
	s, err := w.snapshot()
	if err != nil {
		w.t.Errorf("read what MLflow has: %v", err)
		return
	}
	for _, one := range w.traces() {
		w.mu.Lock()
		begun, done := !one.first.IsZero(), one.done
		w.mu.Unlock()
		if begun && !(done && w.compare(one.expected, s).sound(false)) {
			w.mu.Lock()
			one.risked = true
			w.mu.Unlock()
		}
	}
}

// metric sums one of the exporter's own metrics over states.
func (w *CollectorWorld) metric(name string, states ...string) (sum float64, err error) {
	res, err := w.client.Get("http://" + collectorHost + ":8888/metrics")
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "otelcol_exporter_mlflow_"+name+"{")
		at := strings.LastIndexByte(rest, ' ')
		if !ok || at < 0 || !slices.ContainsFunc(states, func(s string) bool { return strings.Contains(rest[:at], `state="`+s+`"`) }) {
			continue
		}
		v, err := strconv.ParseFloat(rest[at+1:], 64)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}
