package genaimetrics

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// testMain is called by the generated TestMain.
func testMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
