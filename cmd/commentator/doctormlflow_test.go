package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestDoctorSaysWhatIsWrongWithAServer: each case is one that delivery meets too.
func TestDoctorSaysWhatIsWrongWithAServer(t *testing.T) {
	path := func(status int, body string, paths ...string) func(mlflowtest.Request) mlflowtest.Fault {
		return refusing(status, body, func(r mlflowtest.Request) bool {
			for _, p := range paths {
				if strings.HasSuffix(r.Path, p) {
					return true
				}
			}
			return false
		})
	}
	const page, denied = "<html><title>Sign in</title></html>", `{"error_code":"PERMISSION_DENIED","message":"Permission denied"}`
	for name, c := range map[string]struct {
		fault  func(mlflowtest.Request) mlflowtest.Fault
		before func(t *testing.T, b *bench, client *mlflow.Client) // what is done to the server
		code   int
		want   map[string]string // the rows, with their first words
		not    []string
	}{
		"all well after a job": {nil, func(_ *testing.T, b *bench, _ *mlflow.Client) { b.jobs(exitOK, b.page("fetch-api.html")) }, exitOK, map[string]string{
			"experiment": "ok", "write access": "ok   tag mlflow.experimentKind", "artifacts": "ok   the server reaches its store", "trace info": "ok   yes",
		}, []string{"basic authentication", "setting", "parent run"}},
		"read only": {path(403, denied, "set-experiment-tag"), func(_ *testing.T, b *bench, client *mlflow.Client) { tagged(b, client) }, exitUsage,
			map[string]string{"MLflow": "ok", "write access": "fix", "experiment": "ok"}, nil},
		"deleted experiment": {nil, func(t *testing.T, b *bench, client *mlflow.Client) {
			deleteExperiment(t, client.URI(), tagged(b, client))
		}, exitUsage, map[string]string{"MLflow": "ok", "experiment": "fix"}, []string{"write access"}},
		"no tag to write": {nil, func(t *testing.T, b *bench, client *mlflow.Client) {
			if _, err := client.CreateExperiment(t.Context(), b.experiment, nil); err != nil {
				t.Fatal(err)
			}
		}, exitOK, map[string]string{"write access": "note not checked"}, nil},
		"store away": {path(500, `{"error_code":"INTERNAL_ERROR","message":"no bucket"}`, "mlflow-artifacts/artifacts"),
			func(_ *testing.T, b *bench, client *mlflow.Client) { tagged(b, client) }, exitUsage, map[string]string{"artifacts": "fix"}, nil},
		"no way for spans": {path(404, "<html><title>404 Not Found</title></html>", "v1/traces"), nil, exitOK,
			map[string]string{"MLflow": "ok", "spans over OTLP": "note no: MLflow answered 404 to POST v1/traces: an HTML page, \"404 Not Found\" (let the proxy"}, nil},
		"version hidden": {path(200, page, "version"), nil, exitOK, map[string]string{"MLflow": "ok   of a version that it does not tell"}, nil},
		"login page":     {func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 200, Body: page} }, nil, exitUsage, map[string]string{"MLflow": "fix"}, []string{"experiment"}},
		"wrong credentials": {func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 401, Body: denied} }, nil, exitUsage,
			map[string]string{"MLflow": "fix"}, []string{"experiment"}},
		"gateway": {func(mlflowtest.Request) mlflowtest.Fault { return mlflowtest.Fault{Status: 504, Body: page} }, nil, exitUsage,
			map[string]string{"MLflow": "fix"}, nil},
		"wrong path": {func(mlflowtest.Request) mlflowtest.Fault {
			return mlflowtest.Fault{Status: 404, Body: "<html><title>404 Not Found</title></html>"}
		}, nil, exitUsage, map[string]string{"MLflow": "fix"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p, client := faulty(t, b, nil)
			if c.before != nil {
				c.before(t, b, client)
			}
			p.SetFault(c.fault)
			got := b.doctor(c.code)
			for row, want := range c.want {
				if !strings.HasPrefix(got[row], want) {
					t.Errorf("%s: %q, want %q", row, got[row], want)
				}
			}
			for _, row := range c.not {
				if line, there := got[row]; there {
					t.Errorf("%s: %q", row, line)
				}
			}
			if strings.Contains(got["MLflow"], "start_mlflow.sh") {
				t.Errorf("a server that answers is to be started: %q", got["MLflow"])
			}
			if name == "deleted experiment" && !strings.Contains(got["experiment"], "mlflow experiments restore") {
				t.Errorf("no way to mend in %q", got["experiment"])
			}
			if name == "read only" && !strings.Contains(got["write access"], "EDIT") {
				t.Errorf("no way to mend in %q", got["write access"])
			}
		})
	}
}

