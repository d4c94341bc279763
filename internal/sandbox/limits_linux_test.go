package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const stricterVariable = "SANDBOX_TEST_STRICTER"

// A worker that may open 40 files answered no link: its children could not raise that to the 64 that they
// ask for.
func TestLimitsThatAreStricterAlreadyStay(t *testing.T) {
	if os.Getenv(stricterVariable) == "" {
		cmd := exec.Command("sh", "-c", `ulimit -n 40 && ulimit -t 5 && exec "$0" -test.run "^$1\$"`, os.Args[0], t.Name())
		cmd.Env = append(os.Environ(), stricterVariable+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	os.Exit(showLimits()) // what restricts a process stays in it
}

// showLimits restricts this process, and returns 1 where that fails or does what it should not.
func showLimits() int {
	limits := Limits{Memory: 256 << 20, FileSize: 1 << 20, CPU: 10 * time.Second}
	if err := errors.Join(limits.restrict(), limits.allowCPU()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for resource, want := range map[int]uint64{unix.RLIMIT_NOFILE: 40, unix.RLIMIT_FSIZE: 1 << 20, unix.RLIMIT_CPU: 5} {
		var r unix.Rlimit
		if err := unix.Getrlimit(resource, &r); err != nil || r.Max != want || r.Cur > want {
			fmt.Fprintf(os.Stderr, "limit %d is %+v, %v\n", resource, r, err)
			return 1
		}
	}
	return 0
}
