//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
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
	s := newSoak(t, "http://127.0.0.1:1", 1)
	s.postgresDatabase()
	s.model.least, s.model.spread = 2*time.Second, 0
	s.add("stopped", filepath.Join(s.dir, "stopped"), "worker")
	s.add("other", filepath.Join(s.dir, "other"), "worker", "--work")
	defer s.killAll()
	stopped, other := s.procs[0], s.procs[1]
	s.launch(stopped)
	s.await("a socket", time.Minute, func() bool { return s.slack.Stats().Sockets > 0 })
	s.await("the first look back", time.Minute, s.channelBegins)
	s.began = time.Now()
	if _, err := s.slack.PostEvent(map[string]any{
		"type": "message", "channel": fakeslack.DefaultChannel, "text": "have a look: <" + s.notes.URL + soakPath(0) + ">",
	}, fakeslack.Delivery{}); err != nil {
		t.Fatal(err)
	}
	s.await("the call of the model", time.Minute, func() bool { return s.model.busy() == 1 })
	signal := func(sig syscall.Signal) {
		if err := stopped.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	s.launch(other)
	s.await("the reply of the other", 2*time.Minute, func() bool { return s.replied() == 1 && s.queued() == 0 })
	written := func(p *soakProcess) int {
		entries, err := spool.List(filepath.Join(s.dir, p.name, outboxFolder))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return len(entries)
	}
	s.await("the other's trace", time.Minute, func() bool { return written(other) == 1 })
	signal(syscall.SIGCONT)
	s.await("the worker that was stopped to learn of it", time.Minute, func() bool {
		return strings.Contains(tailOf(stopped.log), "it starts anew")
	})
	for _, p := range s.procs {
		s.terminate(p)
		p.cmd = nil
	}
	if n := written(stopped); n != 0 {
		t.Errorf("the worker that was stopped has written %d traces", n)
	}
	if n := written(other); n != 1 {
		t.Errorf("the other has written %d traces", n)
	}
	if n := len(s.replies()); n != 1 {
		t.Errorf("%d replies", n)
	}
	if b, err := os.ReadFile(stopped.log); err == nil {
		t.Logf("the worker that was stopped said:\n%s", b)
	}
}
