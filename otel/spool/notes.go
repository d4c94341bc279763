package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var noWait time.Time

// note is what delivery knows about a pending part that failed. It is written
// for readers in other processes and for the next start, without flushing:
// losing one costs an attempt too early, nothing else.
type note struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next"`
	Reason   string    `json:"reason"`
}

// Note records a failed attempt to deliver a part.
func (s *Spool) Note(id string, attempts int, next time.Time, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.pending.parts[id]
	switch {
	case s.closed:
		return ErrClosed
	case e == nil:
		return notFound(id)
	}
	s.pending.update(e, func(e *Entry) { e.Attempts, e.NextAttempt, e.Reason = attempts, next, clip(reason) })
	s.changed(*e)
	body, err := json.Marshal(note{e.Attempts, e.NextAttempt, e.Reason})
	if err != nil {
		return fmt.Errorf("marshal note: %w", err)
	}
	if err := writeSmall(notePath(s.dir, id), body); err != nil {
		return fmt.Errorf("write note: %w", err)
	}
	return nil
}

func notePath(dir, id string) string { return filepath.Join(dir, "notes", id+".json") }

func (s *Spool) removeNote(id string) error {
	if err := removeFile(notePath(s.dir, id)); err != nil {
		return fmt.Errorf("remove note: %w", err)
	}
	return nil
}

// loadNotes fills in what is known of pending parts, and removes notes whose
// part is gone. Without them parts are tried earlier, nothing else.
func (s *Spool) loadNotes() {
	files, err := os.ReadDir(s.sub("notes"))
	if err != nil {
		s.config.logger.Warn("outbox: notes of earlier attempts cannot be read", "dir", s.sub("notes"), "error", err)
		return
	}
	for _, f := range files {
		id, _ := strings.CutSuffix(f.Name(), ".json")
		if e := s.pending.parts[id]; e != nil {
			s.pending.update(e, func(e *Entry) { readNote(s.dir, e) })
			continue
		}
		_ = removeFile(filepath.Join(s.dir, "notes", f.Name())) // else the next Open does
	}
}

// readNote leaves e as it is when there is no note, or a damaged one.
func readNote(dir string, e *Entry) {
	body, err := readSmall(notePath(dir, e.ID), maxNoteBytes)
	if err != nil {
		return
	}
	var n note
	if json.Unmarshal(body, &n) == nil {
		e.Attempts, e.NextAttempt, e.Reason = n.Attempts, n.Next, clip(n.Reason)
	}
}

// readFolder lists the parts in one folder, without reading them.
func readFolder(dir string, state State) ([]Entry, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s parts: %w", state, err)
	}
	var entries []Entry
	for _, f := range files {
		id, ok := strings.CutSuffix(f.Name(), extension)
		if !ok || !f.Type().IsRegular() {
			continue
		}
		info, err := f.Info()
		if err != nil {
			continue // gone since: its owner is at work
		}
		e := Entry{ID: id, Bytes: info.Size()}
		if n, err := parseName(id); err == nil {
			e = n.entry(info.Size())
		} else if state == Pending || id != safeName(id) {
			continue // the owner sets it aside, or gives it a name for people, at its next start
		}
		e.State = state
		if state != Pending {
			reason, _ := readSmall(filepath.Join(dir, id+reasonExtension), maxReasonBytes) // may have been lost with the power
			e.Reason = clip(string(reason))
		}
		entries = append(entries, e)
	}
	return entries, nil
}
