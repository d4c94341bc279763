package databasetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// Pooled starts a PgBouncer in transaction mode before the server that rawURL names, for as long as
// the test runs, and returns the URL through it. It has at most connections to the server for
// each database. The test is skipped where PgBouncer is not installed.
func Pooled(t testing.TB, rawURL string, connections int) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program = "/usr/sbin/pgbouncer"; !isFile(program) { // not in the path of everybody on Debian
			t.Skip("PgBouncer is not installed")
		}
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgbouncer-") //nolint:usetesting // short enough for a socket, and open to another user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr, err := unprivileged(dir)
	if err != nil {
		t.Skip("PgBouncer does not run as root, and there is no other user: ", err)
	}
	port, release, err := mlflowtest.ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	password, _ := u.User.Password()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // another user reads it; the server is of the test
			t.Fatal(err)
		}
		return file
	}
	users := write("users.txt", fmt.Sprintf("%q %q\n", u.User.Username(), password))
	settings := write("pgbouncer.ini", fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
`, u.Hostname(), u.Port(), port, users, connections))
	var log bytes.Buffer
	cmd := exec.Command(program, settings)
	cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = attr, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := answers(u.String()); err != nil {
		t.Fatalf("start PgBouncer: %v: %s", err, log.String())
	}
	return u.String()
}

// isFile reports whether there is a file of that name.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// answers waits up to 20 seconds for a server.
func answers(rawURL string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, rawURL)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
