package runprocessor

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also serves as the program that TestKilledProgramKeepsItsFinishedTrace kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RUNPROCESSOR_TEST_END_IN"); dir != "" {
		endAndWait(dir)
		return
	}
	goleak.VerifyTestMain(m)
}
