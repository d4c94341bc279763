package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/technoshare/commentator/internal/config"
)

// smallDisk is a folder with a file system of 16 MiB of its own.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillDisk writes until nothing more fits; empty makes the room again.
func fillDisk(t *testing.T, dir string) (empty func()) {
	t.Helper()
	fill, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4<<10); err == nil; {
		_, err = fill.Write(chunk)
	}
	_ = fill.Close()
	return func() {
		t.Helper()
		if err := os.Remove(fill.Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// SQLite goes on to write into what it has reserved, so that a full disk was called ready.
func TestAFullDiskIsNotReady(t *testing.T) {
	dir := smallDisk(t)
	b, err := newOpsBench(t, func(s *config.Settings) {
		s.Storage.DataDir = filepath.Join(dir, "data")
		s.Worker.HTTPEvents, s.Slack.SigningSecret = true, config.NewSecret("signing")
	})
	if err != nil {
		t.Fatal(err)
	}
	b.awaitReady(http.StatusOK)
	empty := fillDisk(t, dir)
	if got := b.awaitReady(http.StatusServiceUnavailable); !strings.Contains(strings.Join(got.Problems, "\n"), "disk: write to the folder") {
		t.Errorf("the disk is full: %+v", got)
	}
	empty()
	b.awaitReady(http.StatusOK)
	left, err := filepath.Glob(filepath.Join(dir, "data", ".write-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
