package architecture

import (
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"testing"
)

// covers reports whether a package, or a pattern with /... or /*, names pkg.
func covers(pattern, pkg string) bool {
	if folder, siblings := strings.CutSuffix(pattern, "/*"); siblings {
		return path.Dir(pkg) == folder
	}
	family, all := strings.CutSuffix(pattern, "/...")
	return pkg == family || all && strings.HasPrefix(pkg, family+"/")
}

func anyCovers(patterns, pkg string) bool {
	for _, p := range strings.Fields(patterns) {
		if covers(p, pkg) {
			return true
		}
	}
	return false
}

// ruleFor finds the rule of a package: the longest that names it.
func ruleFor(pkg string) (found rule, ok bool) {
	for _, r := range rules {
		if covers(r.pkg, pkg) && len(r.pkg) > len(found.pkg) {
			found, ok = r, true
		}
	}
	return found, ok
}

// anywhere stands for a package of the standard library, in the application: regexp.
const anywhere = "internal/lazyregexp"

// allows reports whether pkg may import another package of ours.
func (r rule) allows(pkg, imported string) bool {
	if imported == anywhere && strings.HasPrefix(pkg, "internal/") {
		return true
	}
	if strings.HasPrefix(imported, pkg+"/") || anyCovers(r.ours, imported) {
		return true
	}
	other, ok := ruleFor(imported)
	return ok && other.pkg == r.pkg && !strings.HasSuffix(r.pkg, "/*") // of the same family
}

func TestImportsFollowThePlan(t *testing.T) {
	used := map[string]bool{}
	said := map[string]bool{} // each wrong arrow once, not for each file
	errorOnce := func(arrow, format string, args ...any) {
		t.Helper()
		if !said[arrow] {
			t.Errorf(format, args...)
		}
		said[arrow] = true
	}
	for _, s := range sources(t) {
		r, ok := ruleFor(s.pkg())
		if !ok {
			errorOnce(s.pkg(), "%s has no rule: add one to table_test.go that says what it may import, and why if it is no leaf", s.pkg())
			continue
		}
		used[r.pkg] = true
		for _, spec := range s.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(imported, "/")
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			arrow := s.pkg() + " → " + imported
			switch {
			case isOurs && forTests(ours) && !forTests(s.pkg()):
				errorOnce(arrow, "%s imports %s, which is for tests", s.path, ours)
			case isOurs && !r.allows(s.pkg(), ours):
				errorOnce(arrow, "%s imports %s: %s may import of ours %q. Declare the interface it needs where it needs it, "+
					"and let cmd hand in the value", s.path, ours, r.pkg, r.ours)
			case !isOurs && strings.Contains(first, ".") && r.libraries != "" && !anyCovers(r.libraries, imported):
				errorOnce(arrow, "%s imports %s: %s may use of other modules %q", s.path, imported, r.pkg, r.libraries)
			}
		}
	}
	for _, r := range rules {
		if !used[r.pkg] && r.pkg != "internal/architecture" {
			t.Errorf("the rule of %s holds for no package: delete it", r.pkg)
		}
	}
}

// forTests reports whether only tests may import a package.
func forTests(pkg string) bool {
	return strings.HasSuffix(pkg, "test") || path.Base(pkg) == "standin" || pkg == "internal/chaos"
}

func TestFilesHoldOneIdea(t *testing.T) {
	long := map[string]bool{}
	for _, s := range sources(t) {
		if s.lines <= maxLines || ast.IsGenerated(s.syntax) {
			continue
		}
		long[s.path] = true
		if longFiles[s.path] == "" {
			t.Errorf("%s has %d lines, more than %d: split it by what its parts are about", s.path, s.lines, maxLines)
		}
	}
	for file := range longFiles {
		if !long[file] {
			t.Errorf("%s is no long file any more: take it off the list", file)
		}
	}
}

func TestTheLibraryKnowsNothingOfTheApplication(t *testing.T) {
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.path, "otel/") || forTests(s.pkg()) {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Ident:
				if n.IsExported() {
					mustKnowNothing(t, s.path, n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					mustKnowNothing(t, s.path, n.Value)
				}
			}
			return true
		})
	}
}

// mustKnowNothing fails where a text of the library has a word of the
// application. Instrumentation scopes are named by import path, which is no such word.
func mustKnowNothing(t *testing.T, file, text string) {
	t.Helper()
	lower := strings.ToLower(strings.ReplaceAll(text, module, ""))
	for _, word := range foreignWords {
		if strings.Contains(lower, word) {
			t.Errorf("%s says %s: %q is a word of the application", file, text, word)
		}
	}
}
