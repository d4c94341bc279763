// Package namedfile reads files that a person named. What is no file, or not the one that was meant, is an error, and
// neither a wait without end nor gigabytes of memory. It is for programs that take names of files from flags and settings.
package namedfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Read returns the content of a file of at most so many bytes; a larger one is an error. A pipe is read to its end, as <(command)
// of a shell is one; that nobody writes to it is an error too, and so is a pipe or a device that is silent for a minute.
// Errors name the file. It is safe for concurrent use.
func Read(name string, most int64) (body []byte, err error) {
	return read(name, most, patience)
}

// patience is how long a pipe or a device may be silent: commands that a shell runs for one may take their time.
const patience = time.Minute

func read(name string, most int64, patience time.Duration) (body []byte, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else opening a pipe waits for whoever writes
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if body, err = io.ReadAll(io.LimitReader(patient{f, patience}, most+1)); err != nil { // bounded here: pipes and devices say no size before
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("%s had nothing to read for %s: is it the right file?", name, patience)
		}
		return nil, err
	}
	if int64(len(body)) > most {
		return nil, fmt.Errorf("%s has more than the %d bytes that are read: is it the right file?", name, most)
	}
	if info, err := f.Stat(); err == nil && len(body) == 0 && info.Mode()&fs.ModeNamedPipe != 0 {
		return nil, fmt.Errorf("%s is a pipe to which nobody writes: name a file", name)
	}
	return body, nil
}

// patient is a file whose reads end when nothing comes. What can't be waited for, such as a file on a disk, needs no end.
type patient struct {
	*os.File
	wait time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(p.wait))
	return p.File.Read(b)
}
