//go:build unix

package analysis

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A worker did not begin its first analysis.
func TestAPipeInThePlaceOfTheLearntFormsIsNotWaitedFor(t *testing.T) {
	f := &formFile{path: filepath.Join(t.TempDir(), "forms.json")}
	if err := syscall.Mkfifo(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan []formEntry, 1)
	go func() { done <- f.read() }()
	select {
	case got := <-done:
		if len(got) > 0 {
			t.Errorf("read %v", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits")
	}
}
