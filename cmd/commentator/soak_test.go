package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// TestSoak lets links come in while everything fails around the worker, and
// then counts. All is real but Slack and the pages: processes of the built
// program, the queue, MLflow. COMMENTATOR_SOAK_LINKS and
// COMMENTATOR_SOAK_DATABASE (sqlite or postgres) set how much of it.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for a minute")
	}
	links, database := 40, "sqlite"
	if s := os.Getenv("COMMENTATOR_SOAK_LINKS"); s != "" {
		var err error
		if links, err = strconv.Atoi(s); err != nil || links < 1 || links > 99_999 {
			t.Fatalf("COMMENTATOR_SOAK_LINKS is %q: write a number from 1 to 99999", s)
		}
	}
	if s := os.Getenv("COMMENTATOR_SOAK_DATABASE"); s != "" {
		database = s
	}
	uri := server.URI(t)
	s := newSoak(t, uri, links)
	switch database {
	case "sqlite":
		s.sqlite()
	case "postgres":
		s.postgres()
	default:
		t.Fatalf("COMMENTATOR_SOAK_DATABASE is %q: write sqlite or postgres", database)
	}
	defer s.killAll()
	s.run()
	s.reconcile(s.mlflow(uri))
}

// soak is the world of the test.
type soak struct {
	*bench
	links    int
	database string // URL
	slack    *fakeslack.Server
	model    *soakModel
	notes    *soakPages
	proxy    *mlflowtest.Proxy
	began    time.Time

	mu    sync.Mutex
	procs []*soakProcess
	died  map[string]time.Time // incarnation → when it was killed or asked to end
	ended int                  // of them: asked to end, and did
	wrong int                  // faults put on Slack
	away  time.Duration        // how long MLflow was away

	traces map[string]soakTrace // as MLflow has them in the end
	posted []soakPost
	rough  time.Duration // from the first link until all was calm
	calm   time.Duration // from then until all was done
}

// soakPost is a message with its links.
type soakPost struct {
	ts    string
	links []int
}

func newSoak(t testing.TB, uri string, links int) *soak {
	s := &soak{bench: newBench(t), links: links, died: map[string]time.Time{}}
	s.slack = fakeslack.New(fakeslack.WithRetries(100*time.Millisecond, 500*time.Millisecond, 2*time.Second),
		fakeslack.WithPingInterval(time.Second), fakeslack.WithBounds(100_000, 0, 0))
	if err := s.slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.slack.Close() })
	s.model = newSoakModel(t, 20*time.Millisecond, 250*time.Millisecond)
	s.notes = newSoakPages(t)
	s.proxy = mlflowtest.NewProxy(t, uri, "", false)
	return s
}

func (s *soak) sqlite() {
	s.database = filepath.Join(s.dir, "data", "queue.sqlite")
	for _, name := range []string{"a", "b"} {
		s.add(name, filepath.Join(s.dir, "data"), "worker")
	}
}

// postgresDatabase makes a database on a server of the test's own.
func (s *soak) postgresDatabase() {
	pg, stop, err := databasetest.Start()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(stop)
	s.database = pg.Database(s.t)
}

// postgres gives each process a data folder of its own, as on hosts of their
// own, but for two that share one.
func (s *soak) postgres() {
	s.postgresDatabase()
	for _, name := range []string{"listen-a", "listen-b"} {
		s.add(name, filepath.Join(s.dir, name), "worker", "--listen")
	}
	for _, name := range []string{"work-a", "work-b", "work-c", "work-d"} {
		data := name
		if name == "work-b" {
			data = "work-a"
		}
		s.add(name, filepath.Join(s.dir, data), "worker", "--work")
	}
}

// run posts the links with everything going wrong, then lets it calm down.
func (s *soak) run() {
	for _, p := range s.procs {
		s.launch(p)
	}
	s.await("a socket", 30*time.Second, func() bool { return s.slack.Stats().Sockets > 0 })
	s.await("the first look back, which sets where the channel begins", 30*time.Second, s.channelBegins)
	s.began = time.Now()

	trouble, end := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, f := range []func(context.Context){s.killNow, s.mlflowAway, s.slackTrouble, s.modelTrouble} {
		wg.Go(func() { f(trouble) })
	}
	s.post()
	// Trouble goes on until most is through, deliveries too.
	limit := time.Now().Add(time.Duration(s.links) * 400 * time.Millisecond)
	for (s.replied() < s.links*95/100 || s.outbox() > s.links/8) && time.Now().Before(limit) {
		time.Sleep(s.poll())
	}
	end()
	wg.Wait()
	s.proxy.Reset()
	s.slack.ClearFaults()
	_ = s.slack.Inject(fakeslack.Fault{Socket: "cut"}) // the reconnect finds what was never delivered
	s.rough = time.Since(s.began)

	calming := time.Now()
	wait := time.Duration(s.links)*time.Second + 3*time.Minute
	s.await("all replies", wait, func() bool { return s.replied() >= s.links })
	s.await("an empty queue", wait, func() bool { return s.queued() == 0 })
	s.await("an empty outbox", wait, func() bool { return s.outbox() == 0 })
	s.calm = time.Since(calming)
	// Then for what should not come: Slack has nothing more to deliver, and
	// processes that have ended write nothing more.
	s.await("every event to be acknowledged", wait, func() bool { return s.slack.Stats().Pending == 0 })
	s.await("a queue that stays empty", wait, func() bool { return s.queued() == 0 && s.outbox() == 0 })
	for _, p := range s.procs {
		s.terminate(p)
		p.cmd = nil
	}
}

func (s *soak) await(what string, within time.Duration, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(s.poll()) {
		if time.Now().After(deadline) {
			for _, p := range s.procs {
				s.t.Logf("%s:\n%s", p.incarnation(), tailOf(p.log))
			}
			s.t.Fatalf("did not come about within %s: %s; %d of %d replied, %d queued, %d in the outbox", within, what, s.replied(), s.links,
				s.queued(), s.outbox())
		}
	}
}

// poll is how often it is looked how far things are; looking takes longer the
// more there is to look at.
func (s *soak) poll() time.Duration {
	return 50*time.Millisecond + time.Duration(s.links)*time.Millisecond
}

// post shares the links as people do, and lets Slack deliver them badly.
func (s *soak) post() {
	for n, i := 0, 0; n < s.links; i++ {
		count := 1
		if i%6 == 5 {
			count = min(3, s.links-n)
		}
		var mine []int
		var text []string
		for range count {
			mine = append(mine, n)
			text = append(text, s.notes.URL+soakPath(n))
			n++
		}
		how := fakeslack.Delivery{}
		switch i % 11 {
		case 3:
			how = fakeslack.Copies(3, 30*time.Millisecond)
		case 5:
			how = fakeslack.Copies(1, 900*time.Millisecond) // late, so out of order
		case 8:
			how = fakeslack.Copies(2, 400*time.Millisecond)
		case 10:
			how = fakeslack.Copies(0, 0) // Slack never sends it
		}
		var p fakeslack.Posted
		var err error
		if i%11 == 1 { // two events of one gesture
			p, err = s.slack.Say(fakeslack.Typed{Channel: fakeslack.DefaultChannel, Text: "@commentator " + strings.Join(text, " and ")})
		} else {
			p, err = s.slack.PostEvent(map[string]any{
				"type": "message", "channel": fakeslack.DefaultChannel, "text": "have a look: <" + strings.Join(text, "> <") + ">",
			}, how)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.posted = append(s.posted, soakPost{p.TS, mine})
		time.Sleep(time.Duration(count) * 150 * time.Millisecond)
	}
}
