//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/chaos"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/otel/spool"
)

// A worker is stopped amid a job, as by a paused virtual machine, until another has taken it over and
// answered; then it goes on. It wrote the trace of its attempt too, under the same ids: there were
// two parent runs, or the one that there was became FAILED. MLflow is away, so that what each has
// written stays in its outbox.
func TestAWorkerThatWasStoppedWritesNoSecondRun(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a worker counts as dead")
	}
	t.Parallel()
	pg, stop, err := databasetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	w := chaos.New(t, chaos.Setup{Binary: binary(t), URI: "http://127.0.0.1:1"})
	w.Database = pg.Database(t)
	w.Model.SetPace(10*time.Second, 0) // long enough to be seen on a busy machine
	stopped, other := w.Add("stopped", "stopped", "worker"), w.Add("other", "other", "worker", "--work")
	stopped.Launch()
	w.Await("a socket", time.Minute, func() bool { return w.Slack.Stats().Sockets > 0 })
	w.Await("the first look back", time.Minute, w.ChannelBegins)
	if err := w.Share(0); err != nil {
		t.Fatal(err)
	}
	w.Await("the call of the model", time.Minute, func() bool { return w.Model.Busy() == 1 })
	signal := func(sig syscall.Signal) {
		if err := syscall.Kill(stopped.PID(), sig); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	other.Launch()
	w.Await("the reply of the other", 2*time.Minute, func() bool { return w.Replied() == 1 && w.Queued() == 0 })
	written := func(p *chaos.Process) int {
		entries, err := spool.List(filepath.Join(w.Dir, p.Name, outboxFolder))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(entries)
	}
	w.Await("the other's trace", time.Minute, func() bool { return written(other) == 1 })
	signal(syscall.SIGCONT)
	w.Await("the worker that was stopped to learn of it", time.Minute, func() bool {
		return strings.Contains(chaos.Tail(stopped.Log), "it starts anew")
	})
	for _, p := range w.Procs {
		p.Terminate()
	}
	if n := written(stopped); n != 0 {
		t.Errorf("the worker that was stopped has written %d traces", n)
	}
	if n := written(other); n != 1 {
		t.Errorf("the other has written %d traces", n)
	}
	if n := w.Replies(); n != 1 {
		t.Errorf("%d replies", n)
	}
	if b, err := os.ReadFile(stopped.Log); err == nil {
		t.Logf("the worker that was stopped said:\n%s", b)
	}
}
