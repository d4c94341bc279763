package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// stateDir is where a program keeps state by the platform's custom: in
// $XDG_STATE_HOME (XDG Base Directory Specification), or its equivalent in the home, or
// where systemd keeps that of a service (StateDirectory= in systemd.exec(5)). It is the
// first of them that can be written; if none can, the first, and EnsureDataDir says why.
func stateDir() (string, error) {
	dirs := stateDirs()
	if len(dirs) == 0 {
		return "", errors.New("find the user's state folder: neither HOME, XDG_STATE_HOME nor STATE_DIRECTORY is set; set COMMENTATOR_DATA_DIR")
	}
	for _, dir := range dirs {
		if canBeMade(dir) {
			return dir, nil
		}
	}
	return dirs[0], nil
}

func stateDirs() (dirs []string) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		dirs = append(dirs, filepath.Join(dir, "commentator"))
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		switch runtime.GOOS {
		case "darwin":
			dirs = append(dirs, filepath.Join(home, "Library", "Application Support", "commentator"))
		case "windows":
			dirs = append(dirs, filepath.Join(home, "AppData", "Local", "commentator"))
		default:
			dirs = append(dirs, filepath.Join(home, ".local", "state", "commentator"))
		}
	}
	// The service's own folder, the first of several: nothing is put below it.
	if dir, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":"); filepath.IsAbs(dir) {
		dirs = append(dirs, dir)
	}
	return dirs
}

// canBeMade reports whether dir is a folder that can be written, or can be made. It
// makes nothing.
func canBeMade(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			return info.IsDir() && writable(dir)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}
