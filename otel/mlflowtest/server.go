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

// Server starts one MLflow server when a test first asks for it. Make one per test
// package with [New] and stop it in TestMain. Its methods are safe for concurrent
// use.
type Server struct {
	config config

	once   sync.Once
	uri    string
	err    error
	stop   io.Closer     // of the pipe whose end ends the server; nil: none was started
	done   chan struct{} // closed when the server has ended
	folder string
}

// New makes a Server. It starts nothing yet.
func New(opts ...Option) *Server { return &Server{config: newConfig(opts)} }

// URI returns the server's address, and starts it at the first call. Without Python
// the test is skipped, unless the variable CI is set; any other trouble fails it.
func (s *Server) URI(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.uri, s.err = s.start() })
	switch {
	case s.err == nil:
	case errors.Is(s.err, errNoPython) && os.Getenv("CI") == "":
		t.Skip(s.err)
	default:
		t.Fatal(s.err)
	}
	return s.uri
}

// Stop ends the server and removes its files. It does nothing where none was
// started.
func (s *Server) Stop() {
	if s.done != nil {
		_ = s.stop.Close()
		<-s.done
	}
	if s.folder != "" {
		_ = os.RemoveAll(s.folder)
	}
}

func (s *Server) start() (string, error) {
	if uri := os.Getenv("MLFLOWTEST_URI"); uri != "" {
		return uri, waitHealthy(uri, 10*time.Second, nil)
	}
	venv, err := environment(s.config)
	if err != nil {
		return "", err
	}
	if s.folder, err = os.MkdirTemp("", "mlflowtest"); err != nil {
		return "", fmt.Errorf("make a folder for the server: %w", err)
	}
	for range 3 { // somebody else may take the port that was free
		if s.uri, err = s.launch(venv); !errors.Is(err, errEnded) {
			break
		}
	}
	return s.uri, err
}

// errEnded says that a server did not stay.
var errEnded = errors.New("the MLflow server ended at once")

// startTime bounds the start of a server. It takes 5 s on an idle machine.
const startTime = 3 * time.Minute

// launch starts the server's processes and waits until it answers.
func (s *Server) launch(venv string) (string, error) {
	port, err := freePort()
	if err != nil {
		return "", err
	}
	backend := s.config.backend
	if backend == "" {
		backend = "sqlite:///" + filepath.Join(s.folder, "mlflow.db")
	}
	// The shell ends the whole process group when this process closes the pipe,
	// also by dying.
	cmd := exec.Command("sh", "-c", `"$@" </dev/null & read -r _; trap '' TERM; kill -TERM 0; wait`, "mlflowtest",
		filepath.Join(venv, "bin", "mlflow"), "server", "--host", "127.0.0.1", "--port", fmt.Sprint(port),
		"--workers", fmt.Sprint(s.config.workers), "--backend-store-uri", backend,
		"--artifacts-destination", filepath.Join(s.folder, "artifacts"))
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
	if err := waitHealthy(uri, startTime, s.done); err != nil {
		return "", fmt.Errorf("%w; its log ends with:\n%s", err, log)
	}
	return uri, nil
}

// freePort returns a port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// waitHealthy waits until a server answers, at most for limit and while it runs.
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
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("no healthy MLflow server at %s: %w", uri, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

var experiments atomic.Int64

// Experiment returns a name that no other test uses, in this process or another.
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
