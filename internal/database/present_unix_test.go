//go:build unix

package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/database"
)

// The worker was ready, and acknowledged events that nobody could find after a restart. (Windows lets nobody
// take the file away.)
func TestAFileThatWasTakenAwayIsNotReady(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(file string) error
		want string
	}{
		"nothing": {func(string) error { return nil }, ""},
		"deleted": {os.Remove, "was deleted"},
		"moved":   {func(f string) error { return os.Rename(f, f+".old") }, "was deleted"},
		"its folder moved": {
			func(f string) error { return os.Rename(filepath.Dir(f), filepath.Dir(f)+".old") }, "was deleted",
		},
		"replaced": {func(f string) error {
			if err := os.WriteFile(f+".backup", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(f+".backup", f)
		}, "another file is in its place"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "data", "q.sqlite")
			db, err := database.Open(t.Context(), file, database.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if err := c.do(file); err != nil {
				t.Fatal(err)
			}
			err = db.Ping(t.Context())
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
