package spool

import (
	"errors"
	"fmt"
	"os"
)

// makeSubfolders makes what is not there.
func (s *Spool) makeSubfolders() error {
	for _, sub := range []string{"dead", "bad", "notes", "requests"} {
		if err := makeFolder(s.sub(sub)); err != nil {
			return fmt.Errorf("create outbox folder: %w", err)
		}
	}
	return nil
}

// restore makes the folder this process's again after somebody removed it, or its lock. What waited
// in it is gone; what comes from now on is not. While another process has the folder, the error is
// a *LockedError.
func (s *Spool) restore() error {
	s.mu.Lock()
	lock, closed, known := s.lock, s.closed, s.takenLogged
	s.mu.Unlock()
	if closed || lock.holds() { // not asked under mu: a disk may not answer, which Health says
		return nil
	}
	made, err := s.makeAgain()
	switch { // not under mu: a log may take its time
	case made:
		s.config.logger.Warn("outbox: the folder, or its lock, was removed while in use; it is made again", "dir", s.dir)
	case IsLocked(err) && !known:
		s.config.logger.Error("outbox: the folder, or its lock, was removed while in use, and another process has it now; "+
			"give each process an outbox of its own", "dir", s.dir, "error", err)
	}
	return err
}

func (s *Spool) makeAgain() (made bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.lock.holds() {
		return false, nil
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return false, fmt.Errorf("create outbox folder: %w", err)
	}
	lock, err := lockDir(s.dir)
	if err != nil {
		s.takenLogged = s.takenLogged || IsLocked(err)
		return false, err
	}
	err = errors.Join(
		s.lock.Close(), s.makeSubfolders(), s.replaceFile(s.sub(instanceFile), []byte(s.instance+"\n")),
		s.writeList(destinationsFile, s.used), s.writeList(formerFile, s.former),
	)
	s.lock, s.takenLogged = lock, false
	return true, err
}
