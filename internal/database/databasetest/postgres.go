// Package databasetest gives tests a Postgres of their own. In goes nothing but
// the binaries on this machine; out comes the URL of a server that goes with
// the test.
package databasetest

import (
	"bytes"
	"context"
	"errors"
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

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// EnvURL names a server to use instead of one of our own.
const EnvURL = "COMMENTATOR_TEST_POSTGRES_URL"

// Server is a running Postgres. One of our own can be ended and started again; who does that does
// nothing else with it at the same time.
type Server struct {
	URL string

	start   func() *exec.Cmd
	running *exec.Cmd
	log     bytes.Buffer // what the server said in its last life
}

// Start starts a server in a temporary folder, or uses the one named by [EnvURL]. It returns
// nil, and a function that does nothing, where there are no binaries to start. The server
// trusts everybody who reaches its port on the loopback and does not sync to disk: it is for
// tests that throw it away. stop removes its folder. It returns once the server answers, or
// fails after a minute.
func Start() (s *Server, stop func(), err error) {
	if u := os.Getenv(EnvURL); u != "" {
		return &Server{URL: u}, func() {}, nil
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
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	s = &Server{URL: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	s.start = func() *exec.Cmd {
		server := exec.Command(postgres, "-D", data, "-p", strconv.Itoa(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
			"-c", "fsync=off", "-c", "max_connections=200")
		server.SysProcAttr, server.Dir, server.Stderr = attr, dir, &s.log
		return server
	}
	if err := s.Up(); err != nil {
		release()
		cleanup()
		return nil, nil, err
	}
	return s, func() { s.Down(); release(); cleanup() }, nil
}

// PID is the id of the server's first process, or 0 where the server is not ours or does not run.
func (s *Server) PID() int {
	if s.running == nil {
		return 0
	}
	return s.running.Process.Pid
}

// Down ends a server of our own as its operators do, with all its connections, and keeps what is
// in it for [Server.Up].
func (s *Server) Down() {
	if s.running != nil {
		_ = s.running.Process.Signal(os.Interrupt) // fast shutdown
		_ = s.running.Wait()
		s.running = nil
	}
}

// Up starts a server of our own again after [Server.Down], or after all its processes were killed. It
// returns once the server answers, or fails after a minute.
func (s *Server) Up() error {
	s.Down()
	if s.start == nil {
		return errors.New("start postgres: the server of " + EnvURL + " is not ours")
	}
	s.log.Reset()
	s.running = s.start()
	if err := s.running.Start(); err != nil {
		s.running = nil
		return fmt.Errorf("start postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL)
		if err == nil {
			_ = conn.Close(ctx)
			return nil
		}
		select {
		case <-ctx.Done():
			s.Down()
			return fmt.Errorf("start postgres: %w: %s", err, s.log.String())
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
