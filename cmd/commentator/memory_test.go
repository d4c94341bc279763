//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// maxRSS is the bound on resident memory of one job on a page of 200 kB.
const maxRSS = 60 << 20

// peak follows the resident set of a process until it ends, and gives its
// largest size in bytes (VmHWM, proc_pid_status(5)). The maxrss of getrusage(2)
// will not do: it counts this process from before the exec.
func (p *process) peak(t *testing.T) int64 {
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
			if most == 0 {
				t.Error("the process ended before it was measured")
			}
			return most
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func TestMemoryOfOneJob(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	binary(t)
	page := demoPage(t, "mozilla-wikipedia.html")
	if len(page) < 200_000 {
		t.Fatalf("the page has only %d bytes", len(page))
	}
	b := newBench(t)
	b.mlflow(server.URI(t))
	most := int64(0)
	for range 2 {
		p := b.start("run", "--json", "--wait=60s", b.page("mozilla-wikipedia.html"))
		most = max(most, p.peak(t))
		if code := p.wait(t); code != exitOK {
			t.Fatalf("exit code %d\n%s\n%s", code, &p.out, &p.err)
		}
		if !decode(t, p.out.String())[0].Delivered {
			t.Fatalf("not delivered: %s", &p.out)
		}
	}
	t.Logf("a page of %d kB takes at most %.1f MB", len(page)/1000, float64(most)/(1<<20))
	if most > maxRSS {
		t.Errorf("%d MB are over the bound of %d", most>>20, maxRSS>>20)
	}
}

// TestStart tells how long a start takes. It holds it to nothing: machines
// differ.
func TestStart(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	binary(t)
	b := newBench(t)
	began := time.Now()
	p := b.start("version")
	most := p.peak(t)
	if code := p.wait(t); code != exitOK || !strings.HasPrefix(p.out.String(), "commentator ") {
		t.Fatalf("exit code %d\n%s\n%s", code, &p.out, &p.err)
	}
	t.Logf("version: %s, %s of CPU, %.1f MB", time.Since(began).Round(time.Millisecond), p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime(), float64(most)/(1<<20))
}
