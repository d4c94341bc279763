package runs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseRules reads Rules from YAML. A key that does not exist is an error that
// names the key and its line, as it is mostly a slip of the pen.
func ParseRules(text []byte) (Rules, error) {
	var r Rules
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&r); err != nil && !errors.Is(err, io.EOF) {
		return Rules{}, fmt.Errorf("parse rules: %w", explainYAML(text, err))
	}
	if err := dec.Decode(&Rules{}); !errors.Is(err, io.EOF) {
		return Rules{}, errors.New("parse rules: more than one YAML document")
	}
	if err := r.Validate(); err != nil {
		return Rules{}, fmt.Errorf("parse rules: %w", err)
	}
	return r, nil
}

// Validate says what in the rules cannot work, with the path of the value.
func (r Rules) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, run := range r.Runs {
		at := fmt.Sprintf("runs[%d]", i)
		pattern(bad, at+".span", run.Span)
		if run.Skip && (run.Name != "" || len(run.Params)+len(run.Metrics)+len(run.Tags)+len(run.Artifacts)+len(run.Set) > 0) {
			bad("%s.skip: a skipped span is no run and takes no name, params, metrics, tags or artifacts", at)
		}
		if strings.Count(run.Name, "{") != strings.Count(run.Name, "}") {
			bad("%s.name: %q has an unclosed brace", at, run.Name)
		}
		for _, f := range []struct {
			kind   string
			fields map[string]string
		}{{"params", run.Params}, {"metrics", run.Metrics}, {"tags", run.Tags}, {"artifacts", run.Artifacts}} {
			kind, m := f.kind, f.fields
			for _, k := range sortedKeys(m) {
				if k == "" || m[k] == "" {
					bad("%s.%s: the name in MLflow and the attribute must not be empty", at, kind)
				}
				clean := cleanKey(k)
				if kind == "artifacts" {
					clean = cleanPath(k)
				}
				if k != "" && clean != k {
					bad("%s.%s.%s: MLflow does not take that name; %q would do", at, kind, k, clean)
				}
			}
		}
		for _, k := range sortedKeys(run.Set) {
			if cleanKey(k) != k {
				bad("%s.set.%s: MLflow does not take that name; %q would do", at, k, cleanKey(k))
			}
		}
	}
	for i, p := range r.Ignore {
		pattern(bad, fmt.Sprintf("ignore[%d]", i), p)
	}
	if len(r.Colors) > 0 && r.ColorBy == "" {
		bad("color_by: colors need the name of the tag that decides")
	}
	for _, k := range sortedKeys(r.Colors) {
		if !color.MatchString(r.Colors[k]) {
			bad("colors.%s: %q is no colour like #3BA65E", k, r.Colors[k])
		}
	}
	l := r.Limits
	for _, f := range []struct {
		name string
		n    int
	}{
		{"runs", l.Runs}, {"artifact_bytes", l.ArtifactBytes}, {"param_chars", l.ParamChars}, {"tag_chars", l.TagChars},
		{"metrics", l.Metrics}, {"params", l.Params}, {"tags", l.Tags},
	} {
		if f.n < 0 {
			bad("limits.%s: must not be negative; 0 means the default", f.name)
		}
	}
	return errors.Join(errs...)
}

var color = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func pattern(bad func(string, ...any), at, p string) {
	switch i := strings.IndexByte(p, '*'); {
	case p == "":
		bad("%s: must name a span; * matches any", at)
	case i >= 0 && i < len(p)-1:
		bad("%s: %q: a * is a wildcard only at the end", at, p)
	}
}

var unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type runs\.(\w+)`)

// explainYAML words the decoder's error for whoever wrote the file.
func explainYAML(text []byte, err error) error {
	m := unknownField.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	known := map[string]string{
		"Rules":   "runs, only_listed, inherit, collect, color_by, colors, ignore, limits",
		"RunRule": "span, skip, name, params, metrics, tags, artifacts, set, no_defaults",
		"Limits":  "runs, artifact_bytes, param_chars, tag_chars, metrics, params, tags",
	}[m[3]]
	where := "line " + m[1]
	if path := yamlPath(text, m[1], m[2]); path != "" {
		where += ", " + path
	}
	return fmt.Errorf("%s: unknown key %q (known here: %s)", where, m[2], known)
}

// yamlPath finds the path of a key at a line, such as runs[1].nmae.
func yamlPath(text []byte, line, key string) string {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return ""
	}
	var find func(n *yaml.Node, path string) string
	find = func(n *yaml.Node, path string) string {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				k, sub := n.Content[i], n.Content[i+1]
				p := strings.TrimPrefix(path+"."+k.Value, ".")
				if k.Value == key && fmt.Sprint(k.Line) == line {
					return p
				}
				if found := find(sub, p); found != "" {
					return found
				}
			}
		case yaml.SequenceNode:
			for i, sub := range n.Content {
				if found := find(sub, fmt.Sprintf("%s[%d]", path, i)); found != "" {
					return found
				}
			}
		}
		return ""
	}
	return find(doc.Content[0], "")
}
