package runs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// Validate returns what in the rules cannot work, each error with the path of the
// value, joined; nil when all is well.
func (r Rules) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, run := range r.Runs {
		at := fmt.Sprintf("runs[%d]", i)
		validatePattern(bad, at+".span", run.Span)
		if run.Skip && (run.Name != "" || len(run.Params)+len(run.Metrics)+len(run.Tags)+len(run.Artifacts)+len(run.Set) > 0) {
			bad("%s.skip: a skipped span is no run and takes no name, params, metrics, tags or artifacts", at)
		}
		if strings.Count(run.Name, "{") != strings.Count(run.Name, "}") {
			bad("%s.name: %q has an unclosed brace", at, run.Name)
		}
		validateNames(bad, at+".params", run.Params, naming.Key)
		validateNames(bad, at+".metrics", run.Metrics, naming.Key)
		validateNames(bad, at+".tags", run.Tags, naming.Key)
		validateNames(bad, at+".artifacts", run.Artifacts, naming.Path)
		for _, k := range value.SortedKeys(run.Set) {
			if naming.Key(k) != k {
				bad("%s.set.%s: MLflow does not take that name; %q would do", at, k, naming.Key(k))
			}
		}
	}
	for i, p := range r.Ignore {
		validatePattern(bad, fmt.Sprintf("ignore[%d]", i), p)
	}
	if len(r.Colors) > 0 && r.ColorBy == "" {
		bad("color_by: colors need the name of the tag that decides")
	}
	for i, k := range r.TraceTags {
		if k == "" || naming.Key(k) != k {
			bad("trace_tags[%d]: MLflow does not take the name %q", i, k)
		}
	}
	for i, k := range r.VersionParams {
		if k == "" || naming.Key(k) != k {
			bad("version_params[%d]: MLflow does not take the name %q", i, k)
		}
	}
	for _, k := range value.SortedKeys(r.TraceErrors) {
		if len(r.TraceErrors[k]) == 0 || slices.Contains(r.TraceErrors[k], "") {
			bad("trace_errors.%s: name the values of the tag with which a trace counts as failed", k)
		}
	}
	for _, k := range value.SortedKeys(r.Colors) {
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

// validateNames checks one mapping of names in MLflow to attributes. fix makes a name
// that MLflow takes.
func validateNames(bad func(string, ...any), at string, fields map[string]string, fix func(string) string) {
	for _, k := range value.SortedKeys(fields) {
		if k == "" || fields[k] == "" {
			bad("%s: the name in MLflow and the attribute must not be empty", at)
		}
		if k != "" && fix(k) != k {
			bad("%s.%s: MLflow does not take that name; %q would do", at, k, fix(k))
		}
	}
}

var color = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// validatePattern checks a name that may end in a wildcard.
func validatePattern(bad func(string, ...any), at, p string) {
	switch i := strings.IndexByte(p, '*'); {
	case p == "":
		bad("%s: must name a span; * matches any", at)
	case i >= 0 && i < len(p)-1:
		bad("%s: %q: a * is a wildcard only at the end", at, p)
	}
}
