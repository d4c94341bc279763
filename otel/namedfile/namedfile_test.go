//go:build unix

package namedfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/technoshare/commentator/otel/namedfile"
)

func TestWhatIsReadAndWhatIsNot(t *testing.T) {
	dir := t.TempDir()
	file, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	from, to, err := os.Pipe() // as <(command) of a shell
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	if _, err := to.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		most      int64
		want, err string
	}{
		file:                                 {4, "text", ""},
		file + "/":                           {4, "", "not a directory"},
		dir:                                  {4, "", "is a directory"},
		filepath.Join(dir, "none"):           {4, "", "no such file"},
		filepath.Join(dir, ".", "..", "x/y"): {4, "", "no such file"},
		fmt.Sprintf("/dev/fd/%d", from.Fd()): {4, "text", ""},
		pipe:                                 {4, "", pipe + " is a pipe to which nobody writes: name a file"},
		"/dev/null":                          {4, "", ""},
		"/dev/zero":                          {4, "", "/dev/zero has more than the 4 bytes that are read: is it the right file?"},
	} {
		got, err := namedfile.Read(name, c.most)
		if string(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := namedfile.Read(file, 3); err == nil {
		t.Error("a file that is too large is read")
	}
}
