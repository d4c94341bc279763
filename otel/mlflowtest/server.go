// Package mlflowtest gives tests a real MLflow server, and a proxy in front of
// it that fails as servers and networks do. In goes a test, out comes the
// address of a server of its test process; nothing is mocked.
//
// The Python environment is made by scripts/start_mlflow.sh --install when it is
// missing. Test processes share a server when COMMENTATOR_TEST_MLFLOW_URI names
// one; each test takes an experiment of its own (Experiment).
package mlflowtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// Server starts one MLflow server when a test first asks for it. Make one per
// test package and stop it in TestMain.
type Server struct {
	Workers int // of the server; 0 means 1

	once   sync.Once
	uri    string
	err    error
	stop   io.Closer
	done   chan struct{}
	folder string
}

// errNoPython is the one reason to skip.
var errNoPython = errors.New("python3 is missing: install Python 3.10 or newer to run the tests against a real MLflow server")

// URI gives the server's address. Without Python the test is skipped; where CI
// is set nothing is ever skipped.
func (s *Server) URI(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.uri, s.err = s.start() })
	switch {
	case s.err == nil:
		return s.uri
	case errors.Is(s.err, errNoPython) && os.Getenv("CI") == "":
		t.Skip(s.err)
	default:
		t.Fatal(s.err)
	}
	return ""
}

// Stop ends the server and removes its files.
func (s *Server) Stop() {
	if s.stop == nil {
		return
	}
	_ = s.stop.Close()
	<-s.done
	_ = os.RemoveAll(s.folder)
}

func (s *Server) start() (string, error) {
	if uri := os.Getenv("COMMENTATOR_TEST_MLFLOW_URI"); uri != "" {
		return uri, waitHealthy(uri, 10*time.Second, nil)
	}
	venv, err := environment()
	if err != nil {
		return "", err
	}
	if s.folder, err = os.MkdirTemp("", "mlflowtest"); err != nil {
		return "", err
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	workers := max(s.Workers, 1)
	// The shell ends the whole process group when this process closes the pipe,
	// also by dying.
	cmd := exec.Command("sh", "-c", `"$@" </dev/null & read -r _; trap '' TERM; kill -TERM 0; wait`, "mlflowtest",
		filepath.Join(venv, "bin", "mlflow"), "server", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--workers", fmt.Sprint(workers),
		"--backend-store-uri", "sqlite:///"+filepath.Join(s.folder, "mlflow.db"), "--artifacts-destination", filepath.Join(s.folder, "artifacts"))
	cmd.Dir = s.folder
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "MLFLOW_") && !strings.HasPrefix(kv, "OTEL_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false", "MLFLOW_DISABLE_TELEMETRY=true")
	log := &tail{}
	cmd.Stdout, cmd.Stderr = log, log
	ownGroup(cmd)
	if s.stop, err = cmd.StdinPipe(); err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start MLflow: %w", err)
	}
	s.done = make(chan struct{})
	go func() { _ = cmd.Wait(); close(s.done) }()
	uri := fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := waitHealthy(uri, 90*time.Second, s.done); err != nil {
		return "", fmt.Errorf("%w; its log ends with:\n%s", err, log)
	}
	return uri, nil
}

// environment finds or makes the Python environment.
func environment() (string, error) {
	venv := os.Getenv("COMMENTATOR_MLFLOW_VENV")
	if venv == "" {
		cache := os.Getenv("XDG_CACHE_HOME")
		if cache == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", err
			}
			cache = filepath.Join(home, ".cache")
		}
		venv = filepath.Join(cache, "commentator", "mlflow-3.17.2")
	}
	if _, err := os.Stat(filepath.Join(venv, "bin", "mlflow")); err == nil {
		return venv, nil
	}
	if _, err := exec.LookPath("python3"); err != nil {
		return "", errNoPython
	}
	script, err := findUp(filepath.Join("scripts", "start_mlflow.sh"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command(script, "--install")
	cmd.Env = append(os.Environ(), "COMMENTATOR_MLFLOW_VENV="+venv)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install MLflow: %w\n%s", err, out)
	}
	return venv, nil
}

// findUp looks for a file of the repository from the test's folder upwards.
func findUp(name string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%s is in no folder above the test", name)
		}
		dir = up
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitHealthy(uri string, limit time.Duration, ended <-chan struct{}) error {
	c, err := mlflow.NewClient(uri)
	if err != nil {
		return err
	}
	defer c.CloseIdle()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		err := c.Health(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return errors.New("the MLflow server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("no healthy MLflow server at %s: %w", uri, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var experiments atomic.Int64

// Experiment is a name that no other test uses, in this process or another.
func Experiment(t testing.TB) string {
	name := strings.NewReplacer("/", "-", " ", "-", "#", "-").Replace(t.Name())
	return fmt.Sprintf("%s-%d-%d-%d", name, os.Getpid(), time.Now().UnixNano(), experiments.Add(1))
}

// tail keeps the last lines of a log.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - 8<<10; n > 0 {
		t.buf = t.buf[n:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
