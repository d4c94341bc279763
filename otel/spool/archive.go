package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// archive is the folder dead/ or bad/: files that nobody tries again, each with
// its reason beside it. Its oldest files go once its bounds are reached, those first
// whose loss costs least. Guarded by Spool.mu.
type archive struct {
	dir      string
	state    State
	maxFiles int
	maxBytes int64
	first    func(reason string) bool // of what is removed before all others
	entries  map[string]*Entry
	bytes    int64
}

func (a *archive) load() error {
	a.entries = map[string]*Entry{}
	a.renameUnsafe()
	entries, err := readFolder(a.dir, a.state)
	if err != nil {
		return err
	}
	for _, e := range entries {
		a.add(&e)
	}
	files, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("list %s: %w", a.state, err)
	}
	for _, f := range files {
		// The reason is written first, so a crash can leave one alone.
		id, ok := strings.CutSuffix(f.Name(), reasonExtension)
		if ok && a.entries[id] == nil {
			_ = os.Remove(filepath.Join(a.dir, f.Name())) // else the next Open does
		}
	}
	return nil
}

// renameUnsafe gives names for people to files that somebody put here.
func (a *archive) renameUnsafe() {
	files, err := os.ReadDir(a.dir)
	if err != nil {
		return // for who lists them next to say
	}
	for _, f := range files {
		for _, ext := range []string{extension, reasonExtension} {
			id, ok := strings.CutSuffix(f.Name(), ext)
			if ok && id != safeName(id) && f.Type().IsRegular() {
				_ = os.Rename(filepath.Join(a.dir, f.Name()), filepath.Join(a.dir, safeName(id)+ext)) // else it is not listed
			}
		}
	}
}

// add takes a file into the index, in place of one with the same id.
func (a *archive) add(e *Entry) {
	a.discard(e.ID)
	a.entries[e.ID] = e
	a.bytes += e.Bytes
}

// discard takes a file out of the index. The file itself is left alone.
func (a *archive) discard(id string) {
	if e := a.entries[id]; e != nil {
		a.bytes -= e.Bytes
		delete(a.entries, id)
	}
}

// remove deletes a file and its reason.
func (a *archive) remove(id string) error {
	a.discard(id)
	return errors.Join(
		removeFile(filepath.Join(a.dir, id+extension)),
		removeFile(filepath.Join(a.dir, id+reasonExtension)),
	)
}

// evict removes files until the bounds hold, and returns how many.
func (a *archive) evict() (int, error) {
	if len(a.entries) <= a.maxFiles && a.bytes <= a.maxBytes {
		return 0, nil
	}
	var errs error
	n := 0
	victims := a.list()
	slices.SortStableFunc(victims, func(x, y Entry) int {
		switch fx, fy := a.first(x.Reason), a.first(y.Reason); {
		case fx == fy:
			return 0 // the oldest, as listed
		case fx:
			return -1
		}
		return 1
	})
	for _, e := range victims {
		if len(a.entries) <= a.maxFiles && a.bytes <= a.maxBytes {
			break
		}
		errs = errors.Join(errs, a.remove(e.ID))
		n++
	}
	return n, errs
}

func (a *archive) list() []Entry {
	out := make([]Entry, 0, len(a.entries))
	for _, e := range a.entries {
		out = append(out, *e)
	}
	byAge(out)
	return out
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
