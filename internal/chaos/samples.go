//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// flatAfter is how long a life of a process must be watched before its memory is judged.
const flatAfter = 5 * time.Minute

// memoryBound is what no input may take a process above. It is what the pages of half a
// gigabyte that was given to the composition leave to others.
const memoryBound = 256 << 20

// sample is what a life of a process took at a time.
type sample struct {
	incarnation string
	at          time.Time
	resident    int64 // bytes
	peak        int64 // bytes, of this life
	descriptors int
}

// watch takes samples until done is closed.
func (w *World) watch(done <-chan struct{}) {
	for wait(done, 2*time.Second) {
		w.lastSample()
	}
}

// stallTime is how long a write of a few bytes takes on a machine that does not get on.
const stallTime = time.Second

// watchStalls notes when the machine does not get on, until done is closed.
func (w *World) watchStalls(done <-chan struct{}) {
	const pause = 250 * time.Millisecond
	name := filepath.Join(w.Dir, "stalls")
	for began := time.Now(); wait(done, pause); began = time.Now() {
		writeThrough(name, began.String())
		if now := time.Now(); now.Sub(began) > pause+stallTime {
			w.stall(began, now)
		}
	}
}

// writeThrough writes a few bytes to the disk itself. That it can't is none of its concern: a full disk answers fast.
func writeThrough(name, what string) {
	file, err := os.Create(name)
	if err != nil {
		return
	}
	_, _ = file.WriteString(what)
	_ = errors.Join(file.Sync(), file.Close())
}

// lastSample takes one of each process that runs.
func (w *World) lastSample() {
	for _, p := range w.Procs {
		if !p.alive() {
			continue
		}
		s := sample{incarnation: p.incarnation(), at: time.Now()}
		pid := p.PID()
		s.resident, s.peak = Memory(pid, "VmRSS"), Memory(pid, "VmHWM")
		files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		s.descriptors = len(files)
		if s.resident == 0 {
			continue // it has just ended
		}
		w.mu.Lock()
		w.samples = append(w.samples, s)
		w.mu.Unlock()
	}
}

// Memory reads a size in bytes from /proc/PID/status, 0 where there is none.
func Memory(pid int, field string) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}

// memoryRows judges long lives by their quarters, and each by its peak.
func (b *books) memoryRows() {
	b.t.Helper()
	b.mu.Lock()
	byLife := map[string][]sample{}
	for _, s := range b.samples {
		byLife[s.incarnation] = append(byLife[s.incarnation], s)
	}
	b.mu.Unlock()
	var peak int64
	descriptors, growing, above := 0, 0, 0
	for life, list := range byLife {
		last := list[len(list)-1]
		peak, descriptors = max(peak, last.peak), max(descriptors, last.descriptors)
		if last.peak > b.bound {
			above++
			b.t.Errorf("%s took %d MiB", life, last.peak>>20)
		}
		if last.at.Sub(list[0].at) < flatAfter || len(list) < 40 {
			continue
		}
		quarter := len(list) / 4
		first, end := mean(list[:quarter]), mean(list[len(list)-quarter:])
		b.note("MiB of "+life+" in its first quarter; in its last", fmt.Sprintf("%.1f; %.1f", first[0]/(1<<20), end[0]/(1<<20)))
		b.note("descriptors of "+life+" in its first quarter; in its last", fmt.Sprintf("%.1f; %.1f", first[1], end[1]))
		if end[0] > 1.1*first[0] || end[1] > 1.1*first[1]+8 {
			growing++
		}
	}
	b.note("most MiB of a process; most descriptors", fmt.Sprintf("%d; %d", peak>>20, descriptors))
	b.row("processes above the bound of memory", above, 0)
	b.row("processes whose memory or descriptors grow", growing, 0)
}

// mean gives resident bytes and descriptors on average.
func mean(list []sample) (out [2]float64) {
	for _, s := range list {
		out[0] += float64(s.resident) / float64(len(list))
		out[1] += float64(s.descriptors) / float64(len(list))
	}
	return out
}
