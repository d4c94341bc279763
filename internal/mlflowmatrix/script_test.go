package mlflowmatrix

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/database/databasetest"
)

// startScript runs scripts/start_mlflow.sh, with nothing of this machine's settings.
func startScript(t *testing.T, folder string, env []string, args ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs("../../scripts/start_mlflow.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = folder, environ(env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// What the scheme postgresql:// asks for is another driver since SQLAlchemy 2.1.
func TestTheStartScriptTakesPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Postgres and MLflow")
	}
	postgres, stop, err := databasetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	backend := "postgresql" + strings.TrimPrefix(postgres.Database(t), "postgres")
	folder, port := t.TempDir(), freePort(t)
	env := []string{"MLFLOW_BACKEND_STORE=" + backend, fmt.Sprintf("MLFLOW_PORT=%d", port), "MLFLOW_DISABLE_TELEMETRY=true",
		"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false"}
	defer func() {
		if out, err := startScript(t, folder, env, "--stop"); err != nil {
			t.Errorf("stop: %v\n%s", err, out)
		}
	}()
	if out, err := startScript(t, folder, env, "--background", "--workers", "1"); err != nil {
		t.Fatalf("start: %v\n%s", err, out)
	}
	s := newSite(fmt.Sprintf("http://127.0.0.1:%d", port))
	if id := s.experiment(t, "Default"); id != "0" {
		t.Errorf("the experiment Default has the id %q", id)
	}
	if a := s.call(t, http.MethodGet, "health", nil, nil); !bytes.Equal(a.body, []byte("OK")) {
		t.Errorf("health: %s %s", a, a.body)
	}
}

func TestTheStartScriptRefusesTheSchemeThatOnlyPostgresKnows(t *testing.T) {
	env := []string{"MLFLOW_BACKEND_STORE=postgres://me:hidden@127.0.0.1/db", "COMMENTATOR_MLFLOW_VENV=/nowhere"}
	out, err := startScript(t, t.TempDir(), env)
	if err == nil || !strings.Contains(out, "write postgresql://") || strings.Contains(out, "hidden") {
		t.Errorf("%v\n%s", err, out)
	}
}
