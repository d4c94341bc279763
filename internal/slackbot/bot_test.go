package slackbot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/jobs"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/internal/slackbot"
	"github.com/technoshare/commentator/internal/slackbot/fakeslack"
	"github.com/technoshare/commentator/internal/slackbot/render"
)

const channel = fakeslack.DefaultChannel

// world is a workspace with a bot in it.
type world struct {
	t     *testing.T
	slack *fakeslack.Server
	store *jobs.Store
	bot   *slackbot.Bot
	dir   string

	mu       sync.Mutex
	worked   []pipeline.Job
	judged   []string
	outcomes map[string]func(pipeline.Job) (pipeline.Outcome, error) // by URL; else success
}

type worldOption func(*worldConfig)

type worldConfig struct {
	slack []fakeslack.Option
	bot   []slackbot.Option
	store []jobs.Option
}

func withSlack(o ...fakeslack.Option) worldOption {
	return func(c *worldConfig) { c.slack = append(c.slack, o...) }
}

func withStore(o ...jobs.Option) worldOption {
	return func(c *worldConfig) { c.store = append(c.store, o...) }
}

func newWorld(t *testing.T, opts ...worldOption) *world {
	t.Helper()
	t.Parallel()
	var c worldConfig
	for _, o := range opts {
		o(&c)
	}
	w := &world{t: t, dir: t.TempDir(), outcomes: map[string]func(pipeline.Job) (pipeline.Outcome, error){}}
	w.slack = fakeslack.New(append([]fakeslack.Option{fakeslack.WithRetries(50*time.Millisecond, 200*time.Millisecond, time.Second), fakeslack.WithPingInterval(time.Second)}, c.slack...)...)
	if err := w.slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.slack.Close() })
	logger := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	store, err := jobs.Open(t.Context(), filepath.Join(w.dir, "q.sqlite"),
		append([]jobs.Option{jobs.WithRetry(4, 50*time.Millisecond, 200*time.Millisecond), jobs.WithGrace(2 * time.Second), jobs.WithLogger(logger)}, c.store...)...)
	if err != nil {
		t.Fatal(err)
	}
	w.store = store
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.bot, err = slackbot.New(slackbot.Config{AppToken: "xapp-1-test", BotToken: "xoxb-test", Channels: []string{channel + "=links"}, MaxLinks: 3, APIURL: w.slack.APIURL()},
		store, append([]slackbot.Option{slackbot.WithPostInterval(0), slackbot.WithLogger(logger)}, c.bot...)...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// testWriter logs to the test; the log shows only when it fails.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// start runs f until the returned function is called or the test ends.
func start(t *testing.T, f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (w *world) listen() (stop func()) {
	w.t.Helper()
	n := w.slack.Stats().Sockets
	stop = start(w.t, w.bot.Run)
	if err := w.slack.WaitSockets(within(w.t, 10*time.Second), n+1); err != nil {
		w.t.Fatal(err)
	}
	return stop
}

func (w *world) work() (stop func()) {
	worker := w.bot.Worker(w.process, func(_ context.Context, traceID, user, name string, value bool) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.judged = append(w.judged, fmt.Sprint(traceID[:4], " ", user, " ", name, " ", value))
		return nil
	})
	return start(w.t, worker.Run)
}

// process stands for the pipeline.
func (w *world) process(ctx context.Context, job pipeline.Job) pipeline.Result {
	w.mu.Lock()
	w.worked = append(w.worked, job)
	decide := w.outcomes[job.URL]
	w.mu.Unlock()
	r := pipeline.Result{Outcome: pipeline.Success, TraceID: trace.TraceID{0xab, 0xcd, byte(job.Attempt)}}
	if decide != nil {
		r.Outcome, r.Err = decide(job)
	}
	if r.Retryable() && !job.Final {
		return r
	}
	r.Messages = []render.Message{{Text: fmt.Sprintf("%s on %s", r.Outcome, job.URL)}}
	posted, err := w.bot.Poster().Post(ctx, job, r.Messages)
	if err != nil {
		r.Outcome, r.Err = pipeline.Error, err
	}
	r.Posted = posted
	return r
}

func (w *world) jobsDone() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.worked)
}

