package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// maxFormer bounds the instances of dead processes that a folder remembers; beyond it the oldest go.
const maxFormer = 64

const formerFile = "former"

// FormerInstances lists the instances of folders that were adopted, whose processes are dead:
// what they left RUNNING on a server is for this folder's process to end. They stay in the
// folder until ForgetInstances.
func (s *Spool) FormerInstances() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.former)
}

// ForgetInstances says that nothing of former instances has to be ended any more.
func (s *Spool) ForgetInstances(ids ...string) error {
	return s.changeFormer(func(all []string) []string {
		return slices.DeleteFunc(all, func(id string) bool { return slices.Contains(ids, id) })
	})
}

// inherit takes over an adopted folder's instances: its own, and those that it had inherited. The
// folder gets another id from whoever opens it next, who may be alive when these are ended.
func (s *Spool) inherit(other *Spool) error {
	ids := slices.DeleteFunc(append(other.FormerInstances(), other.instance), func(id string) bool { return id == "" })
	err := s.changeFormer(func(all []string) []string {
		for _, id := range ids {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
		return all[max(len(all)-maxFormer, 0):]
	})
	if err != nil {
		return err
	}
	err = errors.Join(removeFile(other.sub(formerFile)), removeFile(other.sub(instanceFile)))
	if err == nil && len(ids) > 0 {
		err = s.config.disk.SyncDir(other.dir)
	}
	if err != nil {
		return fmt.Errorf("take over the instance of %s: %w", other.dir, err)
	}
	return nil
}

func (s *Spool) changeFormer(change func([]string) []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	all := change(slices.Clone(s.former))
	if slices.Equal(all, s.former) {
		return nil
	}
	if err := s.writeList(formerFile, all); err != nil {
		return fmt.Errorf("write the outbox's former instances: %w", err)
	}
	s.former = all
	return nil
}

// writeList and readList keep a short list in a file of the folder.
func (s *Spool) writeList(file string, list any) error {
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.replaceFile(s.sub(file), body)
}

// readList gives an empty list where it cannot be read: what is lost with it is that runs of a
// killed process may show as running.
func readList[T any](s *Spool, file string, most int, maxBytes int64) (list []T, known bool) {
	body, err := readSmall(s.sub(file), maxBytes)
	if err == nil {
		err = json.Unmarshal(body, &list)
	}
	known = err == nil || errors.Is(err, fs.ErrNotExist)
	if !known {
		list = nil
		s.config.logger.Warn("outbox: what is known of earlier processes cannot be read", "file", s.sub(file), "error", err)
	}
	return list[max(len(list)-most, 0):], known
}

// loadFormer leaves out what is no id of ours.
func (s *Spool) loadFormer() {
	all, _ := readList[string](s, formerFile, maxFormer, maxNoteBytes)
	s.former = slices.DeleteFunc(all, func(id string) bool { return !isInstanceID(id) })
}
