package slack_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue/queuetest"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/internal/store"
)

const channel = fakeslack.DefaultChannel

// world is a workspace with a bot in it.
type world struct {
	t     *testing.T
	slack *fakeslack.Server
	store *store.Store
	bot   *slack.Bot
	dir   string

	mu       sync.Mutex
	worked   []job.Job
	judged   []string
	called   string                                        // who judged last
	over     *job.OverBudget                               // set before work: what every job is told of its budget
	buttons  bool                                          // set before work: replies are comments with buttons
	outcomes map[string]func(job.Job) (job.Outcome, error) // by URL; else success
}

// worldOption changes a world before it is made.
type worldOption func(*worldConfig)

type worldConfig struct {
	slack []fakeslack.Option
	bot   []slack.Option
	store []func(*store.Config)
	all   bool // every channel is watched
	// between is what stands between the bot and Slack; nil: nothing
	between func(slack http.Handler) http.Handler
}

// everywhere has the bot watch every channel that it is in.
func everywhere() worldOption { return func(c *worldConfig) { c.all = true } }

// withSlack adds options of the stand-in for Slack.
func withSlack(o ...fakeslack.Option) worldOption {
	return func(c *worldConfig) { c.slack = append(c.slack, o...) }
}

// withStore changes the bounds of the store.
func withStore(set ...func(*store.Config)) worldOption {
	return func(c *worldConfig) { c.store = append(c.store, set...) }
}

// newWorld makes a workspace and a bot over an SQLite file, with waits short enough for tests.
// Neither half of the bot runs yet, see listen and work. The test runs beside others.
func newWorld(t *testing.T, opts ...worldOption) *world {
	t.Helper()
	t.Parallel()
	var c worldConfig
	for _, o := range opts {
		o(&c)
	}
	w := &world{t: t, dir: t.TempDir(), outcomes: map[string]func(job.Job) (job.Outcome, error){}}
	w.slack = fakeslack.New(append([]fakeslack.Option{fakeslack.WithRetries(50*time.Millisecond, 200*time.Millisecond, time.Second), fakeslack.WithPingInterval(time.Second)}, c.slack...)...)
	if err := w.slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.slack.Close() })
	logger := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelInfo}))
	w.open(logger, c)
	return w
}

// open opens the store and makes the bot of a process.
func (w *world) open(logger *slog.Logger, c worldConfig) {
	w.t.Helper()
	cfg := store.Defaults()
	cfg.Queue.Attempts, cfg.Queue.RetryFirst, cfg.Queue.RetryLongest = 4, 50*time.Millisecond, 200*time.Millisecond
	cfg.Queue.Grace, cfg.Queue.Log = 2*time.Second, logger
	for _, set := range c.store {
		set(&cfg)
	}
	kept, err := store.Open(w.t.Context(), filepath.Join(w.dir, "q.sqlite"), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = kept
	w.t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			w.t.Error(err)
		}
	})
	settings := slack.Config{AppToken: "xapp-1-test", BotToken: "xoxb-test", Channels: []string{channel + "=links"}, MaxLinks: 3, APIURL: w.slack.APIURL()}
	if c.all {
		settings.Channels = nil
	}
	if c.between != nil {
		to, err := url.Parse(w.slack.URL())
		if err != nil {
			w.t.Fatal(err)
		}
		proxy := httptest.NewServer(c.between(httputil.NewSingleHostReverseProxy(to)))
		w.t.Cleanup(proxy.Close)
		settings.APIURL = proxy.URL + "/api/"
	}
	w.bot, err = slack.New(settings,
		stores(kept), append([]slack.Option{slack.WithPostInterval(0), slack.WithLogger(logger)}, c.bot...)...)
	if err != nil {
		w.t.Fatal(err)
	}
}

// stores are what a bot keeps, all in one database.
func stores(kept *store.Store) slack.Stores {
	return slack.Stores{Queue: kept.Queue, Posts: kept.Posts, People: kept.People, Channels: kept.Set, Marks: kept.Members, Database: kept.DB}
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

// listen runs the listening half and returns once its socket is open.
func (w *world) listen() (stop func()) {
	w.t.Helper()
	n := w.slack.Stats().Opened
	stop = start(w.t, w.bot.Run)
	if err := w.slack.WaitFor(within(w.t, 10*time.Second), func(s *fakeslack.Server) bool { return s.Stats().Opened > n }); err != nil {
		w.t.Fatal(err)
	}
	return stop
}

// work runs the working half, and notes what people judge.
func (w *world) work() (stop func()) {
	return w.workWith(func(_ context.Context, traceID string, f job.Feedback) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.judged = append(w.judged, fmt.Sprint(traceID[:6], " ", f.User, " ", f.Name, " ", f.Value))
		w.called = f.UserName
		return nil
	})
}

