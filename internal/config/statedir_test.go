package config

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestDataFolderWithoutAHomeIsTheService(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	home, state, service := t.TempDir(), t.TempDir(), t.TempDir()
	inHome := filepath.Join(home, ".local", "state", "commentator")
	switch runtime.GOOS {
	case "darwin", "windows":
		t.Skip("the home's folders have other names")
	}
	below := filepath.Join(file, "home")
	for name, c := range map[string]struct {
		xdg, home, service string
		want               string // empty: an error
	}{
		"all set":            {state, home, service, filepath.Join(state, "commentator")},
		"home":               {"", home, service, inHome},
		"home unset":         {"", "", service, service},
		"home not writable":  {"", below, service, service},
		"several of systemd": {"", "", service + ":/var/lib/other", service},
		"state not writable": {below, home, service, inHome},
		"none writable":      {"", below, filepath.Join(file, "x"), filepath.Join(below, ".local", "state", "commentator")},
		"nothing":            {"", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", c.xdg)
			t.Setenv("HOME", c.home)
			t.Setenv("STATE_DIRECTORY", c.service)
			got, err := stateDir()
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(home, ".local")); err == nil {
		t.Error("looking made a folder")
	}
}
