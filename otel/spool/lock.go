package spool

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// lockDir makes the calling process the owner of dir. Closing the lock gives the
// folder back. The lock belongs to the open file (flock on Unix, LockFileEx on
// Windows), so the system drops it when the process ends, however that ends.
// The file itself stays: removing it would let two processes lock two files of
// one name.
func lockDir(dir string) (io.Closer, error) {
	path := filepath.Join(dir, "lock")
	lock := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		return nil, &LockedError{Dir: dir, PID: ownerOf(path)}
	}
	// Who has it, for the message above. Best effort: on a full disk the lock
	// counts, and on Windows nobody else can read a locked file.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return lock, nil
}

// ownerOf reads the process id in a lock file; 0 when it is not to be had.
func ownerOf(path string) int {
	body, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(body)))
	return pid
}
