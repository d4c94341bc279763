//go:build unix

package database_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/technoshare/commentator/internal/database"
)

// What stays as it is was waited for without end, as if the database were away.
func TestOpenSaysWhatToMendAndDoesNotWaitForIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, folder := filepath.Join(dir, "pipe"), filepath.Join(dir, "folder")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	check := func(name, rawURL, want string) {
		t.Helper()
		db, err := database.Open(t.Context(), rawURL, database.Config{})
		if err == nil {
			_ = db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || database.IsUnavailable(err) {
			t.Errorf("%s: got %v, want %q in it; waited for: %v", name, err, want, database.IsUnavailable(err))
		}
	}
	check("a pipe", pipe, "is no regular file")
	check("a folder", folder, "set COMMENTATOR_DATABASE_URL")
	if postgres == nil {
		t.Skip("no Postgres on this machine")
	}

	server := postgres.Database(t)
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	for _, statement := range []string{
		"CREATE DATABASE " + name + "_latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'",
		"CREATE ROLE " + name + "_weak LOGIN PASSWORD 'secret'",
		"REVOKE CREATE ON SCHEMA public FROM public",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = conn.Exec(context.Background(), "DROP DATABASE "+name+"_latin WITH (FORCE)")
		_, _ = conn.Exec(context.Background(), "DROP OWNED BY "+name+"_weak")
		_, _ = conn.Exec(context.Background(), "DROP ROLE "+name+"_weak")
	})
	latin, weak := *u, *u
	latin.Path, weak.User = u.Path+"_latin", url.UserPassword(name+"_weak", "secret")
	check("an encoding without every character", latin.String(), "ENCODING 'UTF8'")
	check("a user who may make nothing", weak.String(), "GRANT USAGE, CREATE")
	db, err := database.Open(t.Context(), server, database.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if _, err := conn.Exec(t.Context(), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+name+"_weak"); err != nil {
		t.Fatal(err)
	}
	check("a user who may only read", weak.String(), "must own the tables")
}
