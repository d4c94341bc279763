package mlflowexporter

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// loadTime switches the load test on: a duration, such as 60s.
const loadTime = "MLFLOWEXPORTER_LOAD"

const (
	spansPerSecond  = 10_000
	spansPerTrace   = 5
	tracesPerSecond = spansPerSecond / spansPerTrace
	perRequest      = 100 // traces; 500 spans, as SDKs send
)

// TestLoad sends 10,000 spans a second and compares CPU and memory with the stock
// OTLP exporter. The server answers a call after 20 ms, as MLflow does, so most
// of what came is backlog in the end; the test counts that none of it is lost.
func TestLoad(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv(loadTime))
	if err != nil {
		t.Skip("set " + loadTime + " to a duration to run this")
	}
	mlflow, url := fake(t)
	mlflow.Delay = 20 * time.Millisecond
	variants := []struct{ name, config string }{
		{"otlp_http", "otlp_http:\n  endpoint: " + url},
		{"otlp_http, queue on disk", "otlp_http:\n  endpoint: " + url + "\n  sending_queue: {storage: file_storage, queue_size: 100000}"},
		{"mlflow", "mlflow:\n  endpoint: " + url + "\n  storage: file_storage"},
	}
	used := map[string]float64{}
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			dir := t.TempDir()
			p := collect(t, dir, v.config)
			before := cpu(t, p)
			sent, slow := generate(t, p.url, d)
			used[v.name] = (cpu(t, p) - before).Seconds() / d.Seconds()
			t.Logf("%s: %.2f cores, peak memory %d MiB, %d MiB on disk; %d spans taken (%.0f a second), slowest answer %v",
				v.name, used[v.name], peak(t, p)>>20, size(dir)>>20, sent, float64(sent)/d.Seconds(), slow)
			if float64(sent) < 0.95*spansPerSecond*d.Seconds() {
				t.Errorf("only %d spans were taken", sent)
			}
			p.stop(t)
		})
	}
	t.Logf("CPU of mlflow / otlp_http: %.2f", used["mlflow"]/used["otlp_http"])
	if used["mlflow"] > 1.5*used["otlp_http"] {
		t.Error("more than 1.5 times the CPU of the stock exporter")
	}
}

// template is a request whose trace ids can be overwritten in place.
type template struct {
	body    []byte
	offsets [][]int // of a trace's id, for each trace
}

func newTemplate(t *testing.T) template {
	t.Helper()
	words := prose(rand.New(rand.NewPCG(1, 2)))
	td := ptrace.NewTraces()
	for i := range perRequest {
		one := request(i, "shop", root(1), spanSpec{id: 2, parent: 1, name: "retrieve",
			attrs: map[string]any{"openinference.span.kind": "RETRIEVER", "input.value": words(120)}},
			chat(3, 1), chat(4, 3), spanSpec{id: 5, parent: 1, name: "tool",
				attrs: map[string]any{"openinference.span.kind": "TOOL", "output.value": words(120)}})
		for _, s := range one.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
			if s.SpanID() == spanID(3) || s.SpanID() == spanID(4) {
				s.Attributes().PutStr("gen_ai.input.messages", fmt.Sprintf(`[{"role":"user","parts":[{"type":"text","content":"%s"}]}]`, words(200)))
				s.Attributes().PutStr("gen_ai.output.messages", fmt.Sprintf(`[{"role":"assistant","parts":[{"type":"text","content":"%s"}]}]`,
					words(80)))
			}
			id := pcommon.TraceID{}
			copy(id[:], fmt.Sprintf("patch %010d", i))
			s.SetTraceID(id)
		}
		one.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	tm := template{body: body}
	for i := range perRequest {
		mark, at := fmt.Appendf(nil, "patch %010d", i), 0
		var list []int
		for {
			n := bytes.Index(body[at:], mark)
			if n < 0 {
				break
			}
			list = append(list, at+n)
			at += n + len(mark)
		}
		if len(list) != spansPerTrace {
			t.Fatalf("trace %d has its id %d times", i, len(list))
		}
		tm.offsets = append(tm.offsets, list)
	}
	return tm
}

// prose gives texts that compress about as English does: words by Zipf's law.
func prose(r *rand.Rand) func(n int) string {
	vocabulary := make([]string, 8000)
	for i := range vocabulary {
		w := make([]byte, 2+r.IntN(9))
		for k := range w {
			w[k] = "etaoinshrdlucmfwypvbgkjqxz"[min(r.IntN(26), r.IntN(26))]
		}
		vocabulary[i] = string(w)
	}
	zipf := rand.NewZipf(r, 1.1, 3, uint64(len(vocabulary)-1))
	return func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(vocabulary[zipf.Uint64()])
			b.WriteByte(' ')
		}
		return b.String()
	}
}

// generate sends at a fixed rate; what cannot be sent in time is not made up for.
func generate(t *testing.T, url string, d time.Duration) (spans int64, slowest time.Duration) {
	t.Helper()
	tm := newTemplate(t)
	t.Logf("%d bytes a span", len(tm.body)/perRequest/spansPerTrace)
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	var taken, number, worst atomic.Int64
	tick := time.NewTicker(time.Second * perRequest / tracesPerSecond)
	defer tick.Stop()
	var senders sync.WaitGroup
	slots := make(chan struct{}, 8)
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-tick.C
		slots <- struct{}{}
		senders.Go(func() {
			defer func() { <-slots }()
			body := bytes.Clone(tm.body)
			for _, list := range tm.offsets {
				n := number.Add(1)
				for _, at := range list {
					binary.BigEndian.PutUint64(body[at:], uint64(n)) //nolint:gosec // a count
				}
			}
			began := time.Now()
			if err := send(t.Context(), client, url, body); err != nil {
				t.Log(err)
				return
			}
			taken.Add(perRequest * spansPerTrace)
			for took := int64(time.Since(began)); ; {
				old := worst.Load()
				if took <= old || worst.CompareAndSwap(old, took) {
					break
				}
			}
		})
	}
	senders.Wait()
	return taken.Load(), time.Duration(worst.Load())
}

// cpu is the time that a process used (proc_pid_stat(5), in clock ticks of 10 ms).
func cpu(t *testing.T, p *process) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		t.Skip("needs Linux: ", err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peak is the largest resident memory of a process so far.
func peak(t *testing.T, p *process) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10
}

func size(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}
