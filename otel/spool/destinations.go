package spool

import (
	"fmt"
	"slices"
)

// maxDestinations bounds the destinations that a folder remembers; beyond it the one that was
// not used for longest goes.
const maxDestinations = 32

// maxDestinationsBytes bounds, in bytes, what is read of their file.
const maxDestinationsBytes = maxDestinations * (maxDestination + 1)

const destinationsFile = "destinations"

// Destinations lists where processes with this folder delivered to, also when no part is left
// of it: what one began there and did not end is to be ended there. The one that was used
// last comes last.
func (s *Spool) Destinations() []Destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.used)
}

// UseDestination remembers a destination in the folder, as the one that was used last. There is
// no I/O when it is that already.
func (s *Spool) UseDestination(d Destination) error {
	return s.changeDestinations(func(all []Destination) []Destination {
		if d.IsZero() {
			return all
		}
		all = append(slices.DeleteFunc(all, func(x Destination) bool { return x == d }), d)
		return all[max(len(all)-maxDestinations, 0):]
	})
}

// ForgetDestination says that nothing of ours has to be ended there any more. It stays remembered
// while a part may be for it.
func (s *Spool) ForgetDestination(d Destination) error {
	if s.mayHold(d) {
		return nil
	}
	return s.changeDestinations(func(all []Destination) []Destination {
		return slices.DeleteFunc(all, func(x Destination) bool { return x == d })
	})
}

func (s *Spool) changeDestinations(change func([]Destination) []Destination) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	all := change(slices.Clone(s.used))
	if slices.Equal(all, s.used) {
		return nil
	}
	if err := s.writeList(destinationsFile, all); err != nil {
		return fmt.Errorf("write the outbox's destinations: %w", err)
	}
	s.used = all
	s.compare()
	return nil
}

// compare finds out whether the owner delivers to all that the folder was used for: then no file has
// to be looked into for its destination before it is read to be delivered. Called under mu.
func (s *Spool) compare() {
	s.mixed = slices.ContainsFunc(s.used, func(d Destination) bool { return !s.reaches(d) })
}

// lookUp is the destination in a file, if it matters before the file is read; called under mu.
func (s *Spool) lookUp(path string) Destination {
	if !s.mixed {
		return Destination{}
	}
	return destinationOf(path)
}

// list remembers a destination before a part for it is stored.
func (s *Spool) list(d Destination) error {
	s.mu.Lock()
	known := d.IsZero() || s.closed || slices.Contains(s.used, d)
	s.mu.Unlock()
	if known {
		return nil
	}
	return s.UseDestination(d)
}

// mayHold reports whether a part may be for a destination. Not every file was looked into.
func (s *Spool) mayHold(d Destination) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.archives[Dead].entries) > 0 {
		return true
	}
	for _, e := range s.pending.parts {
		if e.Destination == d || e.FoundAtOpen && e.Destination.IsZero() {
			return true
		}
	}
	return false
}

// replaceFile writes a file in one step that survives a crash.
func (s *Spool) replaceFile(path string, body []byte) error {
	d := s.config.disk
	temp := path + tempExtension
	if err := d.WriteFile(temp, body); err != nil {
		return err
	}
	if err := d.Rename(temp, path); err != nil {
		return err
	}
	return d.SyncDir(s.dir)
}

// loadDestinations has each file looked into where the list cannot be read.
func (s *Spool) loadDestinations() {
	var known bool
	s.used, known = readList[Destination](s, destinationsFile, maxDestinations, maxDestinationsBytes)
	s.compare()
	s.mixed = s.mixed || !known
}
