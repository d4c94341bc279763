package namedfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/technoshare/commentator/otel/namedfile"
)

func ExampleRead() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(name, []byte("runs: []"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	text, err := namedfile.Read(name, 1<<20)
	fmt.Println(string(text), err)
	_, err = namedfile.Read(name, 4)
	fmt.Println(err != nil)
	// Output:
	// runs: [] <nil>
	// true
}
