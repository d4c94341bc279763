package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/database"
)

func TestOpenRefusesInOneSentence(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, url, want string }{
		{"unknown kind", "mysql://root:secret@h/db", "is not known"},
		{"no file", "sqlite:///", "names no file"},
		{"not a database", filepath.Join(dir, "text"), "must be an SQLite file"},
		{"a folder below a file", filepath.Join(dir, "text", "x", "q.sqlite"), "create the folder of the database"},
		{"nobody listens", "postgres://u:secret@127.0.0.1:1/db", "is it running"},
		{"malformed", "postgres://u:secret@[::1/db", "can't be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := database.Open(t.Context(), c.url, database.Config{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("secret in %v", err)
			}
		})
	}
}
