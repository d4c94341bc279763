package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

func TestWhatCannotBeEvaluatedIsSaidBeforeItIsPaid(t *testing.T) {
	model := newObedient(t)
	b, _ := evaluationBench(t, server.URI(t), 1, model, "first")
	report := filepath.Join(b.dir, "report.xml")
	if err := os.WriteFile(report, []byte("of before"), 0o600); err != nil {
		t.Fatal(err)
	}
	away := map[string]string{"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"} // what is written wrongly is said without asking
	prompt := b.promptName()
	old := httputil.NewSingleHostReverseProxy(mustURL(t, server.URI(t)))
	version := ""
	older := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			_, _ = io.WriteString(w, version)
			return
		}
		old.ServeHTTP(w, r)
	}))
	t.Cleanup(older.Close)
	for name, c := range map[string]struct {
		args    []string
		set     map[string]string
		version string // of the server
		want    string
	}{
		"a dataset that is not there":     {args: []string{"--dataset=other", "--prompt=" + prompt}, want: `there is no dataset "other"`},
		"a version that is not there":     {args: []string{"--dataset=links", "--prompt=" + prompt + "/9"}, want: "has no version 9"},
		"an alias that is not there":      {args: []string{"--dataset=links", "--prompt=" + prompt + "/1", "--baseline=" + prompt + "@canary"}, want: "has the alias canary"},
		"no name of a prompt":             {set: away, args: []string{"--dataset=links", "--prompt=a/b/c"}, want: "names no prompt"},
		"no name of a baseline":           {set: away, args: []string{"--dataset=links", "--prompt=" + prompt, "--baseline=a b"}, want: "names no prompt"},
		"a report in no folder":           {set: away, args: []string{"--dataset=links", "--prompt=" + prompt, "--junit=" + filepath.Join(b.dir, "none/r.xml")}, want: "the report can't be written"},
		"a folder for a report":           {set: away, args: []string{"--dataset=links", "--prompt=" + prompt, "--markdown=" + b.dir}, want: "is a folder: name a file"},
		"one file for two reports":        {set: away, args: []string{"--dataset=links", "--prompt=" + prompt, "--markdown=r", "--junit=r"}, want: "both write r: name two files"},
		"no policy":                       {args: []string{"--dataset=links", "--prompt=" + prompt, "--policy=best"}, want: `there is no policy "best"`},
		"a comparison with nothing":       {args: []string{"--dataset=links", "--prompt=" + prompt, "--policy=no-regression"}, want: "--baseline NAME@production"},
		"the baseline alone":              {args: []string{"--dataset=links", "--prompt=" + prompt + "/1", "--baseline=" + prompt + "@production"}, want: "the same version"},
		"no model":                        {args: []string{"--dataset=links", "--prompt=" + prompt, "--model=offline"}, want: "an evaluation asks a model"},
		"no MLflow":                       {set: map[string]string{"MLFLOW_ENABLE_TRACKING": "false"}, args: []string{"--dataset=links", "--prompt=" + prompt}, want: "MLFLOW_ENABLE_TRACKING"},
		"no content":                      {set: map[string]string{"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT"}, args: []string{"--dataset=links", "--prompt=" + prompt}, want: "SPAN_ONLY"},
		"a bound that is none":            {args: []string{"--dataset=links", "--prompt=" + prompt, "--trials=0"}, want: "--trials"},
		"an experiment that is not there": {set: map[string]string{"MLFLOW_EXPERIMENT_NAME": b.experiment + "-other"}, args: []string{"--dataset=links", "--prompt=" + prompt}, want: "-other\" is not there yet, check MLFLOW_EXPERIMENT_NAME"},
		"a server without datasets":       {version: "3.1.0", args: []string{"--dataset=links", "--prompt=" + prompt}, want: "keeps no evaluation datasets: MLflow 3.4 or newer is needed, this is 3.1.0"},
		"a server of before all of it":    {version: "2.20.4", args: []string{"--dataset=links", "--prompt=" + prompt}, want: "keeps no evaluation datasets: MLflow 3.4 or newer is needed, this is 2.20.4"},
		"a server that is away":           {set: away, args: []string{"--dataset=links", "--prompt=" + prompt, "--junit=" + report}, want: "nothing listens there"},
	} {
		own := *b
		own.own = map[string]string{}
		for k, v := range b.own {
			own.own[k] = v
		}
		for k, v := range c.set {
			own.own[k] = v
		}
		if version = c.version; version != "" {
			own.own["MLFLOW_TRACKING_URI"] = older.URL
		}
		want := exitUsage
		if name == "a server that is away" {
			want = exitJob
		}
		if code, out, errs := own.run(append([]string{"eval"}, c.args...)...); code != want || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", name, code, want, c.want, out, errs)
		}
	}
	if model.calls != 0 {
		t.Errorf("the model was asked %d times", model.calls)
	}
	if text, err := os.ReadFile(report); err != nil || string(text) != "of before" {
		t.Errorf("the report of before is now %q, %v", text, err)
	}
}

// TestAnOldMLflowIsToldFromOneThatLacksSomething asks a real one of before evaluation datasets, with nothing in it.
func TestAnOldMLflowIsToldFromOneThatLacksSomething(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	model, old := newObedient(t), mlflowtest.New(mlflowtest.WithVersion("2.22.5"))
	t.Cleanup(old.Stop)
	b := newOwnBench(t)
	c := b.mlflow(old.URI(t))
	b.set("OPENAI_BASE_URL", model.URL)
	rows := filepath.Join(b.dir, "rows.jsonl")
	if err := os.WriteFile(rows, []byte(`{"id":"a","inputs":{"url":"`+b.pages.URL+`"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	prompt := b.promptName()
	for _, args := range [][]string{
		{"eval", "--dataset=links", "--prompt=" + prompt + "/1"}, {"dataset", "build", "links"}, {"dataset", "add", "links", rows},
		{"dataset", "list"}, {"dataset", "show", "links"},
	} {
		const want = "commentator: this MLflow server keeps no evaluation datasets: MLflow 3.4 or newer is needed, this is 2.22.5\n"
		if code, out, errs := b.run(args...); code != exitUsage || errs != want || out != "" {
			t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
	}
	if _, err := c.ExperimentByName(t.Context(), b.experiment); !mlflow.IsNotFound(err) || model.calls != 0 {
		t.Errorf("an experiment was made (%v), or the model was asked %d times", err, model.calls)
	}
	for _, step := range []struct {
		args []string
		want string // of what is printed
	}{
		{[]string{"push", prompt}, prompt + "/1\n"},
		{[]string{"promote", prompt + "/1", "--alias=production", "--force=the first"}, prompt + "@production leads to version 1.\n"},
		{[]string{"list"}, "production → 1"},
	} {
		if code, out, errs := b.run(append([]string{"prompts"}, step.args...)...); code != exitOK || !strings.Contains(out, step.want) {
			t.Errorf("prompts %q: exit code %d\n%s%s", step.args, code, out, errs)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
