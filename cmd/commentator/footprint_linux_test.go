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

	"github.com/technoshare/commentator/internal/chaos"
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
	*chaos.World
	b       *testing.B
	process *chaos.Process
	shared  int // links so far
}

func newFootprint(b *testing.B) *footprint {
	f := &footprint{b: b, World: chaos.New(b, chaos.Setup{Binary: binary(b), URI: server.URI(b)})}
	f.Model.SetPace(10*time.Millisecond, 0)
	f.Database = filepath.Join(f.Dir, "data", "queue.sqlite")
	f.process = f.Add("one", "data", "worker")
	f.process.Env = []string{"COMMENTATOR_WORKERS=8", "COMMENTATOR_MODEL_CALLS=8"}
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
			f.process.Kill()
		}
	}
	time.Sleep(4 * time.Second)
	pid := f.process.PID()
	b.ReportMetric(float64(chaos.Memory(pid, "VmRSS"))/mb, "fresh-MB")

	var waits []time.Duration
	for range 30 {
		waits = append(waits, f.answer())
		time.Sleep(150 * time.Millisecond)
	}
	f.Await("an empty outbox", time.Minute, func() bool { return len(f.Outbox()) == 0 })
	time.Sleep(35 * time.Second) // until the worker has given back what the jobs left, see package resident
	cpu, began := cpuTime(b, pid), time.Now()
	time.Sleep(10 * time.Second)
	b.ReportMetric(100*(cpuTime(b, pid)-cpu).Seconds()/time.Since(began).Seconds(), "idle-cpu-%")
	b.ReportMetric(float64(chaos.Memory(pid, "VmRSS"))/mb, "idle-MB")

	f.Model.SetPace(4*time.Second, 0)
	for range 8 {
		f.share()
	}
	f.Await("8 calls of the model at once", time.Minute, func() bool { return f.Model.Busy() == 8 })
	b.ReportMetric(float64(chaos.Memory(pid, "VmRSS"))/mb, "busy-MB")
	f.Await("the replies", time.Minute, func() bool { return f.Replied() >= f.shared })
	f.Await("an empty outbox", time.Minute, func() bool { return len(f.Outbox()) == 0 })
	b.ReportMetric(float64(chaos.Memory(pid, "VmHWM"))/mb, "peak-MB")

	slices.Sort(connected)
	slices.Sort(waits)
	b.ReportMetric(float64(connected[len(connected)/2].Milliseconds()), "start-ms")
	b.ReportMetric(float64(waits[len(waits)/2].Milliseconds()), "event-to-page-ms")
	b.ReportMetric(float64(waits[len(waits)*95/100].Milliseconds()), "event-to-page-p95-ms")
}

// connect starts the worker and returns how long it took to connect to Slack.
func (f *footprint) connect() time.Duration {
	f.b.Helper()
	opened, began := f.Slack.Stats().Opened, time.Now()
	f.process.Launch()
	for f.Slack.Stats().Opened == opened {
		if time.Since(began) > time.Minute {
			f.b.Fatalf("no connection\n%s", chaos.Tail(f.process.Log))
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

// share posts the next link.
func (f *footprint) share() (link int, at time.Time) {
	f.b.Helper()
	at, link = time.Now(), f.shared
	if err := f.Share(link); err != nil {
		f.b.Fatal(err)
	}
	f.shared++
	return link, at
}

// answer shares a link, waits for the reply, and returns how long it took until
// the page was asked for.
func (f *footprint) answer() time.Duration {
	f.b.Helper()
	link, at := f.share()
	for f.Pages.Asked(link).IsZero() {
		time.Sleep(time.Millisecond)
		if time.Since(at) > time.Minute {
			f.b.Fatalf("link %d was not worked on\n%s", link, chaos.Tail(f.process.Log))
		}
	}
	f.Await("the reply", time.Minute, func() bool { return f.Replied() >= f.shared })
	return f.Pages.Asked(link).Sub(at)
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
