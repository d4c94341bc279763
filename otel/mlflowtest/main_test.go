package mlflowtest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// holdLock makes the test binary a process that holds the lock of the folder that
// the variable names, until it is killed.
const holdLock = "MLFLOWTEST_HOLD_LOCK_OF"

func TestMain(m *testing.M) {
	if venv := os.Getenv(holdLock); venv != "" {
		if _, err := lock(context.Background(), venv); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("locked")
		time.Sleep(time.Hour)
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
