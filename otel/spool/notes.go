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
	e := s.pending[id]
	switch {
	case s.closed:
		return ErrClosed
	case e == nil:
		return notFound(id)
	}
	e.Attempts, e.NextAttempt, e.Reason = attempts, next, clip(reason)
	body, err := json.Marshal(note{e.Attempts, e.NextAttempt, e.Reason})
	if err != nil {
		return fmt.Errorf("marshal note: %w", err)
	}
	if err := os.WriteFile(notePath(s.dir, id), body, 0o600); err != nil {
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
// part is gone.
func (s *Spool) loadNotes() error {
	files, err := os.ReadDir(s.sub("notes"))
	if err != nil {
		return fmt.Errorf("list notes: %w", err)
	}
	for _, f := range files {
		id, _ := strings.CutSuffix(f.Name(), ".json")
		if e := s.pending[id]; e != nil {
			readNote(s.dir, e)
			continue
		}
		if err := removeFile(filepath.Join(s.dir, "notes", f.Name())); err != nil {
			return fmt.Errorf("remove note: %w", err)
		}
	}
	return nil
}

// readNote leaves e as it is when there is no note, or a damaged one.
func readNote(dir string, e *Entry) {
	body, err := os.ReadFile(notePath(dir, e.ID))
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
		if !ok || f.IsDir() {
			continue
		}
		info, err := f.Info()
		if err != nil {
			continue // gone since: its owner is at work
		}
		e := Entry{ID: id, Bytes: info.Size()}
		if n, err := parseName(id); err == nil {
			e = n.entry(info.Size())
		} else if state == Pending {
			continue // the owner sets it aside at its next start
		}
		e.State = state
		if state != Pending {
			reason, _ := os.ReadFile(filepath.Join(dir, id+reasonExtension)) // may have been lost with the power
			e.Reason = clip(string(reason))
		}
		entries = append(entries, e)
	}
	return entries, nil
}