// workWith runs the working half, which passes on by feedback what people judge.
func (w *world) workWith(feedback slack.Feedback) (stop func()) {
	worker := w.bot.Worker(w.process, comment.Format{}, feedback)
	return start(w.t, func(ctx context.Context) error { return w.store.Run(ctx, worker.Handlers()) })
}

// process stands for the pipeline. It ends as outcomes says for the link's address, and posts
// that as a text.
func (w *world) process(ctx context.Context, j job.Job) job.Result {
	w.mu.Lock()
	w.worked = append(w.worked, j)
	decide := w.outcomes[j.URL]
	w.mu.Unlock()
	r := job.Result{Outcome: job.OutcomeSuccess, Over: w.over, TraceID: trace.TraceID{0xab, 0xcd, byte(j.Attempt)}}
	if decide != nil {
		r.Outcome, r.Err = decide(j)
	}
	if j.PutOff(r.Err) || r.Retryable() && !j.Final {
		return r
	}
	messages := []job.Message{{Text: fmt.Sprintf("%s on %s", r.Outcome, j.URL)}}
	if j.Question != "" {
		messages[0].Text = "answer to " + j.Question
	}
	if w.buttons {
		messages = comment.Messages(job.Reply{Outcome: r.Outcome, Comment: &job.Comment{TLDR: []string{j.URL}}})
	}
	posted, err := w.bot.Poster().Post(ctx, j, messages)
	if err != nil {
		r.Outcome, r.Err = job.OutcomeError, err
	}
	if err == nil {
		r.Reached = append(r.Reached, job.PeerSlack)
	}
	if r.Outcome == job.OutcomeSuccess {
		r.Reply = job.Reply{Title: "The title of " + j.URL, Comment: &job.Comment{TLDR: []string{"It is *so*.", "And <!channel>."}}}
	}
	r.Posted = posted
	return r
}

// awaitQuiet waits until nothing is under way any more that could still have
// consequences: every event was acknowledged, every link has ended and every task
// is done. What has not come by then never will.
func (w *world) awaitQuiet() {
	w.t.Helper()
	w.await("nothing is under way any more", func(s *fakeslack.Server) bool {
		return s.Stats().Pending == 0 && quiet(w.t, w.store)
	})
}

// quiet reports whether a store has nothing left to do.
func quiet(t *testing.T, kept *store.Store) bool {
	t.Helper()
	done, err := queuetest.Quiet(t.Context(), kept.DB)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// jobsDone is how often process was called, for attempts that failed too.
func (w *world) jobsDone() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.worked)
}

// say has a person post a message in the watched channel.
func (w *world) say(text string) fakeslack.Posted {
	w.t.Helper()
	p, err := w.slack.Say(fakeslack.Typed{Channel: channel, Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// event lets something else happen in the workspace.
func (w *world) event(e map[string]any, d ...fakeslack.Delivery) fakeslack.Posted {
	w.t.Helper()
	p, err := w.slack.PostEvent(e, d...)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// inject adds a fault of Slack.
func (w *world) inject(f fakeslack.Fault) {
	w.t.Helper()
	if err := w.slack.Inject(f); err != nil {
		w.t.Fatal(err)
	}
}

// within is a context of the test that ends after d.
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

// replyTS is the ts of the first reply in a thread; empty for none.
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

// patience is how long tests wait for what must come about. It only bounds how
// late a failure is seen.
const patience = time.Minute

// await waits for what another goroutine brings about, and shows the channel when it does not.
func (w *world) await(what string, ok func(*fakeslack.Server) bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
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

// awaitReplies waits until a thread has just these replies.
func (w *world) awaitReplies(ts string, want ...string) {
	w.t.Helper()
	w.await(fmt.Sprintf("replies %q, have %q", want, replies(w.slack, ts)), func(s *fakeslack.Server) bool { return slices.Equal(replies(s, ts), want) })
}

// awaitReactions waits until a message has just these reactions, by name and sorted.
func (w *world) awaitReactions(ts, want string) {
	w.t.Helper()
	w.await("reactions "+want, func(s *fakeslack.Server) bool { return reactions(s, ts) == want })
}
