package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
)

// checkedCode is what the type checker knows of this package and of package config, from their sources.
type checkedCode struct {
	info   *types.Info
	main   *types.Package
	bodies map[*types.Func]*ast.FuncDecl
	of     map[*types.TypeName][]*types.Func // the methods of the types of this package
	fields map[*types.Var]string             // the settings, as "MLflow.Token"
}

const configPath = "github.com/technoshare/commentator/internal/config"

// loadCode checks the two packages against the export data of all others.
func loadCode(t *testing.T) *checkedCode {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles", ".")
	list.Dir, list.Stderr = sourceDir, os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	type listed struct {
		ImportPath, Export, Dir string
		GoFiles                 []string
	}
	packages := map[string]listed{}
	var self listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath], self = p, p // the package itself comes last
	}
	files := token.NewFileSet()
	exports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) })
	p := &checkedCode{
		info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}},
		of:   map[*types.TypeName][]*types.Func{}, bodies: map[*types.Func]*ast.FuncDecl{}, fields: map[*types.Var]string{},
	}
	check := func(l listed, imports types.Importer) *types.Package {
		var syntax []*ast.File
		for _, name := range l.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			syntax = append(syntax, f)
		}
		pkg, err := (&types.Config{Importer: imports}).Check(l.ImportPath, files, syntax, p.info)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range syntax {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					p.add(fn)
				}
			}
		}
		return pkg
	}
	settings := check(packages[configPath], exports)
	p.main = check(self, importing(func(path string) (*types.Package, error) {
		if path == configPath {
			return settings, nil
		}
		return exports.Import(path)
	}))
	groups := settings.Scope().Lookup("Settings").Type().Underlying().(*types.Struct)
	for group := range groups.Fields() {
		for field := range group.Type().Underlying().(*types.Struct).Fields() {
			p.fields[field] = group.Name() + "." + field.Name()
		}
	}
	return p
}

type importing func(path string) (*types.Package, error)

func (f importing) Import(path string) (*types.Package, error) { return f(path) }

// add takes note of a function, and of the type that a method is of.
func (p *checkedCode) add(fn *ast.FuncDecl) {
	f := p.info.Defs[fn.Name].(*types.Func)
	p.bodies[f] = fn
	recv := f.Signature().Recv()
	if recv == nil {
		return
	}
	at := recv.Type()
	if ptr, ok := at.(*types.Pointer); ok {
		at = ptr.Elem()
	}
	name := at.(*types.Named).Obj()
	p.of[name] = append(p.of[name], f)
}

// reads is what the functions that a command's Run reaches read of the settings and of the command's own
// fields. Whoever names a type of this package reaches its methods, since others call them by interfaces;
// validation of all settings is a use of them for the doctor only.
func (p *checkedCode) reads(command string) map[string]bool {
	named := p.main.Scope().Lookup(command).(*types.TypeName)
	own := map[*types.Var]string{}
	for f := range named.Type().Underlying().(*types.Struct).Fields() {
		own[f] = f.Name()
	}
	found, seen := map[string]bool{}, map[*types.Func]bool{}
	queue := slices.Clone(p.of[named])
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		body := p.bodies[f]
		if body == nil || seen[f] || f.Pkg().Path() == configPath && (f.Name() == "Masker" || f.Name() == "Check" && command != "doctorCommand") {
			continue
		}
		seen[f] = true
		ast.Inspect(body, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			switch o := p.info.Uses[id].(type) {
			case *types.Func:
				queue = append(queue, o.Origin())
			case *types.TypeName:
				if o.Pkg() == p.main {
					queue = append(queue, p.of[o]...)
				}
			case *types.Var:
				if name := p.fields[o]; name != "" {
					found[name] = true
				} else if own[o] != "" {
					found[own[o]] = true
				}
			}
			return true
		})
	}
	return found
}

// TestHelpShowsExactlyWhatACommandReads compares the flags in each command's help with what its code reads:
// none does nothing, and none is missing.
func TestHelpShowsExactlyWhatACommandReads(t *testing.T) {
	p := loadCode(t)
	fields := map[string]string{}
	for _, v := range config.Variables() {
		fields[v.Name] = v.Field
	}
	for _, command := range commandLine(t).Model.Leaves(false) {
		own := map[reflect.Value]string{}
		for i := range command.Target.NumField() {
			own[command.Target.Field(i)] = command.Target.Type().Field(i).Name
		}
		reads := p.reads(command.Target.Type().Name())
		for _, flag := range command.Flags {
			name := fields[envOf(flag)]
			if name == "" {
				name = own[flag.Target]
			}
			switch {
			case name == "":
				continue // of kong, or of all commands
			case flag.Hidden && reads[name]:
				t.Errorf("%s reads %s, and its help does not show --%s: add it to its tag %s", command.Path(), name, flag.Name, usesTag)
			case !flag.Hidden && !reads[name]:
				t.Errorf("the help of %s shows --%s, and nothing there reads %s", command.Path(), flag.Name, name)
			}
		}
		if _, ok := command.Target.Type().FieldByName("Settings"); ok && len(reads) == 0 {
			t.Errorf("%s reads no setting: nothing was compared", command.Path())
		}
	}
}

func envOf(flag *kong.Flag) string {
	if len(flag.Envs) == 0 {
		return ""
	}
	return flag.Envs[0]
}

func TestAFlagThatDoesNothingIsRefused(t *testing.T) {
	b := newBench(t)
	for _, args := range [][]string{
		{"outbox", "list", "--openai-api-key=" + testKey},
		{"extract", "--mlflow-ui-url", "http://127.0.0.1:5000", "x"},
		{"run", "--workers=3", "http://127.0.0.1:1/"},
	} {
		code, out, errs := b.run(args...)
		if code != exitUsage || out != "" || !strings.Contains(errs, "does nothing for") || strings.Contains(errs, testKey) {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out, errs)
		}
	}
	// The same settings in the environment are for other commands.
	b.set("OPENAI_API_KEY", testKey)
	if code, out, errs := b.run("outbox", "list"); code != exitOK {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
