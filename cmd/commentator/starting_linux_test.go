package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// A worker on a full disk ended with 2 or 3.
func TestAFullDiskAtTheStartIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	slack := fakeslack.New()
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	b := startBench(t, slack.APIURL(), addr)
	b.set("COMMENTATOR_DATA_DIR", filepath.Join(dir, "data"))
	fill, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4<<10); err == nil; {
		_, err = fill.Write(chunk)
	}
	_ = fill.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		code <- execute(ctx, []string{"worker"}, streams{out: io.Discard, err: &errs, in: strings.NewReader("")})
	}()
	if got := awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusServiceUnavailable); !strings.Contains(got, "disk: ") {
		t.Errorf("the disk is full, but %s", got)
	}
	if err := os.Remove(fill.Name()); err != nil {
		t.Fatal(err)
	}
	awaitAnswer(t, http.MethodGet, "http://"+addr+"/readyz", http.StatusOK)
	stop()
	if c := <-code; c != exitOK {
		t.Errorf("ended with %d: %s", c, errs.String())
	}
}
