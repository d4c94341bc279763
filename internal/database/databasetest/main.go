package databasetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package with a server, where there is one, and fails
// them for goroutines that are left. It returns the code to exit with.
func Main(m *testing.M, server **Server) int {
	s, stop, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "no Postgres for the tests:", err)
		stop = func() {}
	}
	*server = s
	code := m.Run()
	stop()
	if err := goleak.Find(goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// OnBoth runs a test on SQLite and, where there is a server, on Postgres; both at
// the same time as other tests.
func OnBoth(t *testing.T, server *Server, test func(t *testing.T, url string)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, filepath.Join(t.TempDir(), "q.sqlite")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, server.Database(t)) })
}
