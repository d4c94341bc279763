package registry_test

import (
	"encoding/json"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// server is shared by the tests of this package; starting one takes seconds.
var server = mlflowtest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

func connect(t *testing.T, uri string) *mlflow.Client {
	t.Helper()
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

func open(t *testing.T) (*registry.Registry, *mlflow.Client) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs an MLflow server")
	}
	c := connect(t, server.URI(t))
	return registry.New(c, json.RawMessage(`{"type": "object"}`)), c
}

// promptName is a name that no other test has.
func promptName(t *testing.T) string {
	t.Helper()
	return mlflow.ModelName(mlflowtest.Experiment(t))
}