func (w *world) say(text string) fakeslack.Posted {
	w.t.Helper()
	p, err := w.slack.Say(fakeslack.Typed{Channel: channel, Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) event(e map[string]any, d ...fakeslack.Delivery) fakeslack.Posted {
	w.t.Helper()
	p, err := w.slack.PostEvent(e, d...)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) inject(f fakeslack.Fault) {
	w.t.Helper()
	if err := w.slack.Inject(f); err != nil {
		w.t.Fatal(err)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// replies are the texts in a thread, without its root.
func replies(s *fakeslack.Server, ts string) []string {
	out := []string{}
	for _, m := range s.Messages(channel) {
		if m["thread_ts"] == ts && m["ts"] != ts {
			out = append(out, fmt.Sprint(m["text"]))
		}
	}
	return out
}

func replyTS(s *fakeslack.Server, ts string) string {
	for _, m := range s.Messages(channel) {
		if m["thread_ts"] == ts && m["ts"] != ts {
			return fmt.Sprint(m["ts"])
		}
	}
	return ""
}

// reactions are the names on a message, sorted.
func reactions(s *fakeslack.Server, ts string) string {
	var out []string
	for _, m := range s.Messages(channel) {
		if m["ts"] != ts {
			continue
		}
		list, _ := m["reactions"].([]any)
		for _, r := range list {
			if o, ok := r.(map[string]any); ok {
				out = append(out, fmt.Sprint(o["name"]))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func (w *world) await(what string, ok func(*fakeslack.Server) bool) {
	w.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for !ok(w.slack) {
		if time.Now().After(deadline) {
			for _, m := range w.slack.Messages(channel) {
				w.t.Logf("%v ← %v: %v %v", m["ts"], m["thread_ts"], m["text"], m["reactions"])
			}
			w.t.Fatalf("did not come about: %s", what)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

func (w *world) awaitReplies(ts string, want ...string) {
	w.t.Helper()
	w.await(fmt.Sprintf("replies %q, have %q", want, replies(w.slack, ts)), func(s *fakeslack.Server) bool { return slices.Equal(replies(s, ts), want) })
}

func (w *world) awaitReactions(ts, want string) {
	w.t.Helper()
	w.await("reactions "+want, func(s *fakeslack.Server) bool { return reactions(s, ts) == want })
}

func TestEachLinkOfAMessageIsAnsweredInItsThreadInOrder(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("look at https://a.example/1?utm_source=x and https://a.example/2 and https://a.example/3 and https://a.example/4")
	w.awaitReplies(p.TS, "success on https://a.example/1", "success on https://a.example/2", "success on https://a.example/3")
	w.awaitReactions(p.TS, "white_check_mark")
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.worked {
		if j.User != fakeslack.DefaultUser || j.MessageTS != p.TS || j.Attempt != 1 || j.Resumed {
			t.Errorf("job %+v", j)
		}
	}
}

func TestRepeatedAndDoubledEventsAreAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.event(map[string]any{"type": "message", "text": "<https://a.example/1>", "client_msg_id": "m-1"}, fakeslack.Copies(4, 20*time.Millisecond))
	w.awaitReplies(p.TS, "success on https://a.example/1")
	twin := w.event(map[string]any{"type": "message", "text": "<https://a.example/1>", "client_msg_id": "m-1"})
	mention := w.say("@commentator https://a.example/2") // comes as message and as app_mention
	w.awaitReplies(mention.TS, "success on https://a.example/2")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	time.Sleep(300 * time.Millisecond)
	if got := append(replies(w.slack, p.TS), replies(w.slack, twin.TS)...); len(got) != 1 {
		t.Errorf("replies %q", got)
	}
	if n := w.jobsDone(); n != 2 {
		t.Errorf("%d jobs", n)
	}
}

func TestEditsAndDeletions(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	change := func(text string) {
		w.event(map[string]any{"type": "message", "subtype": "message_changed",
			"message": map[string]any{"type": "message", "user": fakeslack.DefaultUser, "ts": p.TS, "text": text, "edited": map[string]any{"user": fakeslack.DefaultUser, "ts": fmt.Sprintf("%d.000000", time.Now().Unix())}}})
	}
	change("<https://a.example/1> <https://a.example/2>")
	w.awaitReplies(p.TS, "success on https://a.example/1", "success on https://a.example/2")
	time.Sleep(1100 * time.Millisecond) // edited.ts has whole seconds
	change("<https://a.example/2>")
	w.awaitReplies(p.TS, "success on https://a.example/2")
	w.event(map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": p.TS})
	w.await("the reply is withdrawn", func(s *fakeslack.Server) bool { return len(replies(s, p.TS)) == 0 })
}

func TestProblemsAreToldAndMarked(t *testing.T) {
	w := newWorld(t)
	w.outcomes["https://a.example/gate"] = func(pipeline.Job) (pipeline.Outcome, error) { return pipeline.GateFailed, nil }
	w.outcomes["https://a.example/flaky"] = func(j pipeline.Job) (pipeline.Outcome, error) {
		if j.Attempt < 3 {
			return pipeline.Error, passing{errors.New("try later")}
		}
		return pipeline.Success, nil
	}
	w.outcomes["https://a.example/down"] = func(pipeline.Job) (pipeline.Outcome, error) {
		return pipeline.Error, passing{errors.New("still down")}
	}
	w.listen()
	w.work()
	gate, flaky, down := w.say("https://a.example/gate"), w.say("https://a.example/flaky"), w.say("https://a.example/down")
	w.awaitReplies(gate.TS, "gate_failed on https://a.example/gate")
	w.awaitReactions(gate.TS, "warning")
	w.awaitReplies(flaky.TS, "success on https://a.example/flaky")
	w.awaitReactions(flaky.TS, "white_check_mark")
	w.awaitReplies(down.TS, "error on https://a.example/down")
	w.awaitReactions(down.TS, "warning")
}

type passing struct{ error }

func (passing) Retryable() bool { return true }

func TestAlreadySharedIsPointedOut(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	first := w.say("https://a.example/1")
	w.awaitReplies(first.TS, "success on https://a.example/1")
	w.awaitReactions(first.TS, "white_check_mark")
	second := w.say("http://www.a.example/1/?utm_campaign=z")
	w.await("a pointer", func(s *fakeslack.Server) bool { return len(replies(s, second.TS)) == 1 })
	got := replies(w.slack, second.TS)[0]
	for _, part := range []string{"a.example/1 was already shared by <@" + fakeslack.DefaultUser + ">", "|comment>", strings.ReplaceAll(replyTS(w.slack, first.TS), ".", "")} {
		if !strings.Contains(got, part) {
			t.Errorf("%q lacks %q", got, part)
		}
	}
	if n := w.jobsDone(); n != 1 {
		t.Errorf("%d jobs", n)
	}
}

func TestReactionsRunAgainAndJudge(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply := replyTS(w.slack, p.TS)
	react := func(name, ts string) {
		w.event(map[string]any{"type": "reaction_added", "reaction": name, "item": map[string]any{"type": "message", "channel": channel, "ts": ts}})
	}
	react("thumbsdown", reply)
	w.await("the judgement is passed on", func(*fakeslack.Server) bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.judged) == 1 })
	if want := "abcd " + fakeslack.DefaultUser + " helpful false"; w.judged[0] != want {
		t.Errorf("judged %q, want %q", w.judged[0], want)
	}
	w.mu.Lock()
	w.outcomes["https://a.example/1"] = func(pipeline.Job) (pipeline.Outcome, error) { return pipeline.GateFailed, nil }
	w.mu.Unlock()
	react("repeat", reply)
	w.awaitReplies(p.TS, "gate_failed on https://a.example/1") // changed in its place
	if replyTS(w.slack, p.TS) != reply {
		t.Error("the reply was posted anew")
	}
	w.awaitReactions(p.TS, "warning")
}

func TestPostsAreMadeOnceWhateverSlackAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []fakeslack.Fault
	}{
		{"the answer is lost after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}}},
		{"it is lost twice", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}, {Method: "conversations.replies", DropResponse: true}}},
		{"503 after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Status: 503, AfterEffect: true}}},
		{"503 before", []fakeslack.Fault{{Method: "chat.postMessage", Status: 503, Count: 2}}},
		{"internal_error after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Error: "internal_error", AfterEffect: true}}},
		{"429", []fakeslack.Fault{{Method: "chat.postMessage", Status: 429, RetryAfter: 1}}},
		{"429 storm on everything", []fakeslack.Fault{{Method: "*", Status: 429, RetryAfter: 1, Count: 6}}},
		{"reactions fail", []fakeslack.Fault{{Method: "reactions.add", Status: 500, Count: 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.listen()
			for _, f := range c.faults {
				w.inject(f)
			}
			w.work()
			p := w.say("https://a.example/1")
			w.awaitReplies(p.TS, "success on https://a.example/1")
			w.await("the link is done", func(*fakeslack.Server) bool {
				ls, err := w.store.LinksOf(t.Context(), channel, p.TS)
				return err == nil && len(ls) == 1 && ls[0].State == jobs.Done
			})
			if got := replies(w.slack, p.TS); len(got) != 1 {
				t.Errorf("replies %q", got)
			}
		})
	}
}

func TestPermanentRefusalsEndTheJobWithASentence(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"msg_too_long", "longer than Slack takes"},
		{"channel_not_found", "check TECHNOSHARE_CHANNEL_ID"},
		{"is_archived", "archived"},
		{"not_in_channel", "/invite"},
	} {
		t.Run(c.code, func(t *testing.T) {
			w := newWorld(t)
			w.listen()
			w.inject(fakeslack.Fault{Method: "chat.postMessage", Error: c.code, Count: -1})
			w.work()
			p := w.say("https://a.example/1")
			w.await("the link fails", func(*fakeslack.Server) bool {
				ls, err := w.store.LinksOf(t.Context(), channel, p.TS)
				return err == nil && len(ls) == 1 && ls[0].State == jobs.Failed && ls[0].Attempt == 1 && strings.Contains(ls[0].Error, c.want)
			})
		})
	}
}

func TestARevokedTokenKeepsTheJob(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.inject(fakeslack.Fault{Method: "chat.postMessage", Error: "token_revoked", Count: -1})
	w.work()
	p := w.say("https://a.example/1")
	w.await("the link waits", func(*fakeslack.Server) bool {
		ls, err := w.store.LinksOf(t.Context(), channel, p.TS)
		return err == nil && len(ls) == 1 && ls[0].State == jobs.Waiting && ls[0].Failures == 0
	})
}

func TestSocketFaultsLoseNothing(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	var want []fakeslack.Posted
	for i := range 6 {
		if i%2 == 1 {
			w.inject(fakeslack.Fault{Socket: []string{"cut", "disconnect", "drop_acks"}[i/2], Count: 1})
		}
		want = append(want, w.say(fmt.Sprint("https://a.example/", i)))
	}
	for i, p := range want {
		w.awaitReplies(p.TS, fmt.Sprint("success on https://a.example/", i))
	}
	time.Sleep(300 * time.Millisecond)
	if n := w.jobsDone(); n != len(want) {
		t.Errorf("%d jobs for %d links", n, len(want))
	}
}

func TestWhatWasMissedIsLookedUp(t *testing.T) {
	w := newWorld(t)
	none := 0
	before := w.event(map[string]any{"type": "message", "text": "<https://a.example/before>"}, fakeslack.Delivery{Times: &none})
	stop := w.listen()
	w.work()
	first := w.say("https://a.example/first")
	w.awaitReplies(first.TS, "success on https://a.example/first")
	stop()
	missed := w.event(map[string]any{"type": "message", "text": "<https://a.example/missed>"}, fakeslack.Delivery{Times: &none})
	w.event(map[string]any{"type": "message", "text": "<https://a.example/thread>", "thread_ts": missed.TS}, fakeslack.Delivery{Times: &none})
	w.listen()
	w.await("both missed links are answered", func(s *fakeslack.Server) bool {
		got := replies(s, missed.TS)
		return slices.Contains(got, "success on https://a.example/missed") && slices.Contains(got, "success on https://a.example/thread")
	})
	if got := replies(w.slack, before.TS); len(got) != 0 {
		t.Errorf("what was said before the first start was answered: %q", got)
	}
	if n := w.jobsDone(); n != 3 {
		t.Errorf("%d jobs", n)
	}
}

func TestSlashCommands(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	send := func(text string) string {
		t.Helper()
		r, err := w.slack.SendCommand(within(t, 5*time.Second), fakeslack.Command{Command: "/technoshare", Text: text, Channel: channel})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.Payload["text"])
	}
	for _, c := range []struct{ text, want string }{
		{"", "comments on a link"},
		{"fly", `I don't know "fly"`},
		{"run", "Give a link"},
		{"mute", "Muted this channel"},
		{"status", "Muted: this channel"},
		{"unmute", "Unmuted this channel"},
		{"unmute", "This channel was not muted"},
		{"mute <https://www.spam.example/x|x>", "Muted spam.example"},
		{"mute no domain", "is no domain"},
		{"run <https://a.example/1>", "On it"},
	} {
		if got := send(c.text); !strings.Contains(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
	w.await("the command is answered", func(s *fakeslack.Server) bool {
		for _, m := range s.Messages(channel) {
			if strings.Contains(fmt.Sprint(m["text"]), "asks for a comment on <https://a.example/1|a.example/1>") {
				return slices.Equal(replies(s, fmt.Sprint(m["ts"])), []string{"success on https://a.example/1"})
			}
		}
		return false
	})
	spam := w.say("https://spam.example/1")
	after := w.say("https://a.example/2")
	w.awaitReplies(after.TS, "success on https://a.example/2")
	if got := replies(w.slack, spam.TS); len(got) != 0 {
		t.Errorf("muted domain was answered: %q", got)
	}
}

func TestShortcutAndMentionInThread(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	bots := w.event(map[string]any{"type": "message", "text": "<https://a.example/feed>", "bot_id": "B9", "user": "U9"})
	if _, err := w.slack.Interact(within(t, 5*time.Second), fakeslack.Interaction{Type: "message_action", Channel: channel, MessageTS: bots.TS, CallbackID: "technoshare_comment"}); err != nil {
		t.Fatal(err)
	}
	w.awaitReplies(bots.TS, "success on https://a.example/feed")

	other := w.event(map[string]any{"type": "message", "text": "<https://a.example/other>", "bot_id": "B9", "user": "U9"})
	if _, err := w.slack.Say(fakeslack.Typed{Channel: channel, Thread: other.TS, Text: "@commentator please"}); err != nil {
		t.Fatal(err)
	}
	w.await("the link above is answered", func(s *fakeslack.Server) bool {
		return slices.Contains(replies(s, other.TS), "success on https://a.example/other")
	})
}

func TestAFullQueueSaysSo(t *testing.T) {
	w := newWorld(t, withStore(jobs.WithDepth(1)))
	stop := w.listen()
	first, second := w.say("https://a.example/1"), w.say("https://a.example/2")
	w.await("both arrived", func(*fakeslack.Server) bool {
		st, err := w.store.Status(t.Context())
		return err == nil && st.Rejected == 1
	})
	stop()
	w.work()
	w.awaitReplies(first.TS, "success on https://a.example/1")
	w.await("a word of excuse", func(s *fakeslack.Server) bool {
		got := replies(s, second.TS)
		return len(got) == 1 && strings.Contains(got[0], "too many links")
	})
}

func TestCheckAndValidate(t *testing.T) {
	for _, c := range []struct {
		name     string
		app, bot string
		channels []string
		slack    []fakeslack.Option
		want     string
	}{
		{"tokens swapped", "xoxb-1", "xapp-1", nil, nil, "SLACK_BOT_TOKEN holds an app-level token"},
		{"a bot token in the app token's place", "xoxb-1", "xoxb-1", nil, nil, "SLACK_APP_TOKEN holds a bot token"},
		{"no app token", "", "xoxb-1", nil, nil, "SLACK_APP_TOKEN is not set"},
		{"refused", "xapp-1", "xoxb-1", nil, []fakeslack.Option{fakeslack.WithTokens("xoxb-2", "xapp-2")}, "SLACK_BOT_TOKEN is refused by Slack (invalid_auth)"},
		{"a name for a channel", "xapp-1", "xoxb-1", []string{"#general"}, nil, "which is no channel ID"},
		{"an unknown channel", "xapp-1", "xoxb-1", []string{"C0NOWHERE"}, nil, "there is no channel C0NOWHERE"},
		{"not a member", "xapp-1", "xoxb-1", []string{"C0OUT"}, []fakeslack.Option{fakeslack.WithChannel(fakeslack.Channel{ID: "C0OUT", Name: "out", NoBot: true})}, "the bot is not in #out"},
		{"archived", "xapp-1", "xoxb-1", []string{"C0OLD"}, []fakeslack.Option{fakeslack.WithChannel(fakeslack.Channel{ID: "C0OLD", Name: "old", Archived: true})}, "#old is archived"},
		{"a scope is missing", "xapp-1", "xoxb-1", nil, []fakeslack.Option{fakeslack.WithScopes("chat:write", "channels:history", "channels:read", "commands", "app_mentions:read", "reactions:read", "metadata.message:read")}, "reactions:write"},
		{"all fine", "xapp-1", "xoxb-1", []string{channel}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fakeslack.New(c.slack...)
			if err := s.Start("127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			store, err := jobs.Open(t.Context(), filepath.Join(t.TempDir(), "q"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = store.Close() }()
			cfg := slackbot.Config{AppToken: c.app, BotToken: c.bot, Channels: c.channels, APIURL: s.APIURL()}
			b, err := slackbot.New(cfg, store)
			if err == nil {
				err = b.Validate(t.Context(), true)
				bad := false
				for _, f := range b.Check(t.Context(), true) {
					bad = bad || !f.OK && strings.Contains(f.Detail, c.want)
				}
				if bad != (c.want != "") {
					t.Errorf("findings %+v", b.Check(t.Context(), true))
				}
			}
			var se *slackbot.SettingsError
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (!errors.As(err, &se) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a sentence: %q", err)
			}
		})
	}
}

func TestReadinessFollowsTheSocket(t *testing.T) {
	w := newWorld(t)
	if r := w.bot.Readiness(t.Context()); r.Connected || r.Database != nil {
		t.Errorf("before: %+v", r)
	}
	stop := w.listen()
	w.await("connected", func(*fakeslack.Server) bool { return w.bot.Readiness(t.Context()).Connected })
	heard := w.bot.Readiness(t.Context()).LastHeard
	w.await("a ping is heard", func(*fakeslack.Server) bool { return w.bot.Readiness(t.Context()).LastHeard.After(heard) })
	stop()
	if r := w.bot.Readiness(t.Context()); r.Connected {
		t.Errorf("after: %+v", r)
	}
}
