//go:build !linux

package sandbox

import (
	"context"
	"os"
	"runtime/metrics"
	"time"
)

// memoryEvery is the time between two looks at the memory in use.
const memoryEvery = 20 * time.Millisecond

// restrictMemory does nothing where no limit of the system counts what Go takes.
func (Limits) restrictMemory() error { return nil }

// watchMemory ends the process when it takes more memory than it may, until ctx ends.
func (l Limits) watchMemory(ctx context.Context) {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
			metrics.Read(s)
			if int64(s[0].Value.Uint64()-s[1].Value.Uint64()) > l.Memory {
				os.Exit(exitMemory)
			}
		}
	}
}
