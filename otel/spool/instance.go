package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// isInstanceID reports whether an id can be one of ours: it goes into filters of searches.
func isInstanceID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

const instanceFile = "instance"

// readInstance gives "" where there is none.
func readInstance(path string) (string, error) {
	old, err := readSmall(path, maxInstanceBytes)
	if id := strings.TrimSpace(string(old)); err == nil && isInstanceID(id) {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotRegular(err) {
		return "", fmt.Errorf("read instance id: %w", err)
	}
	return "", nil
}

func newInstance(path string) (string, error) {
	id := strings.ToLower(rand.Text())
	d := osDisk{}
	temp := path + tempExtension
	err := d.WriteFile(temp, []byte(id+"\n"))
	if err == nil {
		err = d.Rename(temp, path)
	}
	if err == nil {
		err = d.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return "", fmt.Errorf("write instance id: %w", err)
	}
	return id, nil
}
