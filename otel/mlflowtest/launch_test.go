package mlflowtest

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestAServerThatDoesNotEndIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until the time of a server is over")
	}
	for name, script := range map[string]string{
		"the command itself": `trap '' TERM; echo "$$" started; while :; do sleep 0.1; done`,
		"what it started":    `sh -c 'trap "" TERM; echo "$$" started; while :; do sleep 0.1; done' & wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := launch(t.TempDir(), os.Environ(), []string{"sh", "-c", script})
			if err != nil {
				t.Fatal(err)
			}
			for !strings.Contains(p.log.String(), "started") {
				time.Sleep(10 * time.Millisecond)
			}
			begin := time.Now()
			p.end()
			if took := time.Since(begin); took < endTime/2 {
				t.Errorf("ended after %s: it was not given its time", took)
			}
		})
	}
}
