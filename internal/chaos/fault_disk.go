//go:build linux

package chaos

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// diskBytes is enough for what a run keeps, and soon filled.
const diskBytes = "size=96m"

// disk is the file system of a data folder: one of its own where this process may
// mount one, so that it can be filled and protected.
type disk struct {
	path string
	ours bool
}

func mountDisk(t testing.TB, path string) *disk {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("chaos", path, "tmpfs", 0, diskBytes+",mode=0700")
	if err != nil {
		t.Logf("no disk of its own: %v; full and read-only disks are left out", err)
	}
	return &disk{path, err == nil}
}

func (d *disk) unmount() {
	if d.ours {
		_ = syscall.Unmount(d.path, syscall.MNT_DETACH)
	}
}

func (d *disk) remount(flags uintptr) error {
	return syscall.Mount("chaos", d.path, "tmpfs", syscall.MS_REMOUNT|flags, diskBytes)
}

// noDiskSpan notes a time in which nothing could be kept.
func (w *World) noDiskSpan(from time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noDisk = append(w.noDisk, span{from, time.Now()})
}

// filling leaves no byte on the disk. It is filled again and again, since what the
// program removes makes room. A process that starts meanwhile waits.
type filling struct {
	world *World
	since time.Time
	end   chan struct{}
	ended chan struct{}
}

func (f *filling) start() {
	f.since, f.end, f.ended = time.Now(), make(chan struct{}), make(chan struct{})
	go f.fill()
}

func (f *filling) fill() {
	defer close(f.ended)
	file, err := os.Create(filepath.Join(f.world.disk.path, "ballast"))
	if err != nil {
		return // it is full
	}
	defer file.Close()
	block := make([]byte, 64<<10)
	for piece := len(block); ; {
		n, err := file.Write(block[:piece])
		switch {
		case errors.Is(err, syscall.ENOSPC) && piece > 1:
			piece /= 2
		case n < piece || err != nil:
			if !wait(f.end, 20*time.Millisecond) {
				return
			}
			piece = len(block)
		}
	}
}

func (f *filling) stop() {
	close(f.end)
	<-f.ended
	_ = os.Remove(filepath.Join(f.world.disk.path, "ballast"))
	f.world.noDiskSpan(f.since)
}

// protecting starts the processes of the data folder on a file system that is
// read-only, as after an error of a disk. They may end: who supervises them starts them
// again. A file system with open files cannot be protected under them.
type protecting struct {
	world *World
	since time.Time
	procs []*Process
}

func (f *protecting) start() {
	f.since = time.Now()
	for _, p := range f.world.Procs {
		if p.data == f.world.disk.path {
			f.procs = append(f.procs, p)
			p.busy.Lock()
			p.Kill()
			f.world.count("kills of "+p.kind, 1)
		}
	}
	if err := f.world.disk.remount(syscall.MS_RDONLY); err != nil {
		f.world.t.Errorf("protect the disk: %v", err)
	}
	for _, p := range f.procs {
		p.allowEnd(true)
		p.Launch()
	}
}

func (f *protecting) stop() {
	for _, p := range f.procs {
		p.Kill()
	}
	if err := f.world.disk.remount(0); err != nil {
		f.world.t.Errorf("make the disk writable: %v", err)
	}
	f.world.noDiskSpan(f.since)
	for _, p := range f.procs {
		p.allowEnd(false)
		p.Launch()
		p.busy.Unlock()
	}
}

// allowEnd says whether the process may end by itself from now on.
func (p *Process) allowEnd(may bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mayFail = may
}
