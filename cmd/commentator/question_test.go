package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/mlflowview"
)

// TestAQuestionIsAnsweredInTheThreadAndTheSession shares a link, asks about it in its thread, and
// looks at what Slack, the model and MLflow have of both.
func TestAQuestionIsAnsweredInTheThreadAndTheSession(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	const answer = "The page is about the Fetch API."
	var questions atomic.Int32
	model := answeringModel(t, answer, func(*http.Request) bool { questions.Add(1); return true })
	slack := researchSlack(t)
	b := newBench(t)
	c := b.mlflow(server.URI(t))
	b.answer(slack, model)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, []string{"worker"}, streams{out: io.Discard, err: io.Discard, in: strings.NewReader("")})
	}()
	t.Cleanup(stop)
	wait, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := slack.WaitSockets(wait, 1); err != nil {
		t.Fatalf("the worker does not connect: %v", err)
	}
	link, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Text: b.page("fetch-api.html")})
	if err != nil {
		t.Fatal(err)
	}
	if err := slack.WaitFor(wait, func(s *fakeslack.Server) bool { n, _ := repliesIn(s, link.TS, ""); return n == 1 }); err != nil {
		t.Fatalf("no reply to the link: %v", err)
	}
	if _, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Thread: link.TS, Text: "@commentator what is it about?"}); err != nil {
		t.Fatal(err)
	}
	if err := slack.WaitFor(wait, func(s *fakeslack.Server) bool { _, found := repliesIn(s, link.TS, answer); return found }); err != nil {
		t.Fatalf("no answer to the question: %v; %v", err, slack.Messages("C01RESEARCH"))
	}
	stop() // which delivers what was traced
	if code := <-ended; code != exitOK {
		t.Fatalf("the worker ended with code %d", code)
	}
	if n, _ := repliesIn(slack, link.TS, ""); n != 2 || questions.Load() != 1 {
		t.Errorf("%d replies, %d calls of the model for the question", n, questions.Load())
	}
	if code, out, errs := b.run("outbox", "retry"); code != exitOK {
		t.Fatalf("deliver: %d\n%s\n%s", code, out, errs)
	}
	e, err := c.ExperimentByName(t.Context(), b.experiment)
	if err != nil {
		t.Fatal(err)
	}
	traces, err := c.SearchTraces(t.Context(), e.ID, "", 10)
	if err != nil || len(traces) != 2 {
		t.Fatalf("%d traces, %v", len(traces), err)
	}
	asked := 0
	for _, tr := range traces {
		if got, want := tr.Metadata["mlflow.trace.session"], "C01RESEARCH-"+link.TS; got != want {
			t.Errorf("trace %s is of the session %q, want %q", tr.TraceID, got, want)
		}
		if strings.Contains(tr.RequestPreview, "what is it about?") {
			asked++
			if !strings.Contains(tr.ResponsePreview, answer) {
				t.Errorf("the answer's trace shows %q", tr.ResponsePreview)
			}
		}
	}
	if asked != 1 {
		t.Errorf("%d traces show the question: %+v", asked, traces)
	}
	runs := b.runsOf(c, mlflowview.JobsOnly)
	if len(runs) != 2 {
		t.Errorf("%d runs of jobs", len(runs))
	}
	for _, r := range runs { // by the name that Slack knows of U0ALICE01
		if by := tags(r); by["mlflow.user"] != "alice" || by["user_id"] != "U0ALICE01" {
			t.Errorf("a run is by %q, whose id is %q", by["mlflow.user"], by["user_id"])
		}
	}
}

// answeringModel is a model that comments, and answers questions with answer unless asked, which is
// called for each question, says that none comes.
func answeringModel(t *testing.T, answer string, asked func(*http.Request) bool) *httptest.Server {
	t.Helper()
	llm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		content := `{"tldr":["One is said.","Two is said.","Three is said."],"summary":"` + strings.Repeat("This is a sentence of a summary. ", 6) +
			`","projects":["**A** — try it.","**B** — try it too.","**C** — try that."],"similar_tech":[]}`
		if strings.Contains(string(body), "QUESTION-") {
			if !asked(r) {
				return
			}
			content = `{"answer":"` + answer + `"}`
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "c", "object": "chat.completion", "model": "m",
			"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": content}}},
			"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}})
	}))
	t.Cleanup(llm.Close)
	return llm
}

// researchSlack is a workspace with one channel.
func researchSlack(t *testing.T) *fakeslack.Server {
	t.Helper()
	slack := fakeslack.New(fakeslack.WithChannel(fakeslack.Channel{ID: "C01RESEARCH", Name: "research"}))
	if err := slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slack.Close() })
	return slack
}

