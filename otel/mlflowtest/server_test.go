package mlflowtest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestAServerStartsOnceAndLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow")
	}
	t.Setenv("MLFLOWTEST_URI", "")
	t.Setenv("MLFLOW_TRACKING_URI", "http://user:pw@elsewhere") // must not reach the server
	s := New()
	uri := s.URI(t)
	if again := s.URI(t); again != uri {
		t.Errorf("%s, then %s", uri, again)
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	if v, err := c.Version(t.Context()); err != nil || v != DefaultVersion {
		t.Errorf("version %s, %v", v, err)
	}
	if first, second := Experiment(t), Experiment(t); first == second {
		t.Error("two tests would share an experiment")
	}
	s.Stop()
	if err := c.Health(t.Context()); !mlflow.IsRetryable(err) {
		t.Errorf("after Stop: %v", err)
	}
	if _, err := os.Stat(s.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the server: %v", err)
	}
}

func TestANamedServerIsTakenAsItIs(t *testing.T) {
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "OK") }))
	defer running.Close()
	t.Setenv("MLFLOWTEST_URI", running.URL)
	t.Setenv("PATH", "")
	s := New(WithVersion("0"), WithWorkers(-1), WithBackendStore("mysql://h"))
	if uri := s.URI(t); uri != running.URL {
		t.Errorf("%s, want %s", uri, running.URL)
	}
	s.Stop()
	if c := s.config; c.version != "0" || c.workers != 1 || c.backend != "mysql://h" {
		t.Errorf("options %+v", c)
	}
}
