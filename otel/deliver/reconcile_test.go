package deliver

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestTwoProcessesWithTheSameTraceLeaveOneTree lets two deliver at once a trace
// that one left behind and the other wrote again. Both have searched, in vain,
// before either creates; then the second waits at one of its calls until the
// first has made some of its own, or is done.
func TestTwoProcessesWithTheSameTraceLeaveOneTree(t *testing.T) {
	uri := server.URI(t)
	for name, c := range map[string]struct{ waitsAt, until int }{
		"side by side":                      {0, 0},
		"the second waits before it begins": {1, 1000},
		"the second begins in between":      {1, 4},
		"the second waits with one run":     {2, 1000},
		"the second waits with all runs":    {5, 1000},
		"the second waits before it ends":   {9, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			exp := mlflowtest.Experiment(t)
			direct := newClient(t, uri)
			// This makes the experiment.
			if _, err := New(direct, WithExperiment(exp), withFixture()).Deliver(t.Context(), smallTrace(2), Origin{}); err != nil {
				t.Fatal(err)
			}
			var met sync.WaitGroup
			met.Add(2)
			first, second := make(chan error, 1), make(chan error, 1)
			enough := make(chan struct{}) // the first has made its calls
			enter := sync.OnceFunc(func() { close(enough) })
			deliver := func(end chan<- error, before func(call int)) {
				p := mlflowtest.NewProxy(t, uri, "", false)
				calls := 0
				p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault { // one request at a time
					if calls == 0 && !strings.HasSuffix(r.Path, "/runs/create") {
						return mlflowtest.Fault{}
					}
					if calls++; calls == 1 {
						met.Done()
						met.Wait()
					}
					before(calls)
					return mlflowtest.Fault{}
				})
				client := newClient(t, p.URL)
				go func() {
					_, err := New(client, WithExperiment(exp), withFixture()).Deliver(t.Context(), smallTrace(1), Origin{SearchFirst: true})
					end <- err
				}()
			}
			deliver(first, func(call int) {
				if call > c.until {
					enter()
				}
			})
			deliver(second, func(call int) {
				if call == c.waitsAt {
					select {
					case <-enough:
					case <-time.After(10 * time.Second):
					}
				}
			})
			for _, end := range []<-chan error{first, second} {
				if err := <-end; err != nil {
					t.Error(err)
				}
				enter()
			}
			checkWhole(t, direct, exp, smallTrace(1))
		})
	}
}

// TestARunThatAPersonDeletesMeanwhileStaysDeleted: the rest is delivered.
func TestARunThatAPersonDeletesMeanwhileStaysDeleted(t *testing.T) {
	uri := server.URI(t)
	exp := mlflowtest.Experiment(t)
	direct := newClient(t, uri)
	p := mlflowtest.NewProxy(t, uri, "", false)
	done := false
	id := traceIDNumber(1)
	p.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
		if !done && strings.HasSuffix(r.Path, "/runs/log-batch") {
			done = true
			for _, r := range readBack(t, direct, exp, id).runs {
				if err := direct.DeleteRun(t.Context(), r.Info.RunID); err != nil {
					t.Error(err)
				}
			}
		}
		return mlflowtest.Fault{}
	})
	if _, err := New(newClient(t, p.URL), WithExperiment(exp), withFixture()).Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	if got := readBack(t, direct, exp, id); got.active != 0 || len(got.traces) != 1 {
		t.Errorf("%d runs, %d traces", got.active, len(got.traces))
	}
}
