package integration

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// server is shared by the tests that need no server of another kind.
var server = mlflowtest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	evaluationServer.Stop()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
