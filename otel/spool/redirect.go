package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Redirect gives a pending or dead part another destination, for good, and asks for a new
// attempt at once, as [Spool.Retry] does. What an attempt under way delivers meanwhile stays
// where it is.
func (s *Spool) Redirect(id string, to Destination) error {
	s.mu.Lock()
	closed, at := s.closed, s.locate(id)
	s.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case at == "":
		return notFound(id)
	}
	temp := s.sub(id + redirectExtension + tempExtension)
	size, err := s.rewrite(at, temp, id, to)
	if err == nil {
		err = s.list(to)
	}
	if err == nil {
		err = s.replace(at, temp, id, size, to)
	}
	if err != nil {
		_ = os.Remove(temp) // else the next Open does
		return fmt.Errorf("redirect part: %w", err)
	}
	return nil
}

// redirectExtension keeps a file that a crash leaves from being taken for a part.
const redirectExtension = ".redirect"

// locate is the file of a pending or dead part; called under mu.
func (s *Spool) locate(id string) string {
	switch {
	case s.pending.parts[id] != nil:
		return s.sub(id + extension)
	case s.archives[Dead].entries[id] != nil:
		return filepath.Join(s.archives[Dead].dir, id+extension)
	}
	return ""
}

// rewrite makes a copy of a file that names another destination.
func (s *Spool) rewrite(at, temp, id string, to Destination) (size int64, err error) {
	plain, err := readFile(at, id, func(r io.Reader) ([]byte, error) {
		plain, _, err := unpack(r)
		return plain, err
	})
	if err != nil {
		return 0, err
	}
	body, err := pack(plain, to)
	if err == nil {
		err = s.config.disk.WriteFile(temp, body)
	}
	return int64(len(body)), err
}

// replace puts the copy in the place of the file, unless that is gone by now.
func (s *Spool) replace(at, temp, id string, size int64, to Destination) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.locate(id) != at {
		return notFound(id)
	}
	if err := s.config.disk.Rename(temp, at); err != nil {
		return err
	}
	dead := s.archives[Dead]
	if e := s.pending.parts[id]; e != nil {
		s.bytes += size - e.Bytes
		s.pending.update(e, func(e *Entry) { e.Bytes, e.Destination, e.Elsewhere, e.Reason = size, to, !s.reaches(to), "" })
	} else {
		e := *dead.entries[id]
		e.Bytes, e.Destination = size, to
		dead.add(&e)
	}
	return errors.Join(s.config.disk.SyncDir(filepath.Dir(at)), s.retry(id))
}

func (s *Spool) reaches(d Destination) bool { return d.IsZero() || s.config.reach(d) }

// Redirect asks for another destination, and for a new attempt at once. done is as that of
// [Retry].
func Redirect(dir, id string, to Destination) (done bool, err error) {
	body, err := json.Marshal(to)
	if err != nil {
		return false, fmt.Errorf("marshal destination: %w", err)
	}
	return act(dir, id, redirectVerb, body, func(s *Spool, id string) error { return s.Redirect(id, to) })
}

// redirectAsked carries a request out, whose file has the destination.
func (s *Spool) redirectAsked(id string, body []byte) error {
	var to Destination
	if err := json.Unmarshal(body, &to); err != nil {
		return fmt.Errorf("read the destination asked for: %w", err)
	}
	return s.Redirect(id, to)
}
