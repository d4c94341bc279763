package runprocessor

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// tempDir is this user's folder within temp.
func tempDir(temp string) string {
	return filepath.Join(temp, "otel-mlflow-"+strconv.Itoa(os.Getuid()))
}

// privateTemp returns a folder within temp that is this user's alone: the one of
// earlier programs, so that what they left is delivered, or a new one where somebody
// else has taken its name. Traces hold prompts and answers, and temp is for all.
func privateTemp(temp string) (string, error) {
	dir := tempDir(temp)
	if err := os.Mkdir(dir, 0o700); err == nil || isPrivate(dir) {
		return dir, nil
	}
	dir, err := os.MkdirTemp(temp, "otel-mlflow-")
	if err != nil {
		return "", fmt.Errorf("make a temporary outbox: %w", err)
	}
	return dir, nil
}
