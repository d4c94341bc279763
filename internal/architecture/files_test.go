// Package architecture holds the tests that keep the house in order: which
// package imports which, how long files are, and that the library knows nothing
// of the application. There is nothing in it to import.
package architecture

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/technoshare/commentator"

// A source is one Go file that is no test.
type source struct {
	path   string // from the top of the repository, with slashes
	lines  int
	syntax *ast.File
}

func (s source) pkg() string { return path.Dir(s.path) }

// sources reads the Go files of the modules that are released, all of which have import paths
// that are their folders below the root's. Files are read instead of asking the go
// command for packages, because build constraints hide no import then, and because
// go test sees what it must run again for.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	files := token.NewFileSet()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			switch base := d.Name(); {
			case rel == "." || rel == "otel" || rel == "otel/genaimcp" || rel == "collector":
				return nil
			case base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"):
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return fs.SkipDir // a module of its own: of tests only, or generated here
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, source{path: rel, lines: bytes.Count(text, []byte("\n")), syntax: syntax})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("found only %d Go files", len(out))
	}
	return out
}
