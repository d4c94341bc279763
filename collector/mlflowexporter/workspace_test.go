package mlflowexporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// makeWorkspace makes a workspace on a real server.
func makeWorkspace(t *testing.T, uri, name string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post(uri+"/api/3.0/mlflow/workspaces", "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q}`, name)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusConflict {
		t.Fatalf("make workspace %s: %s", name, resp.Status)
	}
}

func TestTracesGoToTheWorkspaceOfTheirTeam(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := workspaces.URI(t), mlflowtest.Experiment(t)
	makeWorkspace(t, uri, "team-a")
	makeWorkspace(t, uri, "team-b")
	late := fmt.Sprint("team-", time.Now().UnixNano()) // made only later
	c := quick(t, uri, "experiment: {name: "+experiment+"}\nworkspace: {name: team-a, from_attribute: team}")
	exp, _ := begin(t, c, nil)
	for n, team := range []string{"team-b", "", "No Workspace's Name", late, "team-b"} {
		td := request(unique(experiment, n), "shop", root(1), chat(2, 1))
		td.ResourceSpans().At(0).Resource().Attributes().PutStr("team", team)
		if err := exp.ConsumeTraces(t.Context(), td); err != nil {
			t.Fatal(err)
		}
	}
	in := func(workspace string) *mlflow.Client {
		t.Helper()
		one, err := mlflow.NewClient(uri, mlflow.WithWorkspace(workspace))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.CloseIdle)
		return one
	}
	waitFinished(t, in("team-b"), experiment, 4)
	waitFinished(t, in("team-a"), experiment, 4) // without a name, and with one that cannot be
	makeWorkspace(t, uri, late)
	waitFinished(t, in(late), experiment, 2)
	for workspace, traces := range map[string]int{"team-a": 2, "team-b": 2, late: 1} {
		one := in(workspace)
		e, err := one.ExperimentByName(t.Context(), experiment)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the traces of "+workspace, func() bool {
			got, err := one.SearchTraces(t.Context(), e.ID, "", 100)
			return err == nil && len(got) == traces
		})
	}
	if _, err := in("default").ExperimentByName(t.Context(), experiment); !mlflow.IsNotFound(err) {
		t.Errorf("the default workspace has the experiment too: %v", err)
	}
}

func TestWorkspacesAreBounded(t *testing.T) {
	mlflow, url := fake(t)
	seen := make(chan string, 1000)
	mlflow.Fault = func(r *http.Request) (int, string) {
		seen <- r.Header.Get("X-Mlflow-Workspace")
		return 0, ""
	}
	exp, stop := begin(t, quick(t, url, "workspace: {from_attribute: service.name, max_workspaces: 2}"), nil)
	for i, service := range []string{"shop", "search", "shop", "one-too-many"} {
		if err := exp.ConsumeTraces(t.Context(), request(i+1, service, chat(1, 0))); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the trace of "+service, func() bool { return len(mlflow.Runs(traceHex(i+1))) == 1 })
	}
	stop()
	close(seen)
	got := map[string]int{}
	for name := range seen {
		got[name]++
	}
	if len(got) != 3 || got["shop"] == 0 || got["search"] == 0 || got[""] == 0 {
		t.Errorf("requests by workspace: %v", got)
	}
}

func TestAWorkspaceThatIsAbsentStopsTheStart(t *testing.T) {
	mlflow, url := fake(t)
	mlflow.Fault = func(*http.Request) (int, string) {
		return http.StatusNotFound, `{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Workspace 'nope' not found"}`
	}
	exp, err := NewFactory().CreateTraces(t.Context(), settings(t), quick(t, url, "workspace: {name: nope}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := exp.Start(t.Context(), host{}); err == nil || !strings.Contains(err.Error(), "workspace::name") {
		t.Errorf("error %v", err)
	}
}
