package mlflowmatrix

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

const (
	resultsFile = "testdata/results.json"
	readme      = "../../otel/mlflow/README.md"
	mark        = "<!-- mlflow-versions -->\n"
)

// row is what was seen of one server.
type row struct {
	Server facts                 `json:"server"`
	Ways   map[string]properties `json:"ways"` // by way, with and without tokens
	// contents are all tags, params, metrics and artifacts that runs have, by way.
	contents map[string][]string
}

// results are all rows, and what runs have, which is the same on every server.
type results struct {
	Runs    map[string][]string `json:"runs"` // by way
	Servers map[string]row      `json:"servers"`
}

// recorder collects rows and holds them to those that are committed.
type recorder struct {
	mu        sync.Mutex
	committed results
	seen      map[string]row
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	return &recorder{committed: readResults(t), seen: map[string]row{}}
}

func readResults(t *testing.T) results {
	t.Helper()
	text, err := os.ReadFile(resultsFile)
	out := results{Runs: map[string][]string{}, Servers: map[string]row{}}
	if errors.Is(err, fs.ErrNotExist) {
		return out
	}
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatalf("read the results: %v", err)
	}
	return out
}

// set keeps the row of a server that has no faults, and compares it. A server with
// faults has no row that could be believed.
func (r *recorder) set(t *testing.T, name string, got row) {
	t.Helper()
	if t.Failed() || len(got.Ways) < 2*len(ways) { // or not all were asked for
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[name] = got
	if *update {
		return // compared in the end
	}
	want, known := r.committed.Servers[name]
	if !known {
		t.Errorf("%s has no row for this server (-update adds it): %s", resultsFile, indented(t, got))
	} else if diff := changes(lines(t, want), lines(t, got)); len(diff) > 0 {
		t.Errorf("%s (-update rewrites it) and this server differ:\n%s", resultsFile, strings.Join(diff, "\n"))
	}
	r.compareRuns(t, got)
}

// compareRuns holds what runs have to what they have on the server whose runs are
// committed.
func (r *recorder) compareRuns(t *testing.T, got row) {
	t.Helper()
	for _, way := range slices.Sorted(maps.Keys(got.contents)) {
		if diff := changes(r.committed.Runs[way], got.contents[way]); len(diff) > 0 {
			t.Errorf("%s, through %s: the runs and those of %s differ:\n%s", got.Server.Version, way, resultsFile, strings.Join(diff, "\n"))
		}
	}
}

// end writes what was seen, where that is asked for.
func (r *recorder) end(t *testing.T) {
	t.Helper()
	if !*update {
		return
	}
	if row, ok := r.seen[mlflowtest.DefaultVersion]; ok {
		r.committed.Runs = row.contents
	}
	for name, row := range r.seen {
		r.compareRuns(t, row)
		r.committed.Servers[name] = row
	}
	for name := range r.committed.Servers {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
			delete(r.committed.Servers, name)
		}
	}
	if err := os.WriteFile(resultsFile, []byte(indented(t, r.committed)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, _, after := cut(t, string(text))
	if err := os.WriteFile(readme, []byte(before+mark+table(r.committed.Servers)+mark+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func indented(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lines is a row with the path to each value, sorted.
func lines(t *testing.T, r row) []string {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal([]byte(indented(t, r)), &tree); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if m, ok := v.(map[string]any); ok {
			for k, v := range m {
				walk(path+"/"+k, v)
			}
			return
		}
		out = append(out, path+": "+strings.TrimSpace(indented(t, v)))
	}
	walk("", tree)
	slices.Sort(out)
	return out
}

// cut finds the table in the README.
func cut(t *testing.T, text string) (before, table, after string) {
	t.Helper()
	before, rest, ok := strings.Cut(text, mark)
	if ok {
		table, after, ok = strings.Cut(rest, mark)
	}
	if !ok {
		t.Fatalf("%s does not have the mark %q twice", filepath.Base(readme), strings.TrimSpace(mark))
	}
	return before, table, after
}

// table is what people read of the results.
func table(rows map[string]row) string {
	var b strings.Builder
	b.WriteString("| MLflow | spans over OTLP | the trace is shown in the | runs that list it | its tokens |\n|---|---|---|---|---|\n")
	for _, k := range kinds {
		row, ok := rows[k.name]
		if !ok {
			continue
		}
		b.WriteString("| " + k.name + " | " + row.Server.overOTLP() + " | " + row.say(func(p properties) string { return p.Trace }) + " | " +
			row.say(func(p properties) string { return p.Linked }) + " | " + row.tokens() + " |\n")
	}
	return b.String()
}

func (f facts) overOTLP() string {
	plain, zipped := strings.HasPrefix(f.OTLP, "200 "), strings.HasPrefix(f.OTLPGzip, "200 ")
	switch {
	case plain && zipped:
		return "yes"
	case plain:
		return "without gzip"
	}
	return "no"
}

// say is one property of all ways, or each where they differ.
func (r row) say(property func(properties) string) string {
	var values []string
	for _, way := range ways {
		for _, name := range []string{way.name, way.name + ", with tokens"} {
			if v := property(r.Ways[name]); !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return strings.Join(values, " or ")
}

// tokens says whether the trace shows the tokens of the jobs that have some.
func (r row) tokens() string {
	for _, way := range ways {
		if r.Ways[way.name+", with tokens"].Tokens == "none" {
			return "in the runs"
		}
	}
	return "shown"
}

// TestTheReadmeShowsWhatWasSeen needs no server: the table is made of the results.
func TestTheReadmeShowsWhatWasSeen(t *testing.T) {
	rows := readResults(t).Servers
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := cut(t, string(text)); got != table(rows) {
		t.Errorf("the README's table of MLflow versions is not that of %s:\n%s\nwant\n%s", resultsFile, got, table(rows))
	}
	for _, k := range kinds {
		if _, ok := rows[k.name]; !ok {
			t.Errorf("%s has no row of %s: run this package's tests with -update", resultsFile, k.name)
		}
	}
}
