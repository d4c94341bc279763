package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// commentingModel is a model that notes the first word of each instruction.
type commentingModel struct {
	*httptest.Server
	mu    sync.Mutex
	words []string
}

func newCommentingModel(t *testing.T) *commentingModel {
	t.Helper()
	m := &commentingModel{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []struct{ Content string } `json:"messages"`
		}
		if json.NewDecoder(r.Body).Decode(&in) == nil && len(in.Messages) > 0 {
			m.mu.Lock()
			m.words = append(m.words, strings.Fields(in.Messages[0].Content)[0])
			m.mu.Unlock()
		}
		content := `{"tldr":["One is said here.","Two is said here.","Three is said here."],"summary":"` + strings.Repeat("This is a sentence of a summary. ", 6) +
			`","projects":["**A** — try it.","**B** — try it too.","**C** — try that."],"similar_tech":[]}`
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "c", "object": "chat.completion", "model": "m",
			"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}},
			"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}})
	}))
	t.Cleanup(m.Close)
	return m
}

// asked are the first words of the instructions so far.
func (m *commentingModel) asked() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.words, " ")
}

// writePrompt writes a prompt file whose instruction begins with a word.
func (b *bench) writePrompt(word string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, word+".yaml")
	if err := os.WriteFile(path, []byte("name: p\ndescription: "+word+".\ncontent: "+word+" in {{language}}.\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// done runs a command that must succeed and returns what it printed.
func (b *bench) done(args ...string) string {
	b.t.Helper()
	code, out, errs := b.run(args...)
	if code != exitOK {
		b.t.Fatalf("%v: exit code %d\n%s\n%s", args, code, out, errs)
	}
	return out
}

// refused runs a command that must end with a code and say something.
func (b *bench) refused(want int, says string, args ...string) {
	b.t.Helper()
	if code, out, errs := b.run(args...); code != want || !strings.Contains(out+errs, says) {
		b.t.Errorf("%v: exit code %d\n%s\n%s", args, code, out, errs)
	}
}

// evaluated makes the run of an evaluation that compared a version, as `commentator eval` leaves it.
func evaluated(t *testing.T, c *mlflow.Client, experiment, version, verdict string) string {
	t.Helper()
	e, _, err := c.EnsureExperiment(t.Context(), experiment, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := c.CreateRun(t.Context(), mlflow.RunSpec{ExperimentID: e.ID, Name: "evaluation", Start: time.Now(), Tags: []mlflow.Tag{
		{Key: "mlflow.runType", Value: "genai_evaluate"}, {Key: prompts.EvaluatedTag, Value: version}, {Key: prompts.VerdictTag, Value: verdict},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.LogBatch(t.Context(), run.Info.RunID, mlflow.Batch{Metrics: []mlflow.Metric{{Key: "compare/12345678/gates/diff", Value: 0.1, Timestamp: 1}}}); err != nil {
		t.Fatal(err)
	}
	return run.Info.RunID
}

func TestPromptsArePushedShownComparedAndPromoted(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	c := b.mlflow(server.URI(t))
	name := mlflow.ModelName(mlflowtest.Experiment(t))
	b.refused(exitUsage, "prompts push "+name, "prompts", "show", name)
	if out := b.done("prompts", "push", name, "--alias", "production"); out != name+"/1\n" {
		t.Errorf("pushed %q", out)
	}
	code, out, errs := b.run("prompts", "push", name)
	if code != exitOK || out != name+"/1\n" || !strings.Contains(errs, "has this content already") {
		t.Errorf("pushed again: %d, %q, %q", code, out, errs)
	}
	if out := b.done("prompts", "push", name, b.writePrompt("Second"), "--alias", "candidate"); out != name+"/2\n" {
		t.Errorf("pushed %q", out)
	}
	b.refused(exitRegression, "only `commentator prompts promote", "prompts", "push", name, b.writePrompt("Second"), "--alias", "production")
	b.refused(exitUsage, "keeps the alias v3", "prompts", "push", name, "--alias", "v3")
	bad := filepath.Join(b.dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("name: p\ncontent: Hello {{page}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.refused(exitUsage, bad+": content holds {{page}}", "prompts", "push", name, bad)

	if out := b.done("prompts", "list"); !strings.Contains(out, name) || !strings.Contains(out, "candidate → 2, production → 1") {
		t.Errorf("list:\n%s", out)
	}
	if out := b.done("prompts", "show", name); !strings.Contains(out, "candidate") || strings.Count(out, "\n") != 3 {
		t.Errorf("versions:\n%s", out)
	}
	shown := b.done("prompts", "show", name+"@production")
	builtIn := b.done("prompts", "show", "--builtin")
	p, err := prompts.Parse([]byte(shown))
	if err != nil || p.System != prompts.BuiltIn().System || !strings.Contains(shown, "# aliases: production") {
		t.Errorf("%v\n%s", err, shown)
	}
	if own, err := prompts.Parse([]byte(builtIn)); err != nil || own.System != p.System {
		t.Errorf("%v\n%s", err, builtIn)
	}
	var version promptVersion
	if err := json.Unmarshal([]byte(b.done("prompts", "show", name+"/2", "--json")), &version); err != nil || version.Version != 2 ||
		!slices.Equal(version.Aliases, []string{"candidate"}) || version.System != "Second in {{language}}." {
		t.Errorf("%+v, %v", version, err)
	}
	diff := b.done("prompts", "diff", name+"@production", name+"/2")
	for _, want := range []string{"--- " + name + "/1\n+++ " + name + "/2\n@@ ", "\n+content: Second in {{language}}.\n", "\n-description: One structured"} {
		if !strings.Contains(diff, want) {
			t.Errorf("the difference lacks %q:\n%s", want, diff)
		}
	}
	if same := b.done("prompts", "diff", name+"/1", name+"/1"); !strings.Contains(same, "are the same") {
		t.Error(same)
	}

	b.refused(exitUsage, "say why", "prompts", "promote", name+"/2")
	b.refused(exitUsage, "say why", "prompts", "promote", name+"/2", "--force", " ")
	b.refused(exitUsage, "there is no run 0123 at ", "prompts", "promote", name+"/2", "--comparison", "0123")
	b.refused(exitUsage, "names no version", "prompts", "promote", name+"@candidate", "--force", "x")
	worse := evaluated(t, c, b.experiment, name+"/2", prompts.VerdictRegression)
	b.refused(exitRegression, "the verdict of its comparison is regression", "prompts", "promote", name+"/2", "--comparison", worse)
	b.refused(exitRegression, "evaluated "+name+"/2, and not "+name+"/1", "prompts", "promote", name+"/1", "--comparison", worse)
	b.refused(exitRegression, "too few jobs", "prompts", "promote", name+"/2", "--canary")
	good := evaluated(t, c, b.experiment, name+"/2", prompts.VerdictPass)
	if out := b.done("prompts", "promote", name+"/2", "--comparison", good); !strings.Contains(out, "leads to version 2; before, to version 1") {
		t.Error(out)
	}
	if out := b.done("prompts", "show", name+"@production"); !strings.Contains(out, "# commentator.promoted.production: ") || !strings.Contains(out, good) {
		t.Errorf("the reason is not in the registry:\n%s", out)
	}
	if out := b.done("prompts", "rollback", name, "--reason", "worse on PDFs"); !strings.Contains(out, "leads to version 1") {
		t.Error(out)
	}
	if out := b.done("prompts", "promote", name+"/2", "--force", "we know better"); !strings.Contains(out, "version 2") {
		t.Error(out)
	}
}

// TestAPromptThatCantBeHadLeavesTheLastGoodOne: a version that can't work, and a server that is away.
func TestAPromptThatCantBeHadLeavesTheLastGoodOne(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	model := newCommentingModel(t)
	b := newOwnBench(t)
	proxy := mlflowtest.NewProxy(t, server.URI(t), "", false)
	c := b.mlflow(proxy.URL)
	name := mlflow.ModelName(mlflowtest.Experiment(t))
	b.set("OPENAI_BASE_URL", model.URL+"/v1")
	b.set("MODEL", "m")
	b.set("COMMENTATOR_PROMPT", name+"@production")
	b.done("prompts", "push", name, b.writePrompt("First"), "--alias", "production")
	once := func() { b.run("run", b.page("fetch-api.html"), "--wait", "1s") }
	once()
	v, err := c.RegisterPrompt(t.Context(), mlflow.PromptSpec{Name: name, Text: "Garbage {{text}}"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetPromptAlias(t.Context(), name, "production", v.Version); err != nil {
		t.Fatal(err)
	}
	once()
	if _, out, _ := b.run("doctor"); !strings.Contains(strings.Join(strings.Fields(out), " "), "{{text}}, which is not known") ||
		!strings.Contains(out, "version 1 is in use") {
		t.Errorf("the doctor says\n%s", out)
	}
	proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault {
		return mlflowtest.Fault{Status: http.StatusServiceUnavailable}
	})
	once()
	if got := model.asked(); got != "First First First" {
		t.Errorf("the model was asked by %s", got)
	}
	b.set("MLFLOW_ENABLE_TRACKING", "false")
	b.set("MLFLOW_ENABLE_TRACING", "false")
	b.refused(exitUsage, "COMMENTATOR_PROMPT is in MLflow, which", "run", b.page("fetch-api.html"))
}

func TestSettingsOfThePromptAreChecked(t *testing.T) {
	b := newOwnBench(t)
	b.set("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
	for says, set := range map[string][2]string{
		"names no prompt":                 {"a b", ""},
		"name the alias that is to be":    {"commentary", ""},
		"needs COMMENTATOR_PROMPT":        {"", "commentary@candidate:10%"},
		"names no share of the jobs":      {"commentary@production", "commentary@candidate"},
		"more than 0 and at most 100":     {"commentary@production", "commentary@candidate:0%"},
		"it must be one of commentary":    {"commentary@production", "other@candidate:10%"},
		"name an alias or a version of i": {"commentary@production", "commentary:10%"},
	} {
		b.set("COMMENTATOR_PROMPT", set[0])
		b.set("COMMENTATOR_PROMPT_CANARY", set[1])
		b.refused(exitUsage, says, "run", b.page("fetch-api.html"))
	}
}
