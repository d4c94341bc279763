package spool

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also serves as the process that TestKilledProcessLosesNothing kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SPOOL_TEST_PRODUCE_IN"); dir != "" {
		produce(dir)
		return
	}
	goleak.VerifyTestMain(m)
}
