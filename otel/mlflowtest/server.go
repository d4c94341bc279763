package mlflowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Server starts one MLflow server when a test first asks for it. Make one per test
// package with [New] and stop it in TestMain. Its methods are safe for concurrent
// use; one that starts or ends the server lets the others wait.
type Server struct {
	mu      sync.Mutex
	config  config
	asked   bool // uri and err hold
	uri     string
	err     error
	process *process // nil: none runs that we started
	port    port     // the zero value: none was started
	folder  string
	// schemas has the version that used a database last, by its address.
	schemas map[string]string
}

// New makes a Server. It starts nothing yet.
func New(opts ...Option) *Server {
	return &Server{config: newConfig(opts), schemas: map[string]string{}}
}

// URI returns the server's address, and starts it at the first call. With -short, and
// without Python, the test is skipped, the latter unless the variable CI is set; any other
// trouble fails it.
func (s *Server) URI(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asked {
		s.asked = true
		s.uri, s.err = s.first()
	}
	s.report(t)
	return s.uri
}

// Restart ends the server, if it runs, and starts it with further options, at the
// same address and on the same files. With another version that is an upgrade as
// operators do it: the database it goes on with gets `mlflow db upgrade` first. A
// database never goes back to an older version, so for one of those name another with
// [WithBackendStore]. A server of MLFLOWTEST_URI cannot be restarted: ask for a
// version to have one of the test's own.
func (s *Server) Restart(t testing.TB, opts ...Option) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.config = s.config.with(opts)
	switch {
	case s.asked && s.port.number == 0 && s.err == nil:
		t.Fatal("restart MLflow: MLFLOWTEST_URI names the server; give New the option WithVersion to have one that can be restarted")
	case s.port.number == 0:
		s.uri, s.err = s.first()
	default:
		s.uri, s.err = s.start()
	}
	s.asked = true
	s.report(t)
}

// Down ends the server's processes and keeps its files and its address for Restart.
// Who calls gets no connection meanwhile.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

// Stop ends the server and removes its files. It does nothing where none was
// started.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.port.release()
	if s.folder != "" {
		_ = os.RemoveAll(s.folder)
	}
}

// Log returns the last 64 KiB that the server's processes printed since they were
// started, or nothing where none was.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return ""
	}
	return s.process.log.String()
}

func (s *Server) report(t testing.TB) {
	t.Helper()
	switch {
	case s.err == nil:
	case errors.Is(s.err, errShort), errors.Is(s.err, errNoPython) && os.Getenv("CI") == "":
		t.Skip(s.err)
	default:
		t.Fatal(s.err)
	}
}

func (s *Server) end() {
	if s.process != nil {
		s.process.end()
		s.process = nil
	}
}

// errShort says that a server would take longer to start than a short run of tests has.
var errShort = errors.New("with -short no MLflow is started; MLFLOWTEST_URI names one that runs")

// first takes the server that the environment names, or starts one at a port of its own.
func (s *Server) first() (string, error) {
	if uri := os.Getenv("MLFLOWTEST_URI"); uri != "" && s.config.ordinary() {
		return uri, waitHealthy(uri, 10*time.Second, nil)
	}
	var err error
	if s.folder == "" {
		if s.folder, err = os.MkdirTemp("", "mlflowtest"); err != nil {
			return "", fmt.Errorf("make a folder for the server: %w", err)
		}
	}
	var uri string
	for range 3 { // somebody may take the port without reserving it
		s.port.release()
		if s.port, err = reservePort(); err != nil {
			return "", err
		}
		if uri, err = s.start(); !errors.Is(err, errEnded) {
			break
		}
	}
	return uri, err
}

// start starts the server's processes at its port and waits until it answers.
func (s *Server) start() (string, error) {
	if testing.Short() {
		return "", errShort
	}
	venv, err := environment(s.config)
	if err != nil {
		return "", err
	}
	backend, env := s.backend(), serverEnv(s.config, s.folder)
	if last := s.schemas[backend]; !s.config.files && last != "" && last != s.config.release() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		if err := run(ctx, env, filepath.Join(venv, "bin", "mlflow"), "db", "upgrade", backend); err != nil {
			return "", fmt.Errorf("upgrade the database of MLflow %s for %s: %w", last, s.config.release(), err)
		}
	}
	if s.config.users() {
		if err := writeAuth(s.folder); err != nil {
			return "", err
		}
	}
	p, err := launch(s.folder, env, append([]string{
		filepath.Join(venv, "bin", "mlflow"), "server", "--host", "127.0.0.1", "--port", fmt.Sprint(s.port.number),
		"--workers", fmt.Sprint(s.config.workers), "--backend-store-uri", backend,
		"--artifacts-destination", filepath.Join(s.folder, "artifacts"),
	}, s.config.args...))
	if err != nil {
		return "", err
	}
	s.process = p
	s.schemas[backend] = s.config.release()
	uri := fmt.Sprintf("http://127.0.0.1:%d%s", s.port.number, s.config.argument("--static-prefix"))
	if err := waitHealthy(uri, startTime, p.done); err != nil {
		s.end()
		return "", fmt.Errorf("MLflow %s: %w; its log ends with:\n%s", s.config.release(), err, &p.log)
	}
	return uri, nil
}

// backend is the address of the server's store. Paths are absolute, since `mlflow db
// upgrade` runs in another folder.
func (s *Server) backend() string {
	switch path, relative := strings.CutPrefix(s.config.backend, "sqlite:///"); {
	case s.config.files:
		return filepath.Join(s.folder, "mlruns")
	case s.config.backend == "":
		return "sqlite:///" + filepath.Join(s.folder, "mlflow.db")
	case relative && !filepath.IsAbs(path):
		return "sqlite:///" + filepath.Join(s.folder, path)
	}
	return s.config.backend
}

var experiments atomic.Int64

// Experiment returns a name that no other test uses, in this process or another.
func Experiment(t testing.TB) string {
	name := strings.NewReplacer("/", "-", " ", "-", "#", "-").Replace(t.Name())
	return fmt.Sprintf("%s-%d-%d-%d", name, os.Getpid(), time.Now().UnixNano(), experiments.Add(1))
}
