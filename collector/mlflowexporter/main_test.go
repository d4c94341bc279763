package mlflowexporter

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// These are real MLflow servers, each started when a test asks for it.
var (
	server     = mlflowtest.New()
	workspaces = mlflowtest.New(mlflowtest.WithServerArgs("--enable-workspaces"))
	// Releases that count tokens of spans that come again once more, and that file
	// MLflow's own spans by an attribute of theirs.
	release3_8  = mlflowtest.New(mlflowtest.WithVersion("3.8.1"))
	release3_12 = mlflowtest.New(mlflowtest.WithVersion("3.12.0"))
)

// testMain is called first by the generated TestMain, and does not return.
func testMain(m *testing.M) {
	if os.Getenv(asCollector) != "" {
		os.Exit(runCollector())
	}
	code := m.Run()
	for _, s := range []*mlflowtest.Server{server, workspaces, release3_8, release3_12} {
		s.Stop()
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
