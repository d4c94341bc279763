package mlflowtest

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// release says how pip installs the versions from first on, up to the next row's.
type release struct {
	first string
	// base is a version whose dependencies it takes over, where pip finds its own
	// not; empty: pip resolves it.
	base string
	// below are packages that a version must not meet newer than this, though its
	// metadata allow it.
	below map[string]string
}

// releases is seen on PyPI and with real servers, up to 3.18.0. Older ones name no
// upper bound for SQLAlchemy and end at once with 2.1, whose pool classes have other
// names.
var releases = []release{
	{first: "0", below: map[string]string{"sqlalchemy": "2.1"}},
	{first: "3.17"},
	{first: "3.18", base: "3.17.2"}, // needs mlflow-skinny 3.18.0, which was never published
	{first: "3.18.1"},
}

// step is one call of pip's, and what shows that it is done.
type step struct {
	arguments []string
	packages  []installation
}

// installation is a package that has to be there: of one version, or older than one,
// or any.
type installation struct{ name, version, below string }

// stepsFor returns the calls of pip that install a version of MLflow.
func stepsFor(version string) []step {
	i := len(releases) - 1
	for i > 0 && older(version, releases[i].first) {
		i--
	}
	r := releases[i]
	whole := step{arguments: []string{"mlflow==" + version}, packages: []installation{{name: "mlflow", version: version}}}
	for _, name := range slices.Sorted(maps.Keys(r.below)) {
		limit := r.below[name]
		whole.arguments = append(whole.arguments, name+"<"+limit)
		whole.packages = append(whole.packages, installation{name: name, below: limit})
	}
	if r.base == "" {
		return []step{whole}
	}
	// The base goes when the version itself comes, so that nothing of it is asked for.
	base := step{arguments: stepsFor(r.base)[0].arguments}
	whole.arguments = append([]string{"--no-deps"}, whole.arguments...)
	return []step{base, whole}
}

// older compares versions by their numbers; what follows a number, such as rc1, does
// not count.
func older(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(version string) []int {
	var out []int
	for part := range strings.SplitSeq(version, ".") {
		digits := len(part) - len(strings.TrimLeft(part, "0123456789"))
		n, _ := strconv.Atoi(part[:digits]) // none: 0
		out = append(out, n)
	}
	return out
}

// installed reports whether what a step brings is there as a whole: pip says that it was
// the installer after a package's files and commands (its list of files, RECORD, is there from
// the start, as the wheel has it), and writes a package after those that it needs.
func (s step) installed(venv string) bool {
	return !slices.ContainsFunc(s.packages, func(i installation) bool {
		return !slices.ContainsFunc(i.versions(venv), func(version string) bool {
			return (i.version == "" || version == i.version) && (i.below == "" || older(version, i.below))
		})
	})
}

// versions lists the versions of the package in a virtual environment: one, if any.
func (i installation) versions(venv string) []string {
	found, err := filepath.Glob(filepath.Join(venv, "lib", "python3*", "site-packages", "*.dist-info", "INSTALLER"))
	if err != nil {
		return nil
	}
	var out []string
	for _, path := range found {
		folder := strings.TrimSuffix(filepath.Base(filepath.Dir(path)), ".dist-info")
		// Wheels write the name as they like: Flask_WTF, flask_wtf.
		if name, version, ok := strings.Cut(folder, "-"); ok && strings.EqualFold(name, strings.ReplaceAll(i.name, "-", "_")) {
			out = append(out, version)
		}
	}
	return out
}
