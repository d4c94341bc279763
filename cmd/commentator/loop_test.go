package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/prompts"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// On the way from a 👎 to a better prompt: what the person misses, and what the better prompt says of it.
const (
	complaint = "It does not say how to stop a request."
	missed    = "Requests can be aborted with a signal."
	advice    = "Always say how requests are aborted."
)

// newAdvised is a model server that says what people miss when the prompt asks for it, and that judges
// comments by whether they say it.
func newAdvised(t *testing.T) *httptest.Server {
	t.Helper()
	comment, err := os.ReadFile(filepath.Join(sourceDir, "testdata/comment.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var said struct {
			Messages []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&said); err != nil || len(said.Messages) != 2 {
			http.Error(w, "no messages", http.StatusBadRequest)
			return
		}
		system, user := said.Messages[0].Content, said.Messages[1].Content
		answer := string(comment)
		switch {
		case strings.Contains(system, "You judge the output"):
			_, outputs, _ := strings.Cut(user, `"outputs":`)
			verdict := "fail"
			if strings.Contains(outputs, missed) {
				verdict = "pass"
			}
			answer = fmt.Sprintf(`{"rationale":"That is what was missed.","verdict":%q}`, verdict)
		case !strings.Contains(system, advice):
			answer = strings.Replace(answer, missed, "Headers and bodies have objects.", 1)
		}
		completion(answer, "stop")(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// TestADislikedCommentBecomesABetterPromptInFiveCommands goes the whole way, while the worker runs.
func TestADislikedCommentBecomesABetterPromptInFiveCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	slack, model := researchSlack(t), newAdvised(t)
	defer http.DefaultClient.CloseIdleConnections()
	b := newBench(t)
	c := b.mlflow(server.URI(t))
	b.answer(slack, model)
	name := b.promptName()
	b.set("COMMENTATOR_PROMPT", name+"@"+prompts.Production)
	command := func(args ...string) string {
		t.Helper()
		code, out, errs := b.run(args...)
		if code != exitOK {
			t.Fatalf("%q: exit code %d\n%s\n%s", args, code, out, errs)
		}
		return out
	}
	command("prompts", "push", name, "--alias", prompts.Production) // as the worker is set up

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, []string{"worker"}, streams{out: io.Discard, err: io.Discard, in: strings.NewReader("")})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the worker ended with code %d", code)
		}
	})
	wait, cancel := context.WithTimeout(ctx, 9*time.Minute)
	defer cancel()
	if err := slack.WaitSockets(wait, 1); err != nil {
		t.Fatal(err)
	}
	// share has a person share a link, and gives the comment below it when it has buttons.
	share := func(link string) (ts, text string) {
		t.Helper()
		said, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Text: link})
		if err == nil {
			err = slack.WaitFor(wait, func(s *fakeslack.Server) bool {
				for _, m := range s.Messages("C01RESEARCH") {
					if raw, _ := json.Marshal(m); m["thread_ts"] == said.TS && strings.Contains(string(raw), "feedback_buttons") {
						ts, text = fmt.Sprint(m["ts"]), string(raw)
					}
				}
				return ts != ""
			})
		}
		if err != nil {
			t.Fatalf("no comment on %s: %v, %v", link, err, slack.Messages("C01RESEARCH"))
		}
		return ts, text
	}
	comment, text := share(b.page("fetch-api.html"))
	if strings.Contains(text, missed) {
		t.Fatalf("the first comment says it already: %s", text)
	}
	interact := func(in fakeslack.Interaction) {
		t.Helper()
		if _, err := slack.Interact(wait, in); err != nil {
			t.Fatal(err)
		}
	}
	form, err := slack.OpenModal(wait, "U0ALICE01", "", func() {
		interact(fakeslack.Interaction{
			Type: "block_actions", Channel: "C01RESEARCH", MessageTS: comment, User: "U0ALICE01", ActionID: job.FeedbackAction, Value: job.FeedbackBad,
		})
	})
	if err != nil {
		t.Fatalf("👎 opens no form: %v", err)
	}
	interact(fakeslack.Interaction{Type: "view_submission", ViewID: form,
		Values: map[string]string{"why": complaint, "better": missed}})
	awaitFeedback(wait, t, b, c)

	// The five.
	if out := command("dataset", "build", "disliked", "--from", "feedback", "--since", "1d"); !strings.Contains(out, "added 1,") {
		t.Fatalf("the dataset has: %s", out)
	}
	file := filepath.Join(t.TempDir(), "better.yaml")
	if err := os.WriteFile(file, []byte("name: "+name+"\ncontent: |\n  Comment on the page in {{language}}. "+advice+" {{context}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := command("prompts", "push", name, file, "--alias", "candidate"); strings.TrimSpace(out) != name+"/2" {
		t.Fatalf("the version is %q", out)
	}
	var got printedEvaluation
	out := command("eval", "--json", "--dataset=disliked", "--prompt="+name+"@candidate", "--baseline="+name+"@production", "--judge=m", "--wait=5m")
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Comparison.Verdict != "pass" || len(got.Variants) != 2 ||
		got.Variants[0].Scores["judge"] != 1 || got.Variants[0].Scores["passed"] != 1 || got.Variants[1].Scores["judge"] != 0 || got.Variants[1].Scores["gates"] != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	command("prompts", "promote", name+"/2", "--alias", prompts.Production, "--comparison", got.RunID)

	// The worker looks every 30 seconds.
	for n := 0; ; n++ {
		if _, text = share(fmt.Sprint(b.page("fetch-api.html"), "?again=", n)); strings.Contains(text, missed) {
			break
		}
		select {
		case <-time.After(5 * time.Second):
		case <-wait.Done():
			t.Fatalf("the worker keeps the former version: %s", text)
		}
	}
	code, shown, errs := b.run("prompts", "show", name+"@production", "--json")
	if code != exitOK || !strings.Contains(shown, got.RunID) {
		t.Errorf("the registry does not say why: %d\n%s\n%s", code, shown, errs)
	}
	r, err := c.GetRun(wait, got.RunID)
	if err != nil || !strings.Contains(tags(r)[mlflowattr.LinkedPromptsTag], `"`+name+`"`) {
		t.Errorf("prompts of the run: %v, %v", tags(r), err)
	}
}

// awaitFeedback waits until what the person said is in MLflow, and the job with its evidence.
func awaitFeedback(ctx context.Context, t *testing.T, b *bench, c *mlflow.Client) {
	t.Helper()
	there := func() bool {
		runs := b.runsOf(c, "tags.stage = 'retrieval'")
		if len(runs) == 0 {
			return false
		}
		files, err := c.ListArtifacts(ctx, runs[0].Info.RunID, "")
		if err != nil || !strings.Contains(fmt.Sprint(files), "evidence.json") {
			return false
		}
		traces, err := c.SearchTraces(ctx, runs[0].Info.ExperimentID, "", 10)
		said, _ := json.Marshal(traces)
		return err == nil && strings.Contains(string(said), missed) && strings.Contains(string(said), complaint)
	}
	for !there() {
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("what the person said does not come to MLflow")
		}
	}
}
