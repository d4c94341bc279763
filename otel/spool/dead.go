package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// MoveToDead makes a pending part a dead letter: it is moved to dead/, with the
// reason beside it, and is not tried again until somebody asks for it by Retry.
func (s *Spool) MoveToDead(id, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pending.parts[id]
	switch {
	case s.closed:
		return ErrClosed
	case e == nil:
		return notFound(id)
	}
	if err := s.moveTo(Dead, *e, reason); err != nil {
		return fmt.Errorf("move part to the dead letters: %w", err)
	}
	return nil
}

// Retry moves a dead part back, to be tried again at once. For a pending part
// it clears the wait until its next attempt.
func (s *Spool) Retry(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.retry(id)
}

// retry is called under mu.
func (s *Spool) retry(id string) error {
	if e := s.pending.parts[id]; e != nil {
		s.pending.update(e, func(e *Entry) { e.Attempts, e.NextAttempt = 0, noWait })
		s.changed(*e)
		s.signal()
		return s.removeNote(id)
	}
	dead := s.archives[Dead]
	e := dead.entries[id]
	if e == nil {
		return notFound(id)
	}
	if err := s.roomFor(e.Bytes); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dead.dir, id+extension), s.sub(id+extension)); err != nil {
		return fmt.Errorf("retry part: %w", err)
	}
	dead.discard(id)
	back := *e
	// An attempt may have left something on the server.
	back.State, back.Reason, back.FoundAtOpen = Pending, "", true
	back.Destination = s.lookUp(s.sub(id + extension))
	s.enter(back)
	s.changed(back)
	s.signal()
	err := errors.Join(
		removeFile(filepath.Join(dead.dir, id+reasonExtension)),
		s.config.disk.SyncDir(s.dir), s.config.disk.SyncDir(dead.dir),
	)
	if err != nil {
		return fmt.Errorf("retry part: %w", err)
	}
	return nil
}

// moveTo moves a file of the outbox into an archive. The caller holds mu, or is
// Open. The reason is written first: a file without one would leave people
// helpless, while a reason without its file is swept up at the next Open.
func (s *Spool) moveTo(to State, e Entry, reason string) error {
	a := s.archives[to]
	reason = clip(reason)
	from := s.sub(e.ID + extension)
	if to == Bad {
		e.ID = safeName(e.ID)
	}
	if err := makeFolder(a.dir); err != nil { // somebody may have removed it
		return fmt.Errorf("create outbox folder: %w", err)
	}
	err := writeSmall(filepath.Join(a.dir, e.ID+reasonExtension), []byte(reason+"\n"))
	if err != nil && !IsNoSpace(err) {
		return fmt.Errorf("write reason: %w", err)
	}
	if err := os.Rename(from, filepath.Join(a.dir, e.ID+extension)); err != nil {
		return fmt.Errorf("move part to %s: %w", to, err)
	}
	if old := s.pending.parts[e.ID]; old != nil {
		s.leave(*old)
		s.resetRefusalLog()
	}
	e.State, e.Reason = to, reason
	a.add(&e)
	switch to {
	case Bad:
		s.stats.Corrupt++
	default:
		s.stats.DeadLettered++
	}
	n, err := a.evict()
	s.stats.Evicted += uint64(n) //nolint:gosec // a count
	return errors.Join(err, s.removeNote(e.ID), s.config.disk.SyncDir(a.dir), s.config.disk.SyncDir(s.dir))
}

// sayBad says that a file is in bad/ now, unless it is not. It is not called under mu: a log may take its time.
func (s *Spool) sayBad(id, reason string, err error) error {
	if err == nil {
		file := filepath.Join(s.archives[Bad].dir, safeName(id)+extension)
		s.config.logger.Error("outbox: unreadable file set aside", "file", file, "reason", clip(reason))
	}
	return err
}

// Dead lists the dead letters, what was refused for good, oldest first.
func (s *Spool) Dead() ([]Entry, error) { return s.listArchive(Dead) }

// Bad lists what could not be read, oldest first.
func (s *Spool) Bad() ([]Entry, error) { return s.listArchive(Bad) }

func (s *Spool) listArchive(state State) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return s.archives[state].list(), nil
}

// maxReason bounds, in characters, what is kept of a reason.
const maxReason = 2 << 10

// clip bounds a reason and keeps it printable on a terminal.
func clip(reason string) string { return plaintext.Text(reason, maxReason) }
