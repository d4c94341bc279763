package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/otel/spool"
)

// outboxDirs are the folders of the outbox: the first, and those of processes
// that ran beside another one.
func outboxDirs(s *config.Settings) ([]string, error) {
	if err := s.Check(); err != nil {
		return nil, usage(err)
	}
	base := filepath.Join(s.Storage.DataDir, outboxFolder)
	// The star matches the siblings' numbers, and nothing for the first folder.
	dirs, err := filepath.Glob(base + "*")
	if err != nil {
		return nil, usage(fmt.Errorf("find the outbox in %s: %w", s.Storage.DataDir, err))
	}
	return dirs, nil
}

// located is an entry and the folder it lies in.
type located struct {
	spool.Entry
	dir string
}

// listOutbox reads all folders. Beside an error it gives what could be read.
func listOutbox(dirs []string) ([]located, error) {
	var all []located
	var errs []error
	for _, dir := range dirs {
		entries, err := spool.List(dir)
		errs = append(errs, err)
		for _, e := range entries {
			all = append(all, located{e, dir})
		}
	}
	return all, errors.Join(errs...)
}

// folderOf finds the folder that holds an entry.
func folderOf(s *config.Settings, id string) (string, error) {
	dirs, err := outboxDirs(s)
	if err != nil {
		return "", err
	}
	entries, err := listOutbox(dirs)
	if err != nil {
		return "", fmt.Errorf("list the outbox: %w", err)
	}
	for _, e := range entries {
		if e.ID == id {
			return e.dir, nil
		}
	}
	return "", usage(fmt.Errorf("%s is not in the outbox; commentator outbox list shows what is", id))
}
