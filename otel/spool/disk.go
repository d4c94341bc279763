package spool

import (
	"errors"
	"os"
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
	f, err := openFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
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
