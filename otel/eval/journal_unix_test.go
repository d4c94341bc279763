//go:build unix

package eval

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestAJournalThatIsNoFileIsRefusedAndNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	for _, name := range []string{pipe, filepath.Join(dir, "other"+lockSuffix)} {
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, refused := range map[string]bool{pipe: true, filepath.Join(dir, "other"): false} {
		done := make(chan error, 1)
		go func() {
			j, err := openJournal(path, "e", "v", time.Unix(0, 0))
			if err == nil {
				err = j.close()
			}
			done <- err
		}()
		select {
		case err := <-done:
			if IsJournal(err) != refused {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: it waits", path)
		}
	}
}
