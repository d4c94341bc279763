package integration

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// manyRuns is what a busy team has after a year.
const manyRuns = 20_000

// fill copies one run of an experiment with all it has until there are n of them. It
// writes to the server's database: over REST it would take an hour.
const fill = `import sqlite3, sys, uuid
path, experiment, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path, timeout=60)
def columns(table): return [c[1] for c in db.execute(f"pragma table_info({table})")]
run, = db.execute("select run_uuid from runs where experiment_id = ? limit 1", (experiment,)).fetchone()
tables = ["runs", "tags", "params", "metrics", "latest_metrics"]
rows = {t: db.execute(f"select * from {t} where run_uuid = ?", (run,)).fetchall() for t in tables}
for _ in range(n):
    new = uuid.uuid4().hex
    for t in tables:
        names = columns(t)
        for row in rows[t]:
            values = [new if name == "run_uuid" else
                      uuid.uuid4().hex if t == "tags" and name == "value" and row[names.index("key")] == "otel.trace_id" else v
                      for name, v in zip(names, row)]
            db.execute(f"insert into {t} values ({','.join('?' * len(names))})", values)
db.commit()`

// filled starts a server with an experiment of many runs, and gives its address with
// the name.
func filled(t testing.TB) (uri, experiment string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mlflow.db")
	s := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), mlflowtest.WithBackendStore("sqlite:///"+file))
	t.Cleanup(s.Stop)
	uri, experiment = s.URI(t), mlflowtest.Experiment(t)
	d := deliver.New(newClient(t, uri), deliver.WithExperiment(experiment), deliver.WithoutExperimentSetup())
	_, td := newTrace(0, "a note")
	r, err := d.Deliver(t.Context(), td, deliver.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "python3", "-c", fill, file, r.ExperimentID, fmt.Sprint(manyRuns)).CombinedOutput(); err != nil {
		t.Fatalf("fill the database: %v\n%s", err, out)
	}
	return uri, experiment
}

// TestManyRunsInAnExperimentCostNoMoreRequests: neither the first delivery of a process
// nor one that searches what is there asks for more than in an empty experiment.
func TestManyRunsInAnExperimentCostNoMoreRequests(t *testing.T) {
	needServers(t)
	uri, full := filled(t)
	p := mlflowtest.NewProxy(t, uri, "", false)
	c := newClient(t, p.URL)
	requests := func(experiment string) string {
		t.Helper()
		d := deliver.New(c, deliver.WithExperiment(experiment), deliver.WithoutExperimentSetup())
		var all []string
		for i, origin := range []deliver.Origin{{}, {SearchFirst: true}} {
			p.Reset()
			_, td := newTrace(i, "a note")
			if _, err := d.Deliver(t.Context(), td, origin); err != nil {
				t.Fatal(err)
			}
			for _, r := range p.Requests() {
				if r.Method == "POST" && !strings.HasSuffix(r.Path, "experiments/create") && !strings.Contains(r.Path, "logged-models") {
					all = append(all, r.Path)
				}
			}
		}
		return strings.Join(all, "\n")
	}
	requests(mlflowtest.Experiment(t)) // what a client asks its server once
	if few, many := requests(mlflowtest.Experiment(t)), requests(full); few != many {
		t.Errorf("in an empty experiment:\n%s\n\nin one of %d runs:\n%s", few, manyRuns, many)
	}
}

// BenchmarkManyRuns compares deliveries into an experiment of many runs with those into
// an empty one, of the same server and in turn.
func BenchmarkManyRuns(b *testing.B) {
	uri, full := filled(b)
	c := newClient(b, uri)
	spent := map[string]time.Duration{}
	names := []string{full, mlflowtest.Experiment(b)}
	deliverers := map[string]*deliver.Deliverer{}
	for _, name := range names {
		deliverers[name] = deliver.New(c, deliver.WithExperiment(name), deliver.WithoutExperimentSetup())
	}
	n := 0
	for b.Loop() {
		for _, name := range names {
			n++
			_, td := newTrace(n, "a note")
			began := time.Now()
			if _, err := deliverers[name].Deliver(b.Context(), td, deliver.Origin{SearchFirst: true}); err != nil {
				b.Fatal(err)
			}
			spent[name] += time.Since(began)
		}
	}
	b.ReportMetric(float64(spent[full].Milliseconds())/float64(b.N), "ms/full")
	b.ReportMetric(float64(spent[names[1]].Milliseconds())/float64(b.N), "ms/empty")
	b.ReportMetric(float64(spent[full])/float64(spent[names[1]]), "full/empty")
}