// answer has the bench's worker listen to that workspace and ask that model.
func (b *bench) answer(slack *fakeslack.Server, model *httptest.Server) {
	for name, value := range map[string]string{
		"SLACK_API_URL": slack.APIURL(), "SLACK_APP_TOKEN": "xapp-test", "SLACK_BOT_TOKEN": "xoxb-test", "TECHNOSHARE_CHANNEL_ID": "C01RESEARCH",
		"COMMENTATOR_HTTP_ADDR": "", "OPENAI_BASE_URL": model.URL + "/v1", "MODEL": "m",
	} {
		b.set(name, value)
	}
}

// repliesIn is how many replies of the bot are in the thread, and whether one has the text.
func repliesIn(s *fakeslack.Server, thread, text string) (n int, found bool) {
	for _, m := range s.Messages("C01RESEARCH") {
		if m["bot_id"] != nil && m["thread_ts"] == thread {
			raw, _ := json.Marshal(m)
			n, found = n+1, found || strings.Contains(string(raw), text)
		}
	}
	return n, found
}

// TestAWorkerKilledWhileItAnswersAQuestionAnswersOnceAndPaysOnce kills the worker while the model is at
// work, after it has answered, and after the answer stands in Slack unknown to the worker.
func TestAWorkerKilledWhileItAnswersAQuestionAnswersOnceAndPaysOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program")
	}
	const answer = "The page is about the Fetch API."
	binary(t) // linked before the clock runs
	for _, when := range []struct {
		name  string
		hangs bool             // the model does not answer the first time
		fault *fakeslack.Fault // of the post of the answer
	}{
		{"while the model is asked", true, nil},
		{"before the post", false, &fakeslack.Fault{Method: "chat.postMessage", Status: http.StatusTooManyRequests, RetryAfter: 25}},
		{"while the post is under way", false, &fakeslack.Fault{Method: "chat.postMessage", DelayMS: 60_000}},
	} {
		t.Run(when.name, func(t *testing.T) {
			var paid, hung atomic.Int32
			model := answeringModel(t, answer, func(r *http.Request) bool {
				if when.hangs && hung.Add(1) == 1 {
					<-r.Context().Done() // the worker is dead
					return false
				}
				paid.Add(1)
				return true
			})
			slack := researchSlack(t)
			b := newBench(t)
			b.answer(slack, model)
			b.set("MLFLOW_ENABLE_TRACKING", "false")
			b.set("MLFLOW_ENABLE_TRACING", "false")
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			await := func(what string, ok func(*fakeslack.Server) bool) {
				t.Helper()
				for !ok(slack) {
					select {
					case <-ctx.Done():
						t.Fatalf("did not come about: %s; %v", what, slack.Messages("C01RESEARCH"))
					case <-time.After(20 * time.Millisecond):
					}
				}
			}
			worker := b.start("worker")
			t.Cleanup(func() { worker.kill(); <-worker.done })
			if err := slack.WaitSockets(ctx, 1); err != nil {
				t.Fatal(err)
			}
			link, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Text: b.page("fetch-api.html")})
			if err != nil {
				t.Fatal(err)
			}
			await("a reply to the link", func(s *fakeslack.Server) bool { n, _ := repliesIn(s, link.TS, ""); return n == 1 })
			if when.fault != nil {
				if err := slack.Inject(*when.fault); err != nil {
					t.Fatal(err)
				}
			}
			q, err := slack.Say(fakeslack.Typed{Channel: "C01RESEARCH", User: "U0ALICE01", Thread: link.TS, Text: "@commentator what is it about?"})
			if err != nil {
				t.Fatal(err)
			}
			await("the moment of the kill", func(s *fakeslack.Server) bool {
				switch {
				case when.hangs:
					return hung.Load() == 1
				case when.fault.Status != 0:
					return slices.ContainsFunc(s.Calls(), func(c fakeslack.Call) bool { return c.Fault })
				}
				_, found := repliesIn(s, link.TS, answer)
				return found
			})
			worker.kill()
			<-worker.done
			worker = b.start("worker")
			await("the question is done", func(s *fakeslack.Server) bool {
				return slices.ContainsFunc(s.Messages("C01RESEARCH"), func(m map[string]any) bool {
					raw, _ := json.Marshal(m["reactions"])
					return m["ts"] == q.TS && strings.Contains(string(raw), "white_check_mark")
				})
			})
			if n, found := repliesIn(slack, link.TS, answer); n != 2 || !found || paid.Load() != 1 {
				t.Errorf("%d replies, answered %v, %d calls of the model were paid", n, found, paid.Load())
			}
		})
	}
}
