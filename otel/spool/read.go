package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Entries lists the pending parts, oldest first, those of a trace in sequence.
func (s *Spool) Entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Entry, 0, len(s.pending.parts))
	for _, e := range s.pending.parts {
		out = append(out, *e)
	}
	byAge(out)
	return out
}

// Read gives the content of a pending or dead part. A damaged pending part is
// moved to bad/ and answered with an error for which IsCorrupt holds.
func (s *Spool) Read(id string) (*tracepb.TracesData, error) {
	td, _, err := s.ReadDestined(id)
	return td, err
}

// ReadDestined is Read which also says where the part was made for.
func (s *Spool) ReadDestined(id string) (*tracepb.TracesData, Destination, error) {
	c, err := s.read(id)
	return c.data, c.to, err
}

func (s *Spool) read(id string) (filed, error) {
	s.mu.Lock()
	e, dead, closed := s.pending.parts[id], s.archives[Dead].entries[id] != nil, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return filed{}, ErrClosed
	case dead:
		return decodeFile(filepath.Join(s.sub("dead"), id+extension), id)
	case e == nil:
		return filed{}, notFound(id)
	}
	c, err := decodeFile(s.sub(id+extension), id)
	switch {
	case err == nil:
		return c, nil
	case IsCorrupt(err):
		return filed{}, errors.Join(err, s.setAside(id, err.Error()))
	case errors.Is(err, fs.ErrNotExist):
		s.vanished(id)
	}
	return filed{}, err
}

func (s *Spool) setAside(id, reason string) error {
	s.mu.Lock()
	e := s.pending.parts[id]
	if e == nil || s.closed {
		s.mu.Unlock()
		return nil // somebody was faster
	}
	err := s.moveTo(Bad, *e, reason)
	s.mu.Unlock()
	return s.sayBad(id, reason, err)
}

// vanished takes a part out of the index whose file somebody took away by hand.
func (s *Spool) vanished(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.pending.parts[id]; e != nil {
		s.leave(*e)
	}
}

// Remove deletes parts for good, wherever they lie: after delivery, or because
// somebody wants them dropped. Parts that are gone already are no error.
func (s *Spool) Remove(ids ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	var errs error
	for _, id := range ids {
		errs = errors.Join(errs, s.remove(id))
	}
	if errs != nil {
		return fmt.Errorf("remove part: %w", errs)
	}
	return nil
}

// remove does not flush the folder: a part that comes back after a power cut is
// delivered again, which changes nothing.
func (s *Spool) remove(id string) error {
	for _, g := range s.archives {
		if g.entries[id] != nil {
			s.stats.Removed++
			return g.remove(id)
		}
	}
	e := s.pending.parts[id]
	if e == nil {
		return nil
	}
	if err := removeFile(s.sub(id + extension)); err != nil {
		return err
	}
	s.leave(*e)
	s.stats.Removed++
	s.resetRefusalLog()
	return s.removeNote(id)
}

// Stats counts what is here and what happened since Open. It costs the same however much
// that is.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Pending, st.Bytes = len(s.pending.parts), s.bytes
	st.MaxFiles, st.MaxBytes = s.config.maxFiles, s.config.maxBytes
	st.Dead, st.Bad = len(s.archives[Dead].entries), len(s.archives[Bad].entries)
	st.Elsewhere, st.Untried, st.Oldest = s.pending.elsewhere, s.pending.untried, s.pending.start()
	return st
}

// List reads a folder that another process may own: pending parts, then dead,
// then bad ones, each oldest first. A folder that does not exist is empty.
func List(dir string) ([]Entry, error) {
	var out []Entry
	for _, f := range []struct {
		dir   string
		state State
	}{{dir, Pending}, {filepath.Join(dir, "dead"), Dead}, {filepath.Join(dir, "bad"), Bad}} {
		entries, err := readFolder(f.dir, f.state)
		if err != nil {
			return nil, err
		}
		for i := range entries {
			if f.state == Pending {
				readNote(dir, &entries[i])
			}
			if f.state != Bad {
				entries[i].Destination = destinationOf(filepath.Join(f.dir, entries[i].ID+extension))
			}
		}
		byAge(entries)
		out = append(out, entries...)
	}
	return out, nil
}

// Load reads the content of a pending or dead part of a folder that another
// process may own. Damaged parts stay where they are.
func Load(dir, id string) (*tracepb.TracesData, error) {
	if _, err := parseName(id); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, id+extension)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		path = filepath.Join(dir, "dead", id+extension)
	}
	c, err := decodeFile(path, id)
	return c.data, err
}
