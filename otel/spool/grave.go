package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// grave is dead/ or bad/: files that nobody tries again, each with its reason
// beside it. Guarded by Spool.mu.
type grave struct {
	dir      string
	state    State
	maxFiles int
	maxBytes int64
	entries  map[string]*Entry
	bytes    int64
}

func (g *grave) load() error {
	g.entries = map[string]*Entry{}
	entries, err := readFolder(g.dir, g.state)
	if err != nil {
		return err
	}
	for _, e := range entries {
		g.entries[e.ID] = &e
		g.bytes += e.Bytes
	}
	files, err := os.ReadDir(g.dir)
	if err != nil {
		return fmt.Errorf("list %s: %w", g.state, err)
	}
	for _, f := range files {
		// The reason is written first, so a crash can leave one alone.
		id, ok := strings.CutSuffix(f.Name(), reasonExtension)
		if ok && g.entries[id] == nil {
			if err := os.Remove(filepath.Join(g.dir, f.Name())); err != nil {
				return fmt.Errorf("remove leftover: %w", err)
			}
		}
	}
	return nil
}

func (g *grave) forget(id string) {
	if e := g.entries[id]; e != nil {
		g.bytes -= e.Bytes
		delete(g.entries, id)
	}
}

func (g *grave) remove(id string) error {
	g.forget(id)
	return errors.Join(
		removeFile(filepath.Join(g.dir, id+extension)),
		removeFile(filepath.Join(g.dir, id+reasonExtension)),
	)
}

// evict removes the oldest until the bounds hold, and returns how many.
func (g *grave) evict() (int, error) {
	if len(g.entries) <= g.maxFiles && g.bytes <= g.maxBytes {
		return 0, nil
	}
	var errs error
	n := 0
	for _, e := range g.list() {
		if len(g.entries) <= g.maxFiles && g.bytes <= g.maxBytes {
			break
		}
		errs = errors.Join(errs, g.remove(e.ID))
		n++
	}
	return n, errs
}

func (g *grave) list() []Entry {
	out := make([]Entry, 0, len(g.entries))
	for _, e := range g.entries {
		out = append(out, *e)
	}
	byAge(out)
	return out
}

// inter moves a file of the outbox into a grave. Caller holds mu, or is Open.
func (s *Spool) inter(to State, e Entry, reason string) error {
	g := s.graves[to]
	reason = clip(reason)
	if err := os.WriteFile(filepath.Join(g.dir, e.ID+reasonExtension), []byte(reason+"\n"), 0o600); err != nil && !IsNoSpace(err) {
		return fmt.Errorf("write reason: %w", err)
	}
	if err := os.Rename(s.sub(e.ID+extension), filepath.Join(g.dir, e.ID+extension)); err != nil {
		return fmt.Errorf("move part to %s: %w", to, err)
	}
	if s.pending[e.ID] != nil {
		delete(s.pending, e.ID)
		s.bytes -= e.Bytes
		s.tellAgain()
	}
	e.State, e.Reason = to, reason
	g.forget(e.ID)
	g.entries[e.ID] = &e
	g.bytes += e.Bytes
	switch to {
	case Bad:
		s.stats.Corrupt++
		s.config.logger.Error("outbox: unreadable file set aside", "file", filepath.Join(g.dir, e.ID+extension), "reason", reason)
	default:
		s.stats.Buried++
	}
	n, err := g.evict()
	s.stats.Evicted += uint64(n)
	return errors.Join(err, s.forgetNote(e.ID), s.config.disk.SyncDir(g.dir), s.config.disk.SyncDir(s.dir))
}

// Bury moves a pending part to dead/, with the reason beside it.
func (s *Spool) Bury(id, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pending[id]
	switch {
	case s.closed:
		return ErrClosed
	case e == nil:
		return notFound(id)
	}
	if err := s.inter(Dead, *e, reason); err != nil {
		return fmt.Errorf("bury part: %w", err)
	}
	return nil
}

// Revive moves a dead part back, to be tried again at once. For a pending part
// it clears the wait until its next attempt.
func (s *Spool) Revive(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if e := s.pending[id]; e != nil {
		e.Attempts, e.NextAttempt = 0, noWait
		s.signal()
		return s.forgetNote(id)
	}
	g := s.graves[Dead]
	e := g.entries[id]
	if e == nil {
		return notFound(id)
	}
	if err := s.roomFor(1, e.Bytes); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(g.dir, id+extension), s.sub(id+extension)); err != nil {
		return fmt.Errorf("revive part: %w", err)
	}
	g.forget(id)
	back := *e
	back.State, back.Reason, back.FoundAtOpen = Pending, "", true
	s.pending[id] = &back
	s.bytes += back.Bytes
	s.signal()
	err := errors.Join(
		removeFile(filepath.Join(g.dir, id+reasonExtension)),
		s.config.disk.SyncDir(s.dir), s.config.disk.SyncDir(g.dir),
	)
	if err != nil {
		return fmt.Errorf("revive part: %w", err)
	}
	return nil
}

// Dead lists what was refused for good, oldest first.
func (s *Spool) Dead() ([]Entry, error) { return s.listGrave(Dead) }

// Bad lists what could not be read, oldest first.
func (s *Spool) Bad() ([]Entry, error) { return s.listGrave(Bad) }

func (s *Spool) listGrave(state State) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return s.graves[state].list(), nil
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// clip bounds a reason and keeps it printable on a terminal.
func clip(reason string) string {
	const maxBytes = 4 << 10
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(reason), "\uFFFD"))
	if len(clean) > maxBytes {
		clean = strings.ToValidUTF8(clean[:maxBytes], "") + "…"
	}
	return clean
}
