package spool

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// How often the owner tries whether the disk takes anything: always, and while it does
// not.
const (
	probeInterval      = 10 * time.Second
	probeAgainInterval = time.Second
)

// probeTimeout is from when on a disk that does not answer counts as broken.
const probeTimeout = 10 * time.Second

// probeBytes is what is written to find out; less may fit into a block that is there.
const probeBytes = 64 << 10

// probeFile is a temporary file for Open, which removes one that a crash left.
const probeFile = "probe" + tempExtension

// health is what is known of the disk without asking it.
type health struct {
	mu      sync.Mutex
	err     error     // why the last write failed; nil: it did not
	asked   time.Time // since when a probe is under way; zero: none
	checked time.Time // of the last probe
}

func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (h *health) state(now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err == nil && !h.asked.IsZero() && now.Sub(h.asked) > probeTimeout {
		return fmt.Errorf("the disk has not answered a write for %s", now.Sub(h.asked).Round(time.Second))
	}
	return h.err
}

// due reports whether to try the disk now, and then begins that.
func (h *health) due(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	wait := probeInterval
	if h.err != nil {
		wait = probeAgainInterval
	}
	if !h.checked.IsZero() && now.Sub(h.checked) < wait {
		return false
	}
	h.asked, h.checked = now, now
	return true
}

func (h *health) done(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked, h.err = time.Time{}, err
}

// Health returns nil while the outbox can take a part, and else why it cannot: its bounds
// are reached (IsFull), the disk is full (IsNoSpace), fails or does not answer, or it is
// closed (ErrClosed). It asks no disk: that is tried every ten seconds, and each second
// while it fails, so the answer may be that old.
func (s *Spool) Health() error {
	s.mu.Lock()
	closed, full := s.closed, s.roomFor(1)
	s.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if full != nil {
		return full
	}
	if err := s.health.state(time.Now()); err != nil {
		return fmt.Errorf("outbox %s takes no traces: %w", s.dir, err)
	}
	return nil
}

// probe tries whether the disk takes anything, if it is time.
func (s *Spool) probe(now time.Time) {
	if !s.health.due(now) {
		return
	}
	path := s.sub(probeFile)
	err := s.config.disk.WriteFile(path, make([]byte, probeBytes))
	s.health.done(errors.Join(err, removeFile(path)))
}

// tried takes note of what became of a write of a part: the next probe need not come first.
func (s *Spool) tried(err error) {
	_, onDisk := errors.AsType[*os.PathError](err)
	_, onLink := errors.AsType[*os.LinkError](err)
	switch {
	case err == nil:
		s.health.set(nil)
	case onDisk, onLink, IsNoSpace(err):
		s.health.set(err)
	}
}
