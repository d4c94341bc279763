package deliver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestASwappedAndARestoredDatabaseGetWhatIsTheirs: a server comes back with another
// database, in which the id of our experiment is a stranger's, and then with an older
// backup of ours, made before the experiment was set up.
func TestASwappedAndARestoredDatabaseGetWhatIsTheirs(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	dir := t.TempDir()
	database := func(name string) mlflowtest.Option {
		return mlflowtest.WithBackendStore("sqlite:///" + filepath.Join(dir, name))
	}
	own := mlflowtest.New(mlflowtest.WithVersion(mlflowtest.DefaultVersion), database("a.db"))
	defer own.Stop()
	p := mlflowtest.NewProxy(t, own.URI(t), "", false)
	c := newClient(t, p.URL)
	const name = "ours"
	ours, _, err := c.EnsureExperiment(t.Context(), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	own.Down()
	copyFile(t, filepath.Join(dir, "a.db"), filepath.Join(dir, "backup.db"))
	own.Restart(t)
	d := New(c, WithExperiment(name), withFixture(), fast(), WithViews(RunsView{ID: "jobs", Name: "Jobs"}))
	if _, err := d.Deliver(t.Context(), smallTrace(1), Origin{}); err != nil {
		t.Fatal(err)
	}
	outage := func(n uint64) {
		t.Helper()
		own.Down()
		if _, err := d.Deliver(t.Context(), smallTrace(n), Origin{}); !IsOutage(err) {
			t.Fatalf("while it is down: %v", err)
		}
	}

	outage(2)
	own.Restart(t, database("b.db"))
	theirs, _, err := c.EnsureExperiment(t.Context(), "theirs", nil)
	if err != nil || theirs.ID != ours.ID {
		t.Fatalf("experiment %s instead of %s: %v", theirs.ID, ours.ID, err)
	}
	p.Reset()
	r, err := d.Deliver(t.Context(), smallTrace(2), Origin{SearchFirst: true})
	if err != nil || r.ExperimentID == theirs.ID {
		t.Fatalf("delivered into %s: %v", r.ExperimentID, err)
	}
	checkSmall(t, c, name, smallTrace(2), "in the other database")
	for _, req := range p.Requests() {
		names := strings.Contains(string(req.Body), `"experiment_id":"`+theirs.ID+`"`) ||
			strings.Contains(string(req.Body), `"experiment_ids":["`+theirs.ID+`"`) || req.Header.Get("X-Mlflow-Experiment-Id") == theirs.ID
		if req.Method != "GET" && names && !isLook(req) {
			t.Errorf("%s %s was sent for the stranger's experiment: %s", req.Method, req.Path, req.Body)
		}
	}
	all, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{ExperimentIDs: []string{theirs.ID}, View: "ALL"})
	if err != nil || len(all) > 0 {
		t.Errorf("%d runs in the stranger's experiment, %v", len(all), err)
	}
	if tags := experimentTags(t, c, "theirs"); len(tags) > 0 {
		t.Errorf("the stranger's experiment has the tags %v", tags)
	}

	outage(3)
	own.Restart(t, database("backup.db"))
	for n := range uint64(2) { // the second without an outage in between
		td := smallTrace(3 + n)
		if r, err = d.Deliver(t.Context(), td, Origin{SearchFirst: n == 0}); err != nil || r.ExperimentID != ours.ID {
			t.Fatalf("delivered into %s: %v", r.ExperimentID, err)
		}
		checkSmall(t, c, name, td, "in the backup")
	}
	if tags := experimentTags(t, c, name); tags["mlflow.sharedViewState.jobs"] == "" {
		t.Errorf("the experiment is not set up again: %v", tags)
	}
	run, err := c.GetRun(t.Context(), r.ParentRunID)
	if err != nil {
		t.Fatal(err)
	}
	spec := mlflow.ModelSpec{Name: mlflow.ModelName("commentator", "1.4.2"), Type: "agent"}
	m, err := c.EnsureLoggedModel(t.Context(), ours.ID, spec)
	if err != nil || len(run.Outputs.Models) != 1 || run.Outputs.Models[0].ModelID != m.ID {
		t.Errorf("the run is linked to %v, the backup has the model %s, %v", run.Outputs.Models, m.ID, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	body, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
