package sandbox

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// restrictMemory bounds writable memory, and makes this process the first to be killed where the
// machine or its container has none left.
func (l Limits) restrictMemory() error {
	if err := setLimit(unix.RLIMIT_DATA, l.Memory+threadStacks); err != nil {
		return fmt.Errorf("set RLIMIT_DATA: %w", err)
	}
	// A system without the file has no such order.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	return nil
}

// watchMemory does nothing: the kernel keeps the bound.
func (Limits) watchMemory(context.Context) {}
