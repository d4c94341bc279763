//go:build unix

package namedfile

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// A pipe that somebody holds open without a word, like a device that waits for an event, is not waited for without end.
func TestWhatIsSilentIsGivenUp(t *testing.T) {
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = from.Close(), to.Close() }()
	if _, err := to.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/fd/%d", from.Fd())
	body, err := read(name, 1<<20, time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), name+" had nothing to read for 1ms") || body != nil {
		t.Errorf("%q, %v", body, err)
	}
}
