package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Adopt moves the pending parts of another folder here, if no process owns it
// and as far as the bounds allow, and returns that folder's InstanceID and how
// many were moved. It is for folders left behind by a process that ran beside
// another and will not come back. The instance is one of FormerInstances from then on, and
// the folder gets another id when it is opened again; "" says that it had none.
func (s *Spool) Adopt(dir string) (instance string, n int, _ error) {
	other, err := Open(dir, WithLogger(s.config.logger), optionFunc(func(c config) config { c.adopting = true; return c }))
	if err != nil {
		return "", 0, err
	}
	for _, d := range other.Destinations() {
		err = errors.Join(err, s.UseDestination(d))
	}
	err = errors.Join(err, s.inherit(other))
	if err != nil {
		return other.InstanceID(), 0, errors.Join(err, other.Close())
	}
	for _, e := range other.Entries() {
		if err = s.adopt(other, e); err != nil {
			break
		}
		n++
	}
	if n > 0 {
		err = errors.Join(err, s.config.disk.SyncDir(s.dir), s.config.disk.SyncDir(dir))
		s.signal()
	}
	return other.InstanceID(), n, errors.Join(err, other.Close())
}

// fetch moves a file here, also from another disk: a temporary folder often is on one of its own. A
// crash leaves the file in one place or in both, and then it is delivered twice, which changes nothing.
func (s *Spool) fetch(from, to string) error {
	err := os.Rename(from, to)
	if !isOtherDisk(err) {
		return err
	}
	f, err := openFile(from, os.O_RDONLY)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := s.replaceFile(to, body); err != nil {
		return errors.Join(err, removeFile(to+tempExtension))
	}
	return os.Remove(from)
}

func (s *Spool) adopt(other *Spool, e Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := parseName(e.ID)
	if err != nil {
		return err
	}
	switch {
	case s.closed:
		return ErrClosed
	case s.taken(n):
		return fmt.Errorf("adopt part %s: exists here", e.ID)
	}
	if err := s.roomFor(e.Bytes); err != nil {
		return err
	}
	if err := s.fetch(filepath.Join(other.dir, e.ID+extension), s.sub(e.ID+extension)); err != nil {
		return fmt.Errorf("adopt part: %w", err)
	}
	other.vanished(e.ID)
	e.Destination = s.lookUp(s.sub(e.ID + extension))
	s.enter(e) // FoundAtOpen, since the other folder was just opened
	s.changed(e)
	return other.removeNote(e.ID)
}
