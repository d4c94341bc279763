//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// maxRSS bounds the resident memory of one job on a page of 200 kB. It is about
// twice what a job takes, since on a busy machine the garbage collector comes
// later; BenchmarkJob has the figure.
const maxRSS = 120 << 20

// peak follows the resident set of a process until it ends, and gives its
// largest size in bytes (VmHWM, proc_pid_status(5)). The maxrss of getrusage(2)
// will not do: it counts this process from before the exec.
func (p *process) peak(t testing.TB) int64 {
	t.Helper()
	most := int64(0)
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		if strings.Contains(string(status), "Name:\tcommentator\n") { // after the exec
			_, after, _ := strings.Cut(string(status), "VmHWM:")
			var kB int64
			if _, err := fmt.Sscanf(after, "%d kB", &kB); err == nil {
				most = max(most, kB<<10)
			}
		}
		select {
		case <-p.done:
			return most
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// measuredJob runs the built program on a large page, and gives its peak memory in
// bytes; 0 where it ended before it was measured.
func (b *bench) measuredJob() int64 {
	b.t.Helper()
	p := b.start("run", "--json", "--wait=60s", b.page("mozilla-wikipedia.html"))
	peak := p.peak(b.t)
	if code := p.wait(b.t); code != exitOK {
		b.t.Fatalf("exit code %d\n%s\n%s", code, &p.out, &p.err)
	}
	if !decode(b.t, p.out.String())[0].Delivered {
		b.t.Fatalf("not delivered: %s", &p.out)
	}
	return peak
}

func TestMemoryOfAJobIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	binary(t)
	if page := demoPage(t, "mozilla-wikipedia.html"); len(page) < 200_000 {
		t.Fatalf("the page has only %d bytes", len(page))
	}
	b := newBench(t)
	b.mlflow(server.URI(t))
	peak := b.measuredJob()
	if peak == 0 || peak > maxRSS {
		t.Errorf("%d MB, not within the bound of %d", peak>>20, maxRSS>>20)
	}
}

// BenchmarkJob measures one job on a page of 200 kB, delivery to a real MLflow
// included: its time and its peak memory.
func BenchmarkJob(b *testing.B) {
	binary(b)
	p := newBench(b)
	p.mlflow(server.URI(b))
	peak := int64(0)
	for b.Loop() {
		peak = max(peak, p.measuredJob())
	}
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

// BenchmarkStart measures how long the program takes to start and end, and the CPU
// time and memory that this takes.
func BenchmarkStart(b *testing.B) {
	binary(b)
	n := newBench(b)
	peak, cpu := int64(0), time.Duration(0)
	for b.Loop() {
		p := n.start("version")
		peak = max(peak, p.peak(b))
		if code := p.wait(b); code != exitOK || !strings.HasPrefix(p.out.String(), "commentator ") {
			b.Fatalf("exit code %d\n%s\n%s", code, &p.out, &p.err)
		}
		cpu += p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	}
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
	b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
}
