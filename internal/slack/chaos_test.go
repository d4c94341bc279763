package slack_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/comment"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/internal/store"
)

// childEnv makes the test binary a worker process: "role database slack ledger".
const childEnv = "SLACK_TEST_CHILD"

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		f := strings.Fields(spec)
		if err := child(f[0], f[1], f[2], f[3]); err != nil {
			fmt.Fprintln(os.Stderr, f[0], err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// child is one process of the worker, with a pipeline that pays for an
// analysis once and keeps a ledger of it.
func child(role, database, api, ledger string) error {
	ctx := context.Background()
	book, err := os.OpenFile(ledger, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	cfg := store.Defaults()
	cfg.Membership.DeadAfter, cfg.Queue.Log = 5*time.Second, logger
	cfg.Queue.Attempts, cfg.Queue.RetryFirst, cfg.Queue.RetryLongest = 8, 100*time.Millisecond, time.Second
	kept, err := store.Open(ctx, database, cfg)
	if err != nil {
		return err
	}
	bot, err := slack.New(slack.Config{AppToken: "xapp-1", BotToken: "xoxb-1", Channels: []string{channel}, MaxLinks: 3, APIURL: api}, stores(kept),
		slack.WithPostInterval(0), slack.WithOrderWait(2*time.Second), slack.WithLogger(logger))
	if err != nil {
		return err
	}
	process := func(ctx context.Context, j job.Job) job.Result {
		r := job.Result{Outcome: job.OutcomeSuccess}
		fail := func(err error) job.Result { r.Outcome, r.Err = job.OutcomeError, err; return r }
		pause := func() { time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond) }
		var paid string
		found, err := kept.Queue.Load(ctx, j.ID, "analysis", &paid)
		if err != nil {
			return fail(retry.Passing(err))
		}
		pause()
		if !found {
			fmt.Fprintln(book, "call", j.ID)
			pause()
			if err := kept.Queue.Save(ctx, j.ID, "analysis", "paid"); err != nil {
				return fail(retry.Passing(err))
			}
			fmt.Fprintln(book, "paid", j.ID)
		}
		pause()
		if _, err := bot.Poster().Post(ctx, j, []job.Message{{Text: "about " + j.URL}}); err != nil {
			return fail(err)
		}
		pause()
		return r
	}
	var wg sync.WaitGroup
	errs := make(chan error, 2)
	if role != "work" {
		wg.Go(func() { errs <- bot.Run(ctx) })
	}
	if role != "listen" {
		wg.Go(func() { errs <- kept.Run(ctx, bot.Worker(process, comment.Format{}, nil).Handlers()) })
	}
	err = <-errs
	wg.Wait()
	return err
}

// TestEachLinkIsAnsweredOnceUnderFire kills processes while links come in and
// Slack misbehaves. SLACK_CHAOS_LINKS sets how many links.
func TestEachLinkIsAnsweredOnceUnderFire(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	links := 30
	if n, err := strconv.Atoi(os.Getenv("SLACK_CHAOS_LINKS")); err == nil {
		links = n
	}
	for _, c := range []struct {
		name  string
		roles []string
	}{
		{"one process on sqlite", []string{"both"}},
		{"three processes on sqlite", []string{"both", "both", "work"}},
		{"two listeners and three workers on postgres", []string{"listen", "listen", "work", "work", "work"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := filepath.Join(t.TempDir(), "q.sqlite")
			if strings.Contains(c.name, "postgres") {
				server, stop, err := databasetest.Start()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(stop)
				url = server.Database(t)
			}
			underFire(t, url, c.roles, links)
		})
	}
}

// underFire runs a process for each role on one database, has links shared, kills a process with
// every eighth and injects faults, and then looks whether each link has one reply.
func underFire(t *testing.T, url string, roles []string, links int) {
	fake := fakeslack.New(fakeslack.WithRetries(100*time.Millisecond, 500*time.Millisecond, 2*time.Second), fakeslack.WithPingInterval(time.Second), fakeslack.WithAckTimeout(time.Second))
	if err := fake.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fake.Close() }()
	ledger := filepath.Join(t.TempDir(), "ledger")
	procs := make([]*exec.Cmd, len(roles))
	launch := func(i int) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{roles[i], url, fake.APIURL(), ledger}, " "))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		procs[i] = cmd
	}
	kill := func(i int) { _ = procs[i].Process.Kill(); _ = procs[i].Wait() }
	for i := range roles {
		launch(i)
	}
	defer func() {
		for i := range procs {
			kill(i)
		}
	}()
	if err := fake.WaitSockets(within(t, 20*time.Second), 1); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), url, store.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	// The first look back sets where the channel begins; what is said before is
	// not looked up.
	awaitStore(t, "the first look back", func() bool {
		floor, err := kept.Members.Mark(t.Context(), slack.FloorMark(channel))
		if err != nil {
			t.Fatal(err)
		}
		return floor != ""
	})

	var posted []fakeslack.Posted
	for i := range links {
		how := []fakeslack.Delivery{{}}
		switch i % 7 {
		case 3:
			how[0] = fakeslack.Copies(3, 30*time.Millisecond)
		case 5:
			how[0] = fakeslack.Copies(1, 700*time.Millisecond) // late, out of order
		}
		p, err := fake.PostEvent(map[string]any{"type": "message", "channel": channel, "client_msg_id": fmt.Sprint("m", i), "text": fmt.Sprintf("<https://a.example/%d>", i)}, how...)
		if err != nil {
			t.Fatal(err)
		}
		posted = append(posted, p)
		if f := faultAt(i); f != nil {
			if err := fake.Inject(*f); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(60 * time.Millisecond)
		if i%8 == 7 {
			victim := rand.IntN(len(procs))
			kill(victim)
			launch(victim)
		}
	}
	for _, p := range posted {
		awaitStore(t, "a reply to "+p.TS, func() bool { return len(replies(fake, p.TS)) > 0 })
	}
	// Replies that should not come would have come by then.
	awaitStore(t, "nothing is under way any more", func() bool { return fake.Stats().Pending == 0 && quiet(t, kept) })
	for i, p := range posted {
		if got := replies(fake, p.TS); len(got) != 1 || got[0] != fmt.Sprintf("about https://a.example/%d", i) {
			t.Errorf("replies to link %d: %q", i, got)
		}
	}
	checkLedger(t, ledger, links)
}

// awaitStore waits for what processes of ours bring about.
func awaitStore(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("did not come about: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// faultAt is the fault beside the i-th link: those after which a post may have taken effect
// among them.
func faultAt(i int) *fakeslack.Fault {
	switch i % 10 {
	case 1:
		return &fakeslack.Fault{Method: "chat.postMessage", DropResponse: true}
	case 3:
		return &fakeslack.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: 1}
	case 5:
		return &fakeslack.Fault{Method: "chat.postMessage", Status: 503, AfterEffect: true}
	case 6:
		return &fakeslack.Fault{Socket: "cut"}
	case 8:
		return &fakeslack.Fault{Socket: "drop_acks", Count: 2}
	}
	return nil
}

// checkLedger: once an analysis is kept, nobody pays for it again.
func checkLedger(t *testing.T, name string, links int) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	paid := map[string]bool{}
	again := 0
	called := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		what, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if what == "call" {
			if paid[id] {
				t.Errorf("job %s was paid for again", id)
			}
			if called[id] {
				again++
			}
			called[id] = true
			continue
		}
		paid[id] = true
	}
	if len(called) != links {
		t.Errorf("%d jobs for %d links", len(called), links)
	}
	t.Logf("%d links, %d jobs, %d calls repeated because a kill cut them", links, len(called), again)
}
