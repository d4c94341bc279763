package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// folderLock is the lock of a folder that is owned.
type folderLock struct{ *flock.Flock }

// holds reports whether it is the folder's still: the file may have been removed with the folder, or by what
// cleans a temporary one, and then locks nobody out.
func (l folderLock) holds() bool {
	mine, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(l.Path())
	return err == nil && os.SameFile(mine, there)
}

// lockDir makes the calling process the owner of dir. Closing the lock gives the
// folder back. The lock belongs to the open file (flock on Unix, LockFileEx on
// Windows), so the system drops it when the process ends, however that ends.
// The file itself stays: removing it would let two processes lock two files of
// one name.
func lockDir(dir string) (folderLock, error) {
	path := filepath.Join(dir, "lock")
	// Not through a link, which would have a file of somebody else's written to.
	if err := checkRegular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderLock{}, fmt.Errorf("lock outbox: %w", err)
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE|noFollow), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return folderLock{}, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		return folderLock{}, &LockedError{Dir: dir, PID: ownerOf(path)}
	}
	// Who has it, for the message above. Best effort: on a full disk the lock
	// counts, and on Windows nobody else can read a locked file.
	if f, err := openFile(path, os.O_WRONLY|os.O_TRUNC); err == nil {
		_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
		_ = f.Close()
	}
	return folderLock{lock}, nil
}

// ownerOf reads the process id in a lock file; 0 when it is not to be had.
func ownerOf(path string) int {
	body, err := readSmall(path, maxLockBytes)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(body)))
	return pid
}
