// Package lazyregexp has regular expressions that are compiled when they are first used. The program
// carries hundreds of them, and each process needs few: the worker reads no pages, the children that do
// answer nobody, and most commands do neither. Compiled at the start they took 40 ms and 16 MB of every
// one.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is a regular expression that is compiled at its first use. Its methods are those of
// [regexp.Regexp] of the same names and are safe for concurrent use. The zero value cannot be used.
type Regexp struct {
	compiled func() *regexp.Regexp
}

// New takes an expression that is written in the program, in the syntax of [regexp.MustCompile]. In
// the program of a test it is compiled at once, so that a wrong one fails every test of its package
// instead of the first page that needs it.
func New(expr string) *Regexp {
	r := lazy(expr)
	if strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test") {
		r.compiled()
	}
	return r
}

func lazy(expr string) *Regexp {
	return &Regexp{compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}
