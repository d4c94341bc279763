package mlflowtest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// errEnded says that a server did not stay.
var errEnded = errors.New("the MLflow server ended at once")

// startTime bounds the start of a server. It takes 5 s on an idle machine.
const startTime = 3 * time.Minute

// endTime is what a server has to end by itself. Uvicorn waits without a limit for
// requests and connections that stay open, and then for ever.
const endTime = 10 * time.Second

// process is a running server: MLflow's command and what that starts.
type process struct {
	stop io.Closer     // of the pipe whose end ends the server
	done chan struct{} // closed when the server has ended
	log  tail
}

// launch starts a server's command in a folder.
func launch(folder string, env, command []string) (*process, error) {
	// The shell ends the whole process group when this process closes the pipe,
	// also by dying, and when the command ends by itself. What is left of the group
	// when its time is over is killed; the one that waits for that holds no output,
	// so that nobody waits for it.
	const script = `exec 3<&0
limit=$1; shift
"$@" 3<&- </dev/null & child=$!
trap : TERM
{ trap '' TERM; read -r _ <&3; kill -TERM 0; sleep "$limit"; kill -KILL 0; } >/dev/null 2>&1 &
wait "$child"
kill -TERM 0
wait "$child"`
	limit := strconv.FormatFloat(endTime.Seconds(), 'f', -1, 64)
	cmd := exec.Command("sh", append([]string{"-c", script, "mlflowtest", limit}, command...)...)
	cmd.Dir, cmd.Env = folder, env
	p := &process{done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	ownGroup(cmd)
	var err error
	if p.stop, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start MLflow: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start MLflow: %w", err)
	}
	go func() { _ = cmd.Wait(); close(p.done) }()
	return p, nil
}

// end ends the server and waits until all of its processes have, which hold its
// output: not much longer than endTime.
func (p *process) end() {
	_ = p.stop.Close()
	<-p.done
}

// serverEnv is the environment of a server and of its tools: this process's without
// what speaks to MLflow.
func serverEnv(c config, folder string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "MLFLOW_") && !strings.HasPrefix(kv, "OTEL_") {
			env = append(env, kv)
		}
	}
	env = append(env, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false", "MLFLOW_DISABLE_TELEMETRY=true", patientUvicorn)
	env = append(env, webhookEnv()...)
	if c.files {
		env = append(env, "MLFLOW_ALLOW_FILE_STORE=true") // newer ones refuse without
	}
	if c.users() {
		env = append(env, "MLFLOW_FLASK_SERVER_SECRET_KEY=of a test", "MLFLOW_AUTH_CONFIG_PATH="+filepath.Join(folder, authFile))
	}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		env = append(env, name+"="+c.env[name])
	}
	return env
}

// patientUvicorn has Uvicorn wait for those of several workers that do not answer it. By itself it kills each
// that takes longer than 5 s (uvicorn/config.py, timeout_worker_healthcheck), which on a busy machine is all
// of them while they start, again and again.
const patientUvicorn = "UVICORN_TIMEOUT_WORKER_HEALTHCHECK=180"

// webhookEnv lets the server's webhooks lead to servers of a test: to loopback, by plain HTTP, as soon as they
// are made, and with secrets that all processes of the server can read.
func webhookEnv() []string {
	return []string{
		"MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true", "MLFLOW_WEBHOOK_CACHE_TTL=0",
		"MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY=" + base64.URLEncoding.EncodeToString([]byte("a key of thirty-two bytes, known")),
	}
}

const authFile = "basic_auth.ini"

// writeAuth says to basic-auth what its defaults say, with a password: newer releases
// bring none, and none of them takes the one that older ones brought.
func writeAuth(folder string) error {
	text := fmt.Sprintf(`[mlflow]
default_permission = READ
database_uri = sqlite:///%s
admin_username = %s
admin_password = %s
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
`, filepath.Join(folder, "basic_auth.db"), AdminUser, AdminPassword)
	if err := os.WriteFile(filepath.Join(folder, authFile), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the settings of basic-auth: %w", err)
	}
	return nil
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

// tailBytes is enough for the answers to some hundred requests.
const tailBytes = 64 << 10

// tail keeps the last lines of a log.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailBytes; n > 0 {
		t.buf = t.buf[n:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
