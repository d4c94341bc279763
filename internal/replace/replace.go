// Package replace writes files anew in one step, so that who reads one meanwhile, or after a crash, has
// all of the former content or all of the new.
package replace

import (
	"errors"
	"os"
	"path/filepath"
)

// File writes data to path by way of a file beside it, which only its owner can read. It may be called by
// several processes at once: the last one counts.
func File(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
