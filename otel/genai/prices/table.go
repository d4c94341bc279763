package prices

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"github.com/technoshare/commentator/otel/namedfile"
)

//go:embed table/*.yaml
var builtIn embed.FS

// Table is prices of models, by vendor.
type Table struct {
	own     map[string]entry            // for any provider, by name
	vendors map[string]map[string]entry // by vendor, then name
	aliases map[string]string           // vendor, by what providers call it
}

// entry is the prices of one model, one after the other, and where they stand.
type entry struct {
	prices []price // by from
	source string
}

// price is in US dollars per million tokens.
type price struct {
	from                               string // the first day on which it holds, as 2006-01-02; "": as long as anybody knows
	input, output                      float64
	cachedInput, cacheWrite, reasoning *float64 // nil: as the input, as that too, as the output
	above                              []tier   // by tokens, the least first
}

// tier is what a call costs that has more input than tokens; what it does not name is as below it.
type tier struct {
	tokens                                            int64
	input, cachedInput, cacheWrite, output, reasoning *float64
}

// BuiltIn returns the built-in table.
func BuiltIn() *Table { return builtInTable() }

//nolint:gochecknoglobals // a constant, computed once
var builtInTable = sync.OnceValue(func() *Table {
	t := newTable()
	files, err := fs.Glob(builtIn, "table/*.yaml")
	for _, name := range files {
		var text []byte
		if text, err = builtIn.ReadFile(name); err == nil {
			err = t.read(name, text)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		panic(fmt.Sprintf("built-in prices: %v", err)) // a test reads them
	}
	return t
})

func newTable() *Table {
	return &Table{own: map[string]entry{}, vendors: map[string]map[string]entry{}, aliases: map[string]string{}}
}

// clone returns a copy that may be added to.
func (t *Table) clone() *Table {
	c := newTable()
	for name, e := range t.own {
		c.own[name] = e
	}
	for vendor, models := range t.vendors {
		c.vendors[vendor] = make(map[string]entry, len(models))
		for name, e := range models {
			c.vendors[vendor][name] = e
		}
	}
	for alias, vendor := range t.aliases {
		c.aliases[alias] = vendor
	}
	return c
}

// maxFile bounds a file of prices, in bytes: a wrong path gives an error, not a table of megabytes.
const maxFile = 4 << 20

// Load returns the built-in table with the entries of the file at path in place of its own and beside them; an empty path
// gives the built-in table alone. Errors name the file, and the line and the field at fault.
func Load(path string) (*Table, error) {
	if path == "" {
		return BuiltIn(), nil
	}
	text, err := namedfile.Read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	t, err := Parse(path, text)
	if err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	return t, nil
}

// Parse is Load for the text of a file; name stands for it in errors and sources.
func Parse(name string, text []byte) (*Table, error) {
	t := BuiltIn().clone()
	if err := t.read(name, text); err != nil {
		return nil, err
	}
	return t, nil
}
