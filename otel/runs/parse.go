package runs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// UnknownKeyError is a key in the YAML of rules that does not exist, mostly a slip of
// the pen.
type UnknownKeyError struct {
	Line  int      // of the YAML; 0 when nobody wrote it
	Path  string   // such as runs[1].nmae
	Key   string   // the last part of the path
	Known []string // the keys there are
}

func (e *UnknownKeyError) Error() string {
	at := e.Path
	if e.Line > 0 {
		at = fmt.Sprintf("line %d, %s", e.Line, e.Path)
	}
	return fmt.Sprintf("%s: unknown key %q (known here: %s)", at, e.Key, strings.Join(e.Known, ", "))
}

// ParseRules reads Rules from YAML. A key that does not exist is an UnknownKeyError.
// No text at all is the zero Rules. The rules are valid, see Rules.Validate.
func ParseRules(text []byte) (Rules, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return Rules{}, fmt.Errorf("parse rules: %w", err)
	}
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return Rules{}, errors.New("parse rules: more than one YAML document")
	}
	var r Rules
	if len(doc.Content) > 0 {
		if err := doc.Decode(&r); err != nil {
			return Rules{}, fmt.Errorf("parse rules: %w", err)
		}
		if err := checkKeys(doc.Content[0], reflect.TypeFor[Rules](), ""); err != nil {
			return Rules{}, fmt.Errorf("parse rules: %w", err)
		}
	}
	if err := r.Validate(); err != nil {
		return Rules{}, fmt.Errorf("parse rules: %w", err)
	}
	return r, nil
}

// checkKeys compares the keys of a YAML mapping, and of those in it, with the fields
// of the struct that it was decoded to. The decoder's own check knows the line and
// the Go type, but neither the path nor the keys there are. What was decoded holds no
// anchor that contains itself, so that following aliases ends.
//
// The strict mode of goccy/go-yaml (v1.19) would give line and column with an excerpt of
// several lines, but neither the path, which is all that rules given as a map have, nor
// the keys that there are.
func checkKeys(n *yaml.Node, t reflect.Type, path string) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, sub := range n.Content {
			if err := checkKeys(sub, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.SequenceNode: // of mappings to merge
		for _, sub := range n.Content {
			if err := checkKeys(sub, t, path); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		return checkFields(n, t, path)
	}
	return nil
}

// checkFields checks one mapping. A merge key (<<) stands for fields of the same struct.
func checkFields(n *yaml.Node, t reflect.Type, path string) error {
	fields, names := yamlFields(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, sub := n.Content[i], n.Content[i+1]
		at, field := strings.TrimPrefix(path+"."+key.Value, "."), fields[key.Value]
		switch {
		case key.Tag == "!!merge":
			at, field = path, t
		case field == nil:
			return &UnknownKeyError{Line: key.Line, Path: at, Key: key.Value, Known: names}
		}
		if err := checkKeys(sub, field, at); err != nil {
			return err
		}
	}
	return nil
}

// yamlFields gives the types of a struct's fields by their YAML keys, and the keys in
// order.
func yamlFields(t reflect.Type) (types map[string]reflect.Type, names []string) {
	types = make(map[string]reflect.Type, t.NumField())
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		types[name] = f.Type
		names = append(names, name)
	}
	return types, names
}
