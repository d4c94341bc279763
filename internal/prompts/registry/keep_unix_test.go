//go:build unix

package registry

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A worker did not start.
func TestAPipeInThePlaceOfTheKeptPromptsIsNotWaitedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prompts.json")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &Follower{cfg: FollowConfig{File: file}}
	done := make(chan struct{})
	go func() { defer close(done); f.restore() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits")
	}
	if len(f.good) > 0 {
		t.Errorf("restored %v", f.good)
	}
}
