package mlflowexporter

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// server is a real MLflow, started when a test asks for it.
var server = mlflowtest.New()

// testMain is called first by the generated TestMain, and does not return.
func testMain(m *testing.M) {
	if os.Getenv(asCollector) != "" {
		os.Exit(runCollector())
	}
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