// deleteExperiment does what a person does on MLflow's pages.
func deleteExperiment(t *testing.T, uri, id string) {
	t.Helper()
	body := strings.NewReader(`{"experiment_id":"` + id + `"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, uri+"/api/2.0/mlflow/experiments/delete", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("delete experiment: %s", resp.Status)
	}
}

// tagged makes the experiment as a job leaves it, and returns its id.
func tagged(b *bench, client *mlflow.Client) string {
	b.t.Helper()
	id, err := client.CreateExperiment(b.t.Context(), b.experiment, []mlflow.Tag{{Key: "mlflow.experimentKind", Value: "genai_development"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func TestDoctorNeitherChangesNorAddsAnything(t *testing.T) {
	b := newBench(t)
	p, _ := faulty(t, b, nil)
	b.doctor(exitOK)
	for _, r := range p.Requests() {
		if r.Method != http.MethodGet && !asksServer(r) {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

func TestDoctorNamesSettingsWithoutEffectAndWhatIsLeftOut(t *testing.T) {
	b := newBench(t)
	faulty(t, b, nil)
	b.set("MLFLOW_ALLOW_HTTP_REDIRECTS", "true")
	b.set("MLFLOW_ENABLE_ARTIFACTS", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	b.set("MLFLOW_RUN_ID", "0123456789abcdef0123456789abcdef")
	got := b.doctor(exitUsage)
	for row, want := range map[string]string{
		"setting": "note MLFLOW_ALLOW_HTTP_REDIRECTS has no effect", "artifacts": "note left out", "traces": "note left out", "parent run": "fix  MLFLOW_RUN_ID is 0123",
	} {
		if !strings.HasPrefix(got[row], want) {
			t.Errorf("%s: %q, want %q", row, got[row], want)
		}
	}
}

func TestHowAServerIsReachedIsSaidWithoutSecrets(t *testing.T) {
	const secret = "hunter22"
	for want, cfg := range map[string]mlflow.Config{
		"without credentials":                      {},
		"with a token":                             {Token: secret, Username: "ann"},
		"with the token in /run/token":             {TokenFile: "/run/token"},
		"with OAuth2 tokens for client worker":     {OAuth2: mlflow.OAuth2{ClientID: "worker", ClientSecret: secret, TokenURL: "https://login"}},
		"with the service account of the pod":      {Auth: "kubernetes"},
		"as user ann (basic authentication)":       {Username: "ann", Password: secret},
		"as user bob (basic authentication)":       {URI: "http://bob:" + secret + "@m:5000"},
		"without credentials, headers x-api-key":   {Headers: "x-api-key=" + secret},
		"without credentials, workspace team-a":    {Workspace: "team-a"},
		"client certificate of /c.pem, any server": {ClientCertFile: "/c.pem", InsecureTLS: true, CAFile: "/ca.pem"},
		"authorities of /ca.pem":                   {CAFile: "/ca.pem"},
	} {
		got := identity(cfg, "https://m:5000")
		if !strings.Contains(got, want) || strings.Contains(got, secret) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDoctorKnowsWhatMakesBasicAuthenticationQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newBench(t)
	b.mlflow(slowed(t, slowCall))
	if line, there := b.doctor(exitOK)["basic authentication"]; there {
		t.Errorf("without a user: %q", line)
	}
	b.set("MLFLOW_TRACKING_USERNAME", "ann")
	b.set("MLFLOW_TRACKING_PASSWORD", "any")
	if line := b.doctor(exitOK)["basic authentication"]; !strings.HasPrefix(line, "note a call takes") || !strings.Contains(line, "auth_cache_ttl_seconds") {
		t.Errorf("with a user: %q", line)
	}
}

// guarded asks who calls, and keeps artifacts where only itself can write.
var guarded = mlflowtest.New(mlflowtest.WithServerArgs("--app-name", "basic-auth", "--default-artifact-root", "/nowhere"))

// TestAServerWithUsersAndAnArtifactRootOfItsOwn: what a job and the doctor make of it.
func TestAServerWithUsersAndAnArtifactRootOfItsOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	uri := guarded.URI(t)
	b.set("MLFLOW_TRACKING_URI", uri)
	as := func(user, password string) {
		b.set("MLFLOW_TRACKING_USERNAME", user)
		b.set("MLFLOW_TRACKING_PASSWORD", password)
	}
	as(mlflowtest.AdminUser, mlflowtest.AdminPassword)
	rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]
	if !rep.Delivered || len(rep.Missing) != 1 || !strings.HasPrefix(rep.Missing[0], "artifacts (") || !strings.Contains(rep.Missing[0], "/nowhere/") {
		t.Errorf("report %+v", rep)
	}
	got := b.doctor(exitUsage)
	for row, want := range map[string]string{
		"MLflow": "ok   " + mlflowtest.DefaultVersion + " at " + uri + ", as user " + mlflowtest.AdminUser + " (basic authentication)", "write access": "ok", "artifacts": "fix",
		"outbox": "note",
	} {
		if !strings.HasPrefix(got[row], want) {
			t.Errorf("%s: %q, want %q", row, got[row], want)
		}
	}
	if strings.Contains(strings.Join(slices.Collect(maps.Values(got)), ""), mlflowtest.AdminPassword) {
		t.Error("the password is shown")
	}
	b.set("MLFLOW_ENABLE_ARTIFACTS", "false")
	if rep := b.jobs(exitOK, b.page("fetch-api.html"))[0]; !rep.Delivered || len(rep.Missing) != 0 {
		t.Errorf("without artifacts: report %+v", rep)
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, uri+"/api/2.0/mlflow/users/create",
		strings.NewReader(`{"username":"reader","password":"reader-of-lamps"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(mlflowtest.AdminUser, mlflowtest.AdminPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	as("reader", "reader-of-lamps")
	if got := b.doctor(exitUsage); !strings.HasPrefix(got["write access"], "fix") || !strings.Contains(got["write access"], "EDIT") {
		t.Errorf("write access of a reader: %q", got["write access"])
	}
	as("reader", "wrong-password")
	if got := b.doctor(exitUsage); !strings.HasPrefix(got["MLflow"], "fix  ") || !strings.Contains(got["MLflow"], "401") {
		t.Errorf("a wrong password: %q", got["MLflow"])
	}
}
