//go:build unix

package spool

import (
	"errors"
	"os"
	"syscall"
)

func isNoSpace(err error) bool { return errno(err, syscall.ENOSPC, syscall.EDQUOT) }

// isOtherDisk reports whether a file was not renamed for it would have to be copied.
func isOtherDisk(err error) bool { return errno(err, syscall.EXDEV) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
