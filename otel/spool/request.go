package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// requestInterval is how often the owner of a folder looks for requests.
const requestInterval = time.Second

// maxRequests bounds how many are carried out at once; the others follow.
const maxRequests = 1000

const (
	retryVerb = "retry-"
	dropVerb  = "drop-"
	// A redirect's file has the destination in it.
	redirectVerb = "redirect-"
)

// Retry asks for a new attempt at once: a dead part comes back, a pending one
// stops waiting. done is false when another process owns the folder; it was
// asked then and acts within a second or so.
func Retry(dir, id string) (done bool, err error) {
	return act(dir, id, retryVerb, nil, (*Spool).Retry)
}

// Drop deletes a part for good, as Retry through the owner if there is one.
func Drop(dir, id string) (done bool, err error) {
	return act(dir, id, dropVerb, nil, func(s *Spool, id string) error { return s.Remove(id) })
}

// act does something to a part, or asks the owner of the folder for it. body is what the owner has to know.
func act(dir, id, verb string, body []byte, do func(*Spool, string) error) (bool, error) {
	entries, err := List(dir)
	if err != nil {
		return false, err
	}
	// An id that is listed is a file name, so it cannot be a path.
	if !slices.ContainsFunc(entries, func(e Entry) bool { return e.ID == id }) {
		return false, notFound(id)
	}
	s, err := Open(dir)
	if IsLocked(err) {
		if err := writeSmall(filepath.Join(dir, "requests", verb+id), body); err != nil {
			return false, fmt.Errorf("ask the owner of the outbox: %w", err)
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(do(s, id), s.Close())
}

// watch carries out requests until Close. A poll of an empty folder each second is
// cheaper than a watch that has to work on every system.
func (s *Spool) watch() {
	tick := time.NewTicker(requestInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			_ = s.restore() // tried again each second
			s.handleRequests()
			s.probe(time.Now())
		}
	}
}

// handleRequests does what other processes asked for. A request is removed before it is carried
// out, so that one that fails is not tried for ever.
func (s *Spool) handleRequests() {
	dir, err := os.Open(s.sub("requests"))
	if err != nil {
		return // the folder was removed by hand: nothing is asked for
	}
	files, _ := dir.ReadDir(maxRequests)
	_ = dir.Close()
	slices.SortFunc(files, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, f := range files {
		path := filepath.Join(s.sub("requests"), f.Name())
		body, _ := readSmall(path, maxDestination) // of most requests it is empty
		if removeFile(path) != nil {
			continue
		}
		var err error
		if id, ok := strings.CutPrefix(f.Name(), retryVerb); ok {
			err = s.Retry(id)
		} else if id, ok := strings.CutPrefix(f.Name(), dropVerb); ok {
			err = s.Remove(id)
		} else if id, ok := strings.CutPrefix(f.Name(), redirectVerb); ok {
			err = s.redirectAsked(id, body)
		}
		if err != nil {
			s.config.logger.Warn("outbox request failed", "request", f.Name(), "error", err)
		}
	}
}
