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

// BenchmarkWorkerFootprint measures one worker on SQLite: how fast it is there, how
// fast it answers, what it takes when idle and at work. Run it once, on an idle
// machine: -benchtime 1x.
func BenchmarkWorkerFootprint(b *testing.B) {
	for range b.N {
		newFootprint(b).measure(b)
	}
}

// footprint is a worker that is measured.
type footprint struct {
	*soak
	process *soakProcess
	shared  int // links so far
}

func newFootprint(b *testing.B) *footprint {
	f := &footprint{soak: newSoak(b, server.URI(b), 0)}
	f.model.least, f.model.spread = 10*time.Millisecond, 0
	f.add("one", filepath.Join(f.dir, "data"), "worker")
	f.process = f.procs[0]
	f.database = filepath.Join(f.dir, "data", "queue.sqlite")
	f.process.env = append(f.process.env, "COMMENTATOR_DATABASE_URL="+f.database, "COMMENTATOR_WORKERS=8", "COMMENTATOR_MODEL_CALLS=8")
	b.Cleanup(f.killAll)
	binary(b)
	return f
}

const mb = 1 << 20

func (f *footprint) measure(b *testing.B) {
	const starts = 6
	var connected []time.Duration
	for i := range starts {
		took := f.connect()
		if i > 0 { // the first makes the database
			connected = append(connected, took)
		}
		time.Sleep(time.Second)
		if i < starts-1 {
			f.kill(f.process)
		}
	}
	time.Sleep(2 * time.Second)
	pid := f.process.cmd.Process.Pid
	b.ReportMetric(float64(memory(b, pid, "VmRSS"))/mb, "fresh-MB")

	var waits []time.Duration
	for range 30 {
		waits = append(waits, f.answer())
		time.Sleep(150 * time.Millisecond)
	}
	f.await("an empty outbox", time.Minute, func() bool { return f.outbox() == 0 })
	time.Sleep(3 * time.Second)
	cpu, began := cpuTime(b, pid), time.Now()
	time.Sleep(10 * time.Second)
	b.ReportMetric(100*(cpuTime(b, pid)-cpu).Seconds()/time.Since(began).Seconds(), "idle-cpu-%")
	b.ReportMetric(float64(memory(b, pid, "VmRSS"))/mb, "idle-MB")

	f.model.least = 4 * time.Second
	for range 8 {
		f.share()
	}
	f.await("8 calls of the model at once", time.Minute, func() bool { return f.model.busy() == 8 })
	b.ReportMetric(float64(memory(b, pid, "VmRSS"))/mb, "busy-MB")
	f.await("the replies", time.Minute, func() bool { return f.replied() >= f.shared })
	f.await("an empty outbox", time.Minute, func() bool { return f.outbox() == 0 })
	b.ReportMetric(float64(memory(b, pid, "VmHWM"))/mb, "peak-MB")

	slices.Sort(connected)
	slices.Sort(waits)
	b.ReportMetric(float64(connected[len(connected)/2].Milliseconds()), "start-ms")
	b.ReportMetric(float64(waits[len(waits)/2].Milliseconds()), "event-to-page-ms")
	b.ReportMetric(float64(waits[len(waits)*95/100].Milliseconds()), "event-to-page-p95-ms")
}

// connect starts the worker and returns how long it took to connect to Slack.
func (f *footprint) connect() time.Duration {
	f.t.Helper()
	opened, began := f.slack.Stats().Opened, time.Now()
	f.launch(f.process)
	for f.slack.Stats().Opened == opened {
		if time.Since(began) > time.Minute {
			f.t.Fatalf("no connection\n%s", tailOf(f.process.log))
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

// share posts the next link.
func (f *footprint) share() (link int, at time.Time) {
	f.t.Helper()
	at, link = time.Now(), f.shared
	if _, err := f.slack.PostEvent(map[string]any{"type": "message", "channel": fakeslack.DefaultChannel,
		"text": "<" + f.notes.URL + soakPath(link) + ">"}); err != nil {
		f.t.Fatal(err)
	}
	f.shared++
	return link, at
}

// answer shares a link, waits for the reply, and returns how long it took until
// the page was asked for.
func (f *footprint) answer() time.Duration {
	f.t.Helper()
	link, at := f.share()
	for f.notes.asked(link).IsZero() {
		time.Sleep(time.Millisecond)
		if time.Since(at) > time.Minute {
			f.t.Fatalf("link %d was not worked on\n%s", link, tailOf(f.process.log))
		}
	}
	f.await("the reply", time.Minute, func() bool { return f.replied() >= f.shared })
	return f.notes.asked(link).Sub(at)
}

// memory reads a size from /proc/PID/status.
func memory(t testing.TB, pid int, field string) int64 {
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
func cpuTime(t testing.TB, pid int) time.Duration {
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
