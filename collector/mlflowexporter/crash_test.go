package mlflowexporter

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// TestKillsLoseAndDoubleNothing kills a Collector at random moments while
// clients send and the server comes and goes, and reconciles in the end what
// clients know to be taken with what the server has.
func TestKillsLoseAndDoubleNothing(t *testing.T) {
	kills := 6
	if testing.Short() {
		kills = 2
	}
	mlflow, url := fake(t)
	away := outage(mlflow)
	dir := t.TempDir()
	settings := fmt.Sprintf(`mlflow:
  endpoint: %s
  storage: file_storage
  assembly: {wait_after_root: 50ms, max_wait: 5s}
  retry_on_failure: {initial_interval: 50ms, max_interval: 200ms}
`, url)
	var mu sync.Mutex
	taken := map[string]bool{} // trace and span in hex
	var target atomic.Pointer[process]
	target.Store(collect(t, dir, settings))

	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var next atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 3 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := int(next.Add(1))
				// The root comes in the first request or in the second.
				one := [][]spanSpec{{root(1), chat(2, 1)}, {chat(3, 1)}}
				if n%2 == 0 {
					one = [][]spanSpec{{chat(2, 1), chat(3, 1)}, {root(1)}}
				}
				for _, specs := range one {
					body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(request(n, "shop", specs...))
					if err != nil {
						t.Error(err)
						return
					}
					for send(t.Context(), client, target.Load().url, body) != nil { // as clients do
						time.Sleep(20 * time.Millisecond)
					}
					mu.Lock()
					for _, s := range specs {
						taken[traceHex(n)+spanHex(s.id)] = true
					}
					mu.Unlock()
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range kills {
		away.Store(i%2 == 1)
		time.Sleep(time.Duration(200+rand.IntN(600)) * time.Millisecond)
		target.Load().kill()
		target.Store(collect(t, dir, settings))
	}
	away.Store(false)
	close(stop)
	clients.Wait()

	deadline := time.Now().Add(90 * time.Second)
	for {
		missing := 0
		for id := range taken {
			if !mlflow.HasSpan(id[:32], id[32:]) {
				missing++
			}
		}
		doubled, unfinished := mlflow.Doubled()
		if missing == 0 && len(doubled) == 0 && len(unfinished) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d spans taken %d are missing; %d runs doubled, %d unfinished\n%s", len(taken), missing, len(doubled),
				len(unfinished), target.Load().log)
		}
		time.Sleep(100 * time.Millisecond)
	}
	target.Load().stop(t)
	for n := 1; n <= int(next.Load()); n++ {
		if runs := mlflow.Runs(traceHex(n)); len(runs) != 3 {
			t.Errorf("trace %d has runs %v, want a job with two model calls", n, runs)
		}
	}
	t.Logf("%d spans in %d traces, %d kills", len(taken), next.Load(), kills)
}
