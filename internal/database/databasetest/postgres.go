// Package databasetest gives tests a Postgres of their own. In goes nothing but
// the binaries on this machine; out comes the URL of a server that goes with
// the test.
package databasetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL names a server to use instead of one of our own.
const EnvURL = "COMMENTATOR_TEST_POSTGRES_URL"

// Server is a running Postgres.
type Server struct{ URL string }

// Start starts a server in a temporary folder, or uses the one named by [EnvURL]. It returns
// nil, and a function that does nothing, where there are no binaries to start. The server
// trusts everybody who reaches its port on the loopback and does not sync to disk: it is for
// tests that throw it away. stop removes its folder. It returns once the server answers, or
// fails after 20 seconds.
func Start() (s *Server, stop func(), err error) {
	if u := os.Getenv(EnvURL); u != "" {
		return &Server{u}, func() {}, nil
	}
	initdb, postgres := binary("initdb"), binary("postgres")
	if initdb == "" || postgres == "" {
		return nil, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "databasetest-")
	if err != nil {
		return nil, nil, err
	}
	cleanup := func() { _ = os.RemoveAll(dir) }
	attr, err := unprivileged(dir)
	if err != nil {
		cleanup()
		return nil, func() {}, nil // root without a user to become: Postgres refuses to run
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
	cmd.SysProcAttr, cmd.Dir = attr, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		cleanup()
		return nil, nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	// A port that was free a moment ago; another process could take it in between, which a test
	// run that fails would show.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	var log bytes.Buffer
	server := exec.Command(postgres, "-D", data, "-p", strconv.Itoa(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
		"-c", "fsync=off", "-c", "max_connections=200")
	server.SysProcAttr, server.Dir, server.Stderr = attr, dir, &log
	if err := server.Start(); err != nil {
		cleanup()
		return nil, nil, err
	}
	stop = func() {
		_ = server.Process.Signal(os.Interrupt) // fast shutdown
		_ = server.Wait()
		cleanup()
	}
	s = &Server{fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			_ = conn.Close(ctx)
			return s, stop, nil
		}
		select {
		case <-ctx.Done():
			stop()
			return nil, nil, fmt.Errorf("start postgres: %w: %s", err, log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Database creates an empty database that goes with the test, and returns its URL. A nil
// server skips the test. It is dropped by force at the end of the test, with connections that
// the test has left open.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	if s == nil {
		t.Skip("no Postgres on this machine; set " + EnvURL)
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	name := fmt.Sprintf("t%d", time.Now().UnixNano())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	cfg := conn.Config().Copy()
	t.Cleanup(func() {
		if conn, err := pgx.Connect(ctx, s.URL); err == nil {
			_, _ = conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
			_ = conn.Close(ctx)
		}
	})
	auth := cfg.User
	if cfg.Password != "" {
		auth += ":" + cfg.Password
	}
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", auth, net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port))), name)
}

// binary finds a program of Postgres in the path or where Debian keeps it. The newest version
// goes first; the name is empty when there is none. Debian does not put initdb and postgres
// into the path.
func binary(name string) string {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
		slices.Sort(found)
		return found[len(found)-1]
	}
	path, _ := exec.LookPath(name)
	return path
}

// lookup finds the user that Postgres runs as when we are root.
func lookup() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return uid, gid, nil
		}
	}
	return 0, 0, fmt.Errorf("no user to run Postgres as")
}
