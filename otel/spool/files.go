package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// The folder is private, yet what lies in it may have come there by hand, out of a backup,
// or by somebody with bad intentions. Nothing is opened but regular files of the folder
// itself: a symbolic link could have this process write elsewhere, a pipe would have it
// wait for ever.

// Bounds, in bytes, of what is read of the small files.
const (
	maxNoteBytes     = 64 << 10
	maxReasonBytes   = 16 << 10
	maxInstanceBytes = 256
	maxLockBytes     = 64
)

// notRegularError says that something in the folder is not the file it should be.
type notRegularError struct {
	path string
	mode fs.FileMode
}

func (e *notRegularError) Error() string {
	return fmt.Sprintf("%q is %s instead of a file: remove it", e.path, kindOf(e.mode))
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

func isNotRegular(err error) bool {
	_, ok := errors.AsType[*notRegularError](err)
	return ok
}

// openFile opens a regular file, and nothing else: no link is followed, and no pipe waited
// for.
func openFile(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|noFollow, 0o600)
	if err != nil {
		if info, statErr := os.Lstat(path); statErr == nil && !info.Mode().IsRegular() {
			return nil, &notRegularError{path, info.Mode()}
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &notRegularError{path, info.Mode()}
	}
	if err == nil && noFollow == 0 { // a system without the flag
		err = checkRegular(path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// checkRegular reports by its error what is no regular file.
func checkRegular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &notRegularError{path, info.Mode()}
	}
	return err
}

// readSmall reads up to limit bytes of a file.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// writeSmall writes a file whose loss costs nothing, without flushing it, in place of
// whatever has its name.
func writeSmall(path string, body []byte) error {
	f, err := openFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if isNotRegular(err) {
		if err := os.Remove(path); err != nil {
			return err
		}
		f, err = openFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Close())
}

// makeFolder makes a folder, private to its owner since traces hold prompts and answers,
// unless it is there. A link to one is refused: parts would be moved to another place, or
// another disk, where they cannot be.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%q is %s instead of a folder: remove it", path, kindOf(info.Mode()))
	}
	return err
}
