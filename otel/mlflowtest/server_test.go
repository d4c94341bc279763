package mlflowtest

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

func TestAServerStartsOnceAndLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow")
	}
	t.Setenv("MLFLOWTEST_URI", "")
	t.Setenv("MLFLOW_TRACKING_URI", "http://user:pw@elsewhere") // must not reach the server
	s := New()
	uri := s.URI(t)
	if again := s.URI(t); again != uri {
		t.Errorf("%s, then %s", uri, again)
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	if v, err := c.Version(t.Context()); err != nil || v != DefaultVersion {
		t.Errorf("version %s, %v", v, err)
	}
	if first, second := Experiment(t), Experiment(t); first == second {
		t.Error("two tests would share an experiment")
	}
	s.Stop()
	if err := c.Health(t.Context()); !mlflow.IsRetryable(err) {
		t.Errorf("after Stop: %v", err)
	}
	if _, err := os.Stat(s.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the server: %v", err)
	}
}

func TestANamedServerIsTakenWhereAnyWillDo(t *testing.T) {
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "OK") }))
	defer running.Close()
	t.Setenv("MLFLOWTEST_URI", running.URL)
	t.Setenv("PATH", "")
	s := New(WithWorkers(-1))
	if uri := s.URI(t); uri != running.URL || s.config.workers != 1 {
		t.Errorf("%s, want %s; options %+v", uri, running.URL, s.config)
	}
	if s.Log() != "" {
		t.Errorf("log of a server that is not ours: %s", s.Log())
	}
	s.Stop()
	for name, o := range map[string]Option{
		"version": WithVersion(DefaultVersion), "database": WithBackendStore("mysql://h"), "files": WithFileStore(),
		"arguments": WithServerArgs("--app-name", "basic-auth"), "environment": WithEnv(map[string]string{"A": "b"}),
	} {
		if newConfig([]Option{o}).ordinary() {
			t.Errorf("a server with a %s of its own is taken for any", name)
		}
	}
}

func TestArgumentsAndEnvironmentAddUp(t *testing.T) {
	base := newConfig([]Option{
		WithServerArgs("--static-prefix=/a", "--gunicorn-opts", "--timeout 60"), WithEnv(map[string]string{"A": "1", "B": "1"}),
	})
	more := base.with([]Option{WithServerArgs("--app-name", "basic-auth"), WithEnv(map[string]string{"B": "2"})})
	base.with([]Option{WithServerArgs("--dev")}) // must not reach the other
	if got := strings.Join(more.args, " "); got != "--static-prefix=/a --gunicorn-opts --timeout 60 --app-name basic-auth" {
		t.Errorf("arguments %s", got)
	}
	if more.argument("--static-prefix") != "/a" || more.argument("--app-name") != "basic-auth" || more.argument("--dev") != "" {
		t.Errorf("values of %q", more.args)
	}
	env := strings.Join(serverEnv(more, "/f"), "\n") + "\n"
	if !strings.Contains(env, "\nA=1\nB=2\n") || strings.Contains(env, "B=1") || base.env["B"] != "1" {
		t.Errorf("environment %s", env)
	}
}

// ask gets a path of a server's, and returns the status and the body.
func ask(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestAServerThatEndsIsNotWaitedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow")
	}
	s := New(WithServerArgs("--no-such-option"))
	defer s.Stop()
	began := time.Now()
	if _, err := s.first(); !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > startTime {
		t.Errorf("took %v", took)
	}
}

const createExperiment = "/api/2.0/mlflow/experiments/create"

func TestAServerIsReplacedByANewerAndAnOlderOne(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow")
	}
	s := New(WithVersion("3.12.0"))
	defer s.Stop()
	uri := s.URI(t)
	if status, body := ask(t, http.MethodPost, uri+createExperiment, `{"name":"kept"}`); status != http.StatusOK {
		t.Fatal(status, body)
	}
	s.Down()
	if status, body := ask(t, http.MethodGet, uri+"/version", ""); status != 0 {
		t.Errorf("while it is down: %d %s", status, body)
	}
	for _, step := range []struct {
		options []Option
		version string
		status  int // of the experiment
	}{
		{[]Option{WithVersion(DefaultVersion)}, DefaultVersion, http.StatusOK},
		{[]Option{WithVersion("3.12.0"), WithBackendStore("sqlite:///other.db")}, "3.12.0", http.StatusNotFound},
	} {
		s.Restart(t, step.options...)
		if again := s.URI(t); again != uri {
			t.Errorf("%s, after the restart %s", uri, again)
		}
		if _, body := ask(t, http.MethodGet, uri+"/version", ""); body != step.version {
			t.Errorf("version %s, want %s", body, step.version)
		}
		if status, body := ask(t, http.MethodGet, uri+"/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept", ""); status != step.status {
			t.Errorf("%s: the experiment: %d %s", step.version, status, body)
		}
	}
}

func TestServersAsPeopleStartThem(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MLflow")
	}
	const experiment = "/api/2.0/mlflow/experiments/get?experiment_id=0"
	admin := "Basic " + base64.StdEncoding.EncodeToString([]byte(AdminUser+":"+AdminPassword))
	for name, c := range map[string]struct {
		options []Option
		path    string
		header  []string
		status  int
	}{
		"2.x": {[]Option{WithVersion("2.22.5")}, experiment, nil, http.StatusOK},
		"Gunicorn": {
			[]Option{WithServerArgs("--gunicorn-opts", "--timeout 60", "--static-prefix", "/mlflow")}, "/v1/traces", nil, http.StatusNotFound,
		},
		"prefix":          {[]Option{WithServerArgs("--static-prefix", "/mlflow")}, experiment, nil, http.StatusOK},
		"file store":      {[]Option{WithFileStore()}, experiment, nil, http.StatusOK},
		"users":           {[]Option{WithServerArgs("--app-name", "basic-auth")}, experiment, []string{"Authorization", admin}, http.StatusOK},
		"with workspaces": {[]Option{WithServerArgs("--enable-workspaces")}, "/api/3.0/mlflow/workspaces/none", nil, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(c.options...)
			defer s.Stop()
			if status, body := ask(t, http.MethodGet, s.URI(t)+c.path, "", c.header...); status != c.status {
				t.Errorf("%d, want %d: %s", status, c.status, body)
			}
		})
	}
}
