package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/analysis"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/prompts/registry"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// webhookSecret is that of the worker and of MLflow's webhook.
const webhookSecret = "lamp-oil-and-wicks"

// webhookBody is what the README has users post to MLflow, for a worker at another address.
func webhookBody(t *testing.T, address string) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(sourceDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "/api/2.0/mlflow/webhooks\" -H 'Content-Type: application/json' -d '")
	body, _, found := strings.Cut(rest, "'\n```")
	if !found || strings.Count(body, "https://worker.example") != 1 || strings.Count(body, "'$COMMENTATOR_MLFLOW_WEBHOOK_SECRET'") != 1 {
		t.Fatalf("the README makes no webhook: %s", body)
	}
	return strings.NewReplacer("https://worker.example", address, "'$COMMENTATOR_MLFLOW_WEBHOOK_SECRET'", webhookSecret).Replace(body)
}

// workerOf makes the worker that `commentator worker` would be with the bench's settings.
func (b *bench) workerOf() *worker {
	b.t.Helper()
	parsed, err := commandLine(b.t).Parse(b.flags([]string{"worker"}))
	if err != nil {
		b.t.Fatal(err)
	}
	c := parsed.Selected().Target.Addr().Interface().(*workerCommand)
	c.Listen, c.Work = true, true
	if err := c.Check(); err != nil {
		b.t.Fatal(err)
	}
	w, err := newWorker(b.t.Context(), c, discardLogger(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// TestARunningWorkerFollowsTheAlias moves an alias while the worker runs, and looks at what the model and MLflow
// have of the links before and after. MLflow's webhook tells the worker: by itself it would look in an hour.
func TestARunningWorkerFollowsTheAlias(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	b := newOwnBench(t)
	model, slack := newCommentingModel(t), researchSlack(t)
	c := b.mlflow(server.URI(t))
	name := mlflow.ModelName(mlflowtest.Experiment(t))
	b.answer(slack, model.Server)
	b.set("COMMENTATOR_PROMPT", name+"@production")
	b.set("COMMENTATOR_MLFLOW_WEBHOOK_SECRET", webhookSecret)
	b.done("prompts", "push", name, b.writePrompt("First"), "--alias", "production")
	b.done("prompts", "push", name, b.writePrompt("Second"))
	if line := b.doctor(exitOK)["prompt webhook"]; !strings.HasPrefix(line, "note MLflow has none for prompt_alias.created") {
		t.Errorf("the doctor before there is a webhook: %q", line)
	}

	w := b.workerOf()
	cfg := w.app.prompts.cfg
	cfg.Interval = time.Hour
	follower, err := registry.Follow(registry.New(w.app.prompts.client, analysis.Schema()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.app.prompts.Follower = follower
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	defer stop()
	o, err := newOps(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(o.mux)
	defer front.Close()
	ask := func(method, address, body string) (status int, answer []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, _ = io.ReadAll(resp.Body)
		return resp.StatusCode, answer
	}
	webhooks := server.URI(t) + "/api/2.0/mlflow/webhooks"
	var made struct {
		Webhook struct {
			ID string `json:"webhook_id"`
		} `json:"webhook"`
	}
	if code, answer := ask(http.MethodPost, webhooks, webhookBody(t, front.URL)); code != http.StatusOK || json.Unmarshal(answer, &made) != nil {
		t.Fatalf("MLflow does not take the README's webhook: %d %s", code, answer)
	}
	defer ask(http.MethodDelete, webhooks+"/"+made.Webhook.ID, "")
	if line := b.doctor(exitOK)["prompt webhook"]; line != "ok   \"commentator\" posts to "+front.URL+"/mlflow/webhook when an alias moves" {
		t.Errorf("the doctor with a webhook: %q", line)
	}
	if code, answer := ask(http.MethodPost, front.URL+"/mlflow/webhook", "{}"); code != http.StatusUnauthorized {
		t.Errorf("a stranger's delivery: %d %s", code, answer)
	}

	ended := make(chan error, 1)
	go func() { ended <- w.run(ctx) }()
	if err := slack.WaitSockets(ctx, 1); err != nil {
		t.Fatalf("the worker does not connect: %v", err)
	}
	share := func(page string) {
		t.Helper()
		link, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Text: b.page(page)})
		if err != nil {
			t.Fatal(err)
		}
		if err := slack.WaitFor(ctx, func(s *fakeslack.Server) bool { n, _ := repliesIn(s, link.TS, ""); return n == 1 }); err != nil {
			t.Fatalf("no reply to the link: %v", err)
		}
	}
	share("fetch-api.html")
	b.done("prompts", "promote", name+"/2", "--force", "a test")
	for follower.Prompt("j", "") == nil || follower.Prompt("j", "").Version != "2" { // until MLflow has told the worker, and the worker has looked
		select {
		case <-ctx.Done():
			t.Fatalf("the worker does not hear that the alias has moved; MLflow's log ends with\n%s", server.Log())
		case <-time.After(20 * time.Millisecond):
		}
	}
	share("more/ebb.html")
	scraped := httptest.NewRecorder()
	o.mux.ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	// Other tests move aliases on the same server, of which its webhook tells too.
	for _, want := range []string{`outcome="accepted"} [1-9]`, `outcome="refused"} 1\b`} {
		if !regexp.MustCompile(want).Match(scraped.Body.Bytes()) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	stop() // which delivers what was traced
	if err := <-ended; err != nil {
		t.Fatalf("the worker ended with %v", err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
	if got := model.asked(); got != "First Second" {
		t.Errorf("the model was asked by %s", got)
	}
	b.done("outbox", "retry")
	for version, n := range map[string]int{"1": 1, "2": 1} {
		linked := `[{"name":"` + name + `","version":"` + version + `"}]`
		found := b.runsOf(c, "tags.prompt = '"+name+"/"+version+"'")
		if len(found) != 2*n { // the job's, and its analysis
			t.Errorf("%d runs of version %s", len(found), version)
		}
		for _, r := range found {
			if tags(r)["mlflow.linkedPrompts"] != linked || params(r)["prompt_version"] != version || params(r)["prompt_alias"] != "production" {
				t.Errorf("run %s: tags %v, params %v", r.Info.Name, tags(r), params(r))
			}
		}
		e, err := c.ExperimentByName(t.Context(), b.experiment)
		if err != nil {
			t.Fatal(err)
		}
		traces, err := c.SearchTraces(t.Context(), e.ID, "tag.prompt = '"+name+"/"+version+"'", 10)
		if err != nil || len(traces) != n || traces[0].Tags["mlflow.linkedPrompts"] != linked {
			t.Errorf("traces of version %s: %+v, %v", version, traces, err)
		}
		byPrompt, err := c.SearchTraces(t.Context(), e.ID, "prompt = '"+name+"/"+version+"'", 10) // as the prompt's page asks
		if err != nil || len(byPrompt) != n {
			t.Errorf("the page of version %s has %d traces, %v", version, len(byPrompt), err)
		}
	}
}

func TestASecretOfTheWebhookThatDoesNothingIsRefused(t *testing.T) {
	b := newOwnBench(t)
	b.set("COMMENTATOR_MLFLOW_WEBHOOK_SECRET", webhookSecret)
	b.set("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
	b.refused(exitUsage, "needs COMMENTATOR_PROMPT:", "worker")
	b.set("COMMENTATOR_PROMPT", "commentary@production")
	for _, around := range []string{webhookSecret + " ", " " + webhookSecret, "  "} {
		b.set("COMMENTATOR_MLFLOW_WEBHOOK_SECRET", around)
		b.refused(exitUsage, "has a blank around it", "worker")
	}
	b.set("COMMENTATOR_MLFLOW_WEBHOOK_SECRET", webhookSecret)
	b.set("COMMENTATOR_HTTP_ADDR", "")
	b.refused(exitUsage, "needs COMMENTATOR_HTTP_ADDR:", "worker")
}

func TestWithoutASecretThereIsNoWebhook(t *testing.T) {
	b, err := newOpsBench(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := b.ask(http.MethodPost, webhookPath, "127.0.0.1:8090", nil); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}
