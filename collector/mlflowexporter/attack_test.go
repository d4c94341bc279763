//go:build unix

package mlflowexporter

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/technoshare/commentator/collector/mlflowexporter/internal/standin"
)

// attacked is a built Collector with the configuration and the memory of the composition,
// and a server that counts.
type attacked struct {
	*soak
	server *standin.Server
	host   string
}

// attack starts both. The binary is that of the soak.
func attack(t *testing.T, host string) *attacked {
	t.Helper()
	binary := os.Getenv(soakBinary)
	if binary == "" {
		t.Skipf("set %s to the binary that collector/build.sh made to run this", soakBinary)
	}
	server, url := fake(t)
	a := &attacked{soak: &soak{binary: binary, dir: t.TempDir(), experiment: "attacked", mlflow: url}, server: server, host: host}
	t.Setenv("GOMEMLIMIT", "450MiB") // docker-compose.yml
	t.Setenv("OTEL_BACKEND_EXPORTER", "otlp_http/backend")
	t.Setenv("OTEL_BACKEND_ENDPOINT", "http://127.0.0.1:1")
	a.start(t, host)
	return a
}

// composition is the memory that the Collector has there.
const composition = 768 << 20

// still holds that the Collector lives, takes sound traces, and brings them to the server.
func (a *attacked) still(t *testing.T, trace int) {
	t.Helper()
	body := zipped(t, request(trace, "shop", root(1), chat(2, 1)))
	eventually(t, "a sound trace is taken", func() bool { return a.post(t, body) == http.StatusOK })
	eventually(t, "a sound trace is delivered", func() bool { return a.server.HasSpan(traceHex(trace), spanHex(2)) })
	if n := peak(t, a.process); n > composition {
		t.Errorf("%d MiB at the most", n>>20)
	} else {
		t.Logf("%d MiB at the most", n>>20)
	}
}

// post sends a packed request, and gives the status; 0 is none.
func (a *attacked) post(t *testing.T, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := (&http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// flood sends bodies all at once, and counts the answers.
func (a *attacked) flood(t *testing.T, n int, body func(int) []byte) map[int]int {
	t.Helper()
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			status := a.post(t, body(i))
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	all.Wait()
	return got
}

func zipped(t testing.TB, td ptrace.Traces) []byte {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return zip(t, b)
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// large is a trace of one model call with a text of so many MiB, packed.
func large(t *testing.T, trace, mib int) []byte {
	t.Helper()
	call := chat(2, 0)
	call.attrs["gen_ai.input.messages"] = strings.Repeat("a", mib<<20)
	return zipped(t, request(trace, "shop", call))
}

func TestAttackOfRequestsThatUnpackTo63MiB(t *testing.T) {
	a := attack(t, "127.0.0.61")
	bombs := [][]byte{large(t, 1, 63), large(t, 2, 63)}
	got := a.flood(t, 30, func(i int) []byte { return bombs[i%2] })
	t.Logf("%d bytes each: answers %v", len(bombs[0]), got)
	if got[http.StatusOK]+got[http.StatusServiceUnavailable] != 30 {
		t.Errorf("answers %v", got)
	}
	a.still(t, 3)
}

func TestAttackOfEmptyMessages(t *testing.T) {
	a := attack(t, "127.0.0.62")
	packed := zip(t, bytes.Repeat([]byte{0x0a, 0}, 31<<20))
	got := a.flood(t, 5, func(int) []byte { return packed })
	t.Logf("%d bytes each: answers %v", len(packed), got)
	if got[http.StatusOK] != 0 || got[0] != 0 {
		t.Errorf("answers %v", got)
	}
	a.still(t, 1)
}

func TestAttackOfSixSpansOf60MiB(t *testing.T) {
	a := attack(t, "127.0.0.63")
	for i := range 6 {
		body := large(t, 1+i, 60)
		eventually(t, "a large span is taken", func() bool { return a.post(t, body) == http.StatusOK })
	}
	a.still(t, 7)
	for i := range 6 {
		eventually(t, "what was taken leaves", func() bool { return a.server.HasSpan(traceHex(1+i), spanHex(2)) })
	}
	a.still(t, 8)
}

func TestAttackOf200000SpansInOneTrace(t *testing.T) {
	a := attack(t, "127.0.0.64")
	const spans, each = 200_000, 2000
	words := strings.Repeat("some words of a prompt ", 30)
	for i := 0; i < spans; i += each {
		var specs []spanSpec
		for k := i; k < i+each; k++ {
			one := chat(k+2, 1)
			one.attrs["gen_ai.input.messages"] = fmt.Sprintf(`[{"role":"user","parts":[{"type":"text","content":"%d %s"}]}]`, k, words)
			specs = append(specs, one)
		}
		if i == 0 {
			specs = append(specs, root(1))
		}
		body := zipped(t, request(1, "shop", specs...))
		eventually(t, "a part is taken", func() bool { return a.post(t, body) == http.StatusOK })
	}
	within(t, 5*time.Minute, "all spans", func() bool { n, _ := a.server.Spans(); return n >= spans })
	a.still(t, 2)
}

func TestAttackWithSecretsInOddPlaces(t *testing.T) {
	a := attack(t, "127.0.0.65")
	const secret = "sk-abcdefghijklmnopqrstuvwxyz"
	var leaked, came atomic.Bool
	a.server.Received = func(r *coltracepb.ExportTraceServiceRequest) int {
		came.Store(true)
		if strings.Contains(r.String(), secret) {
			leaked.Store(true)
		}
		return http.StatusOK
	}
	td := request(1, "shop", root(1), chat(2, 1))
	s := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(1)
	s.SetName("chat " + secret)
	s.Status().SetMessage(secret)
	s.Attributes().PutStr(secret, "v")
	s.Events().AppendEmpty().SetName(secret)
	s.Links().AppendEmpty().Attributes().PutEmptySlice("l").AppendEmpty().SetEmptyMap().PutEmptyBytes("b").FromRaw([]byte(secret))
	if status := a.post(t, zipped(t, td)); status != http.StatusOK {
		t.Fatal(status)
	}
	eventually(t, "the trace", func() bool { return a.server.HasSpan(traceHex(1), spanHex(2)) })
	if leaked.Load() || !came.Load() {
		t.Error("the secret came through")
	}
}

// TestAttackOnTheStorageFile damages it while MLflow is away, and holds that what can be
// read back arrives.
func TestAttackOnTheStorageFile(t *testing.T) {
	a := attack(t, "127.0.0.66")
	away := outage(a.server)
	away.Store(true)
	for i := range 60 {
		if status := a.post(t, zipped(t, request(1+i, "shop", root(1), chat(2, 1)))); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	a.process.kill()
	path := filepath.Join(a.dir, "collector", "exporter_mlflow__journal")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[:8192]) // both metas
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	away.Store(false)
	a.start(t, a.host)
	for i := range 60 {
		eventually(t, "what was stored", func() bool { return a.server.HasSpan(traceHex(1+i), spanHex(2)) })
	}
	if !strings.Contains(a.log.String(), "a storage file is damaged") {
		t.Error("nothing is said of it")
	}
}
