package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// disk is the part of the file system that can fail under Put. Tests replace it
// to fill the disk.
type disk interface {
	// WriteFile creates path with body and flushes it.
	WriteFile(path string, body []byte) error
	Rename(from, to string) error
	// SyncDir makes renames in dir durable.
	SyncDir(dir string) error
}

type osDisk struct{}

func (osDisk) WriteFile(path string, body []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(body); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) SyncDir(dir string) error { return syncDir(dir) }

// lockDir makes the calling process the owner of dir. Closing the file gives
// the folder back. The file itself stays: removing it would let two processes
// lock two files of one name.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	if !ok {
		pid := make([]byte, 20)
		n, _ := f.ReadAt(pid, 0) // for the message only
		owner, _ := strconv.Atoi(strings.TrimSpace(string(pid[:n])))
		return nil, errors.Join(&LockedError{Dir: dir, PID: owner}, f.Close())
	}
	// Best effort: on a full disk the lock counts, not the note of who has it.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return f, nil
}
