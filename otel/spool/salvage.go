package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// salvage decides on a temporary file whose writer died before the rename. Nobody was
// told that it is kept, yet one that is whole is a finished trace all the same: a
// program that ends right after its root span keeps what it came to write. What is not
// whole, as gzip's checksum tells, or is no part, is removed.
func (s *Spool) salvage(temp string) error {
	from, part := s.sub(temp), strings.TrimSuffix(temp, tempExtension)
	if !s.isWhole(from, part) {
		if err := os.Remove(from); err != nil {
			return fmt.Errorf("remove leftover: %w", err)
		}
		return nil
	}
	info, err := s.finish(from, s.sub(part))
	if err != nil { // it stays for the next Open
		s.config.logger.Warn("cannot take over a part that an earlier process was writing", "file", from, "error", err)
		return nil
	}
	return s.loadPart(info)
}

// isWhole reports whether the file at path is what was to become part.
func (s *Spool) isWhole(path, part string) bool {
	id, ok := strings.CutSuffix(part, extension)
	if _, err := parseName(id); !ok || err != nil {
		return false
	}
	if _, err := os.Lstat(s.sub(part)); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err := decodeFile(path, id)
	return err == nil
}

// finish does what the writer had left to do.
func (s *Spool) finish(from, to string) (fs.FileInfo, error) {
	f, err := openFile(from, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), f.Close(), s.config.disk.Rename(from, to), s.config.disk.SyncDir(s.dir)); err != nil {
		return nil, err
	}
	return os.Lstat(to)
}
