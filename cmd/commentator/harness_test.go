package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/isolate"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

var server = mlflowtest.New(mlflowtest.WithWorkers(2))

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == isolate.Argument {
		os.Exit(child())
	}
	if err := bare(); err != nil {
		panic(err)
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked { // tests wait for servers more than they compute
		if err := flag.Set("test.parallel", "4"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	server.Stop()
	guarded.Stop()
	if code == 0 {
		if err := goleak.Find(goleak.IgnoreCurrent()); err != nil {
			os.Stderr.WriteString(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// bare takes the machine's settings out of the environment.
func bare() error {
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		for _, prefix := range []string{"MLFLOW_", "OTEL_", "OPENAI_", "SLACK_", "MODEL", "COMMENTATOR_", "LOG_"} {
			if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, "COMMENTATOR_TEST_") {
				if err := os.Unsetenv(name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// bench is a fresh place to run the command in: own data folder, own
// experiment, pages on loopback, and nothing of the machine's settings.
type bench struct {
	t          testing.TB
	pages      *httptest.Server
	experiment string
	dir        string
	own        map[string]string // the settings of a bench that is used beside others
}

// newBench makes a bench that has the process's environment and folder for itself. Its settings are
// variables.
func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, experiment: mlflowtest.Experiment(t), dir: t.TempDir(), pages: servePages(t)}
	t.Chdir(b.dir) // no .env of the machine's
	b.set("COMMENTATOR_DATA_DIR", filepath.Join(b.dir, "data"))
	b.set("MLFLOW_EXPERIMENT_NAME", b.experiment)
	b.set("COMMENTATOR_FETCH_ALLOW", strings.TrimPrefix(b.pages.URL, "http://"))
	b.set("LOG_LEVEL", "ERROR")
	return b
}

// servePages serves the demo's pages, and more. Its handler takes further ones.
func servePages(t testing.TB) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(filepath.Join(sourceDir, "../../scripts/demo"))))
	mux.Handle("/more/", http.StripPrefix("/more/", http.FileServer(http.Dir(filepath.Join(sourceDir, "testdata/pages")))))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// unset removes a variable for the test's time.
func unset(t testing.TB, name string) {
	t.Setenv(name, "")
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// set changes a setting, of this bench only where that is its own.
func (b *bench) set(name, value string) {
	if b.own != nil {
		b.own[name] = value
		return
	}
	b.t.Setenv(name, value)
}

// unset takes a setting away.
func (b *bench) unset(name string) {
	if b.own != nil {
		delete(b.own, name)
		return
	}
	unset(b.t, name)
}

// newOwnBench makes a bench for a test that runs beside others. The environment is one for all, so that its
// settings are given to the command as flags, and to the built program as its variables.
func newOwnBench(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, experiment: mlflowtest.Experiment(t), dir: t.TempDir(), pages: servePages(t)}
	b.own = map[string]string{
		"COMMENTATOR_DATA_DIR": filepath.Join(b.dir, "data"), "MLFLOW_EXPERIMENT_NAME": b.experiment,
		"COMMENTATOR_FETCH_ALLOW": strings.TrimPrefix(b.pages.URL, "http://"), "LOG_LEVEL": "ERROR",
		"MLFLOW_TRACKING_URI":         "http://127.0.0.1:9", // nobody, and not the server that somebody has at :5000; see bench.mlflow
		"MLFLOW_HTTP_REQUEST_TIMEOUT": "300",                // on a busy machine, nobody gives a server up that is only slow
	}
	return b
}

// beside makes of an own bench one for a test within its own, which runs beside others too: with the same
// settings, but for a data folder and an experiment.
func (b *bench) beside(t *testing.T) *bench {
	t.Helper()
	c := newOwnBench(t)
	for name, value := range b.own {
		if name != "COMMENTATOR_DATA_DIR" && name != "MLFLOW_EXPERIMENT_NAME" {
			c.own[name] = value
		}
	}
	c.pages = b.pages
	return c
}

// flags adds the settings of an own bench, of which a command takes those that it reads.
func (b *bench) flags(args []string) []string {
	if b.own == nil {
		return args
	}
	args = append(slices.Clone(args), "--env-file="+os.DevNull) // no .env of the machine's
	for _, name := range slices.Sorted(maps.Keys(b.own)) {
		if !hidden(b.t, args, name) {
			args = append(args, flagOf(b.t, name)+"="+b.own[name])
		}
	}
	return args
}

// mlflow points the command at the real server, or at what stands before it.
func (b *bench) mlflow(uri string) *mlflow.Client {
	b.t.Helper()
	b.set("MLFLOW_TRACKING_URI", uri)
	c, err := mlflow.NewClient(uri)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.CloseIdle)
	return c
}

// run runs the command in this process.
func (b *bench) run(args ...string) (code int, out, errs string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	var o, e bytes.Buffer
	code = execute(ctx, b.flags(args), streams{out: &o, err: &e, in: strings.NewReader("")})
	return code, o.String(), e.String()
}

// jobs runs links with --json and decodes the reports.
func (b *bench) jobs(wantCode int, args ...string) []jobReport {
	b.t.Helper()
	code, out, errs := b.run(append([]string{"run", "--json", "--wait=5m"}, args...)...)
	if code != wantCode {
		b.t.Fatalf("exit code %d, want %d\n%s\n%s", code, wantCode, out, errs)
	}
	return decode(b.t, out)
}

func decode(t testing.TB, out string) []jobReport {
	t.Helper()
	var reports []jobReport
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var r jobReport
		if err := dec.Decode(&r); err != nil {
			t.Fatalf("decode report: %v\n%s", err, out)
		}
		reports = append(reports, r)
	}
	return reports
}

func (b *bench) page(name string) string { return b.pages.URL + "/" + name }

// tree is a job's runs by name, with the parent's under its own name and as "".
type tree map[string]mlflow.Run

// runsOf reads a job's runs back from the server.
func (b *bench) runsOf(c *mlflow.Client, filter string) []mlflow.Run {
	b.t.Helper()
	ctx := context.Background()
	e, err := c.ExperimentByName(ctx, b.experiment)
	if mlflow.IsNotFound(err) {
		return nil
	}
	if err != nil {
		b.t.Fatal(err)
	}
	runs, _, err := c.SearchRuns(ctx, mlflow.RunSearch{ExperimentIDs: []string{e.ID}, Filter: filter, MaxResults: 1000})
	if err != nil {
		b.t.Fatal(err)
	}
	return runs
}

func (b *bench) tree(c *mlflow.Client, jobID string) tree {
	b.t.Helper()
	out := tree{}
	for _, r := range b.runsOf(c, "tags.job_id = '"+jobID+"'") {
		if _, twice := out[r.Info.Name]; twice {
			b.t.Errorf("run %s of job %s is there twice", r.Info.Name, jobID)
		}
		out[r.Info.Name] = r
		if r.Info.Name == "job_"+jobID[:min(12, len(jobID))] {
			out[""] = r
		}
	}
	return out
}

func metrics(r mlflow.Run) map[string]float64 {
	m := map[string]float64{}
	for _, x := range r.Data.Metrics {
		m[x.Key] = float64(x.Value)
	}
	return m
}

func tags(r mlflow.Run) map[string]string {
	m := map[string]string{}
	for _, x := range r.Data.Tags {
		m[x.Key] = x.Value
	}
	return m
}

func params(r mlflow.Run) map[string]string {
	m := map[string]string{}
	for _, x := range r.Data.Params {
		m[x.Key] = x.Value
	}
	return m
}
