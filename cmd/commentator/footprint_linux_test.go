package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// TestWorkerFootprint measures one worker on SQLite: how fast it is there, how
// fast it answers, what it takes. Memory is held to its bounds; times depend on
// what else the machine does, so they are held to bounds only where
// COMMENTATOR_FOOTPRINT_STRICT is set.
func TestWorkerFootprint(t *testing.T) {
	if testing.Short() {
		t.Skip("watches an idle process")
	}
	strict := os.Getenv("COMMENTATOR_FOOTPRINT_STRICT") != ""
	s := newSoak(t, server.URI(t), 0)
	s.model.least, s.model.spread = 10*time.Millisecond, 0
	s.add("one", filepath.Join(s.dir, "data"), "worker")
	p := s.procs[0]
	s.database = filepath.Join(s.dir, "data", "queue.sqlite")
	p.env = append(p.env, "COMMENTATOR_DATABASE_URL="+s.database, "COMMENTATOR_WORKERS=8", "COMMENTATOR_MODEL_CALLS=8")
	defer s.killAll()
	binary(t)

	var starts []time.Duration
	for i := range 6 {
		opened, began := s.slack.Stats().Opened, time.Now()
		s.launch(p)
		for s.slack.Stats().Opened == opened {
			if time.Since(began) > 30*time.Second {
				t.Fatalf("no connection\n%s", tailOf(p.log))
			}
			time.Sleep(time.Millisecond)
		}
		if i > 0 { // the first makes the database
			starts = append(starts, time.Since(began))
		}
		time.Sleep(time.Second)
		if i < 5 {
			s.kill(p)
		}
	}

	time.Sleep(2 * time.Second)
	fresh := memory(t, p.cmd.Process.Pid, "VmRSS")
	n := 0
	share := func() time.Time {
		t.Helper()
		at := time.Now()
		if _, err := s.slack.PostEvent(map[string]any{"type": "message", "channel": fakeslack.DefaultChannel, "text": "<" + s.notes.URL + soakPath(n) + ">"}); err != nil {
			t.Fatal(err)
		}
		n++
		return at
	}
	time.Sleep(2 * time.Second)
	var waits []time.Duration
	for range 30 {
		at := share()
		for s.notes.asked(n - 1).IsZero() {
			time.Sleep(time.Millisecond)
			if time.Since(at) > 30*time.Second {
				t.Fatalf("link %d was not worked on\n%s", n-1, tailOf(p.log))
			}
		}
		waits = append(waits, s.notes.asked(n-1).Sub(at))
		s.await("the reply", time.Minute, func() bool { return s.replied() >= n })
		time.Sleep(150 * time.Millisecond)
	}
	s.await("an empty outbox", time.Minute, func() bool { return s.outbox() == 0 })

	time.Sleep(3 * time.Second)
	pid := p.cmd.Process.Pid
	cpu, began := cpuTime(t, pid), time.Now()
	time.Sleep(10 * time.Second)
	idleCPU := 100 * (cpuTime(t, pid) - cpu).Seconds() / time.Since(began).Seconds()
	idle := memory(t, pid, "VmRSS")

	s.model.least = 4 * time.Second
	for range 8 {
		share()
	}
	s.await("8 calls of the model at once", time.Minute, func() bool { return s.model.busy() == 8 })
	busy := memory(t, pid, "VmRSS")
	s.await("the replies", time.Minute, func() bool { return s.replied() >= n })
	s.await("an empty outbox", time.Minute, func() bool { return s.outbox() == 0 })
	peak := memory(t, pid, "VmHWM")

	for _, list := range [][]time.Duration{starts, waits} {
		slices.Sort(list)
	}
	p95 := waits[len(waits)*95/100]
	const mb = 1 << 20
	t.Logf("start to connected: median %s, worst %s; event to page asked for: median %s, p95 %s; idle: %.1f MB, after work %.1f MB, %.2f %% of a core; 8 jobs in flight: %.1f MB; peak after delivery: %.1f MB",
		starts[len(starts)/2].Round(time.Millisecond), starts[len(starts)-1].Round(time.Millisecond), waits[len(waits)/2].Round(time.Millisecond), p95.Round(time.Millisecond),
		float64(fresh)/mb, float64(idle)/mb, idleCPU, float64(busy)/mb, float64(peak)/mb)
	if fresh > 60*mb || idle > 70*mb {
		t.Errorf("%.1f MB idle, less than 60 wanted; %.1f MB after work, less than 70 wanted", float64(fresh)/mb, float64(idle)/mb)
	}
	if peak > 120*mb {
		t.Errorf("%.1f MB at 8 jobs, less than 120 wanted", float64(peak)/mb)
	}
	if strict && (p95 > 100*time.Millisecond || starts[len(starts)/2] > 200*time.Millisecond || idleCPU > 2) {
		t.Error("too slow, or too busy")
	}
}

// memory reads a size from /proc/PID/status.
func memory(t *testing.T, pid int, field string) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatalf("no %s in /proc/%d/status", field, pid)
	return 0
}

// cpuTime reads user and system time from /proc/PID/stat, proc_pid_stat(5):
// fields 14 and 15, in ticks of 10 ms.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	var ticks int64
	for _, s := range f[11:13] {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
