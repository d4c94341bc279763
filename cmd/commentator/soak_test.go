package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
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
	settle time.Duration // from then until all was done
}

// soakPost is a message with its links.
type soakPost struct {
	ts    string
	links []int
}

// soakProcess is one place for a process, filled again after each kill.
type soakProcess struct {
	name string
	args []string
	env  []string
	log  string
	runs int
	cmd  *exec.Cmd
	done chan struct{}
}

func (p *soakProcess) incarnation() string { return fmt.Sprintf("%s.%d", p.name, p.runs) }

func newSoak(t *testing.T, uri string, links int) *soak {
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

// postgres gives each process a data folder of its own, as on hosts of their
// own, but for two that share one.
func (s *soak) postgres() {
	pg, stop, err := databasetest.Start()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(stop)
	s.database = pg.Database(s.t)
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

func (s *soak) add(name, data string, args ...string) {
	s.procs = append(s.procs, &soakProcess{name: name, args: args, log: filepath.Join(s.dir, name+".log"), env: []string{
		"COMMENTATOR_DATA_DIR=" + data,
		"COMMENTATOR_DATABASE_URL=" + s.database,
		"COMMENTATOR_HTTP_ADDR=127.0.0.1:0",
		"COMMENTATOR_POST_INTERVAL=50ms",
		"COMMENTATOR_MODEL_CALLS=4",
		"COMMENTATOR_GRACE=100ms", // so that shutdowns cut links
		"COMMENTATOR_FETCH_ALLOW=" + strings.TrimPrefix(s.notes.URL, "http://"),
		"MLFLOW_TRACKING_URI=" + s.proxy.URL,
		"OPENAI_BASE_URL=" + s.model.URL + "/v1",
		"SLACK_API_URL=" + s.slack.APIURL(), "SLACK_APP_TOKEN=xapp-1-soak", "SLACK_BOT_TOKEN=xoxb-soak",
		"TECHNOSHARE_CHANNEL_ID=" + fakeslack.DefaultChannel,
		"LOG_LEVEL=WARNING", "LOG_FORMAT=json",
	}})
}

// launch starts a process; the API key tells the model which life of it calls.
func (s *soak) launch(p *soakProcess) {
	p.runs++
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Error(err)
		return
	}
	cmd := exec.Command(binary(s.t), p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	cmd.Env = append(append(os.Environ(), p.env...), "OPENAI_API_KEY="+p.incarnation())
	err = cmd.Start()
	_ = log.Close()
	if err != nil {
		s.t.Error(err)
		return
	}
	p.cmd, p.done = cmd, make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
}

// running complains of a process that ended by itself.
func (s *soak) running(p *soakProcess) {
	select {
	case <-p.done:
		s.t.Errorf("%s ended by itself: %v; see its log:\n%s", p.incarnation(), p.cmd.ProcessState, tailOf(p.log))
	default:
	}
}

// end asks the process to end, as a deployment does. What it is at work on it
// hands back.
func (s *soak) end(p *soakProcess) {
	s.running(p)
	s.mu.Lock()
	s.died[p.incarnation()] = time.Now()
	s.mu.Unlock()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		s.t.Errorf("%s did not end in time; see its log:\n%s", p.incarnation(), tailOf(p.log))
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitOK {
		s.t.Errorf("%s ended with exit code %d; see its log:\n%s", p.incarnation(), code, tailOf(p.log))
	}
	s.mu.Lock()
	s.ended++
	s.mu.Unlock()
}

// kill is kill -9.
func (s *soak) kill(p *soakProcess) {
	s.running(p)
	s.mu.Lock()
	s.died[p.incarnation()] = time.Now()
	s.mu.Unlock()
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (s *soak) killAll() {
	for _, p := range s.procs {
		if p.cmd != nil {
			s.kill(p)
		}
	}
}

// tailOf gives the end of a log.
func tailOf(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err == nil && st.Size() > 4<<10 {
		_, _ = f.Seek(-4<<10, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	return string(b)
}

// run posts the links with everything going wrong, then lets it calm down.
func (s *soak) run() {
	for _, p := range s.procs {
		s.launch(p)
	}
	s.await("a socket", 30*time.Second, func() bool { return s.slack.Stats().Sockets > 0 })
	time.Sleep(time.Second) // the first look back has set where the channel begins
	s.began = time.Now()

	trouble, calm := context.WithCancel(context.Background())
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
	calm()
	wg.Wait()
	s.proxy.Reset()
	s.slack.ClearFaults()
	_ = s.slack.Inject(fakeslack.Fault{Socket: "cut"}) // the reconnect finds what was never delivered
	s.rough = time.Since(s.began)

	settling := time.Now()
	wait := time.Duration(s.links)*time.Second + 3*time.Minute
	s.await("all replies", wait, func() bool { return s.replied() >= s.links })
	s.await("an empty queue", wait, func() bool { return s.queued() == 0 })
	s.await("an empty outbox", wait, func() bool { return s.outbox() == 0 })
	s.settle = time.Since(settling)
	time.Sleep(2 * time.Second) // for what should not come
}

func (s *soak) await(what string, within time.Duration, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(s.poll()) {
		if time.Now().After(deadline) {
			for _, p := range s.procs {
				s.t.Logf("%s:\n%s", p.incarnation(), tailOf(p.log))
			}
			s.t.Fatalf("did not come about within %s: %s; %d of %d replied, %d queued, %d in the outbox", within, what, s.replied(), s.links, s.queued(), s.outbox())
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

// killNow kills a random process every few seconds and starts it again. Each
// fourth is asked to end instead.
func (s *soak) killNow(ctx context.Context) {
	every := 3 * time.Second
	if len(s.procs) > 2 {
		every = 2 * time.Second
	}
	for i := 0; pause(ctx, every/2+rand.N(every)); i++ {
		p := s.procs[rand.IntN(len(s.procs))]
		if i%4 == 2 {
			s.end(p)
		} else {
			s.kill(p)
		}
		pause(ctx, rand.N(500*time.Millisecond))
		s.launch(p)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// mlflowAway takes MLflow away for a third of the time, each time in another
// way. Calls under way when it goes are answered by nobody, though processed.
func (s *soak) mlflowAway(ctx context.Context) {
	third := 8 * time.Second
	if s.links <= 50 {
		third = 3 * time.Second
	}
	for i := 0; pause(ctx, 2*third); i++ {
		left := 3
		s.proxy.SetFault(func(mlflowtest.Request) mlflowtest.Fault { // called one at a time
			if left > 0 {
				left--
				return mlflowtest.Fault{CutAfter: true}
			}
			switch i % 3 {
			case 0:
				return mlflowtest.Fault{CutBefore: true}
			case 1:
				return mlflowtest.Fault{Status: http.StatusServiceUnavailable, Body: "maintenance"}
			}
			return mlflowtest.Fault{Status: http.StatusBadGateway, Body: "<html>no upstream</html>"}
		})
		gone := time.Now()
		pause(ctx, third)
		s.proxy.Reset() // also forgets the bodies of the requests
		s.mu.Lock()
		s.away += time.Since(gone)
		s.mu.Unlock()
	}
}

// slackTrouble has Slack answer badly and drop sockets.
func (s *soak) slackTrouble(ctx context.Context) {
	faults := []fakeslack.Fault{
		{Method: "chat.postMessage", DropResponse: true},
		{Method: "chat.postMessage", Status: 429, RetryAfter: 1, Count: 4},
		{Socket: "cut"},
		{Method: "chat.postMessage", Status: 503, AfterEffect: true},
		{Socket: "drop_acks", Count: 2},
		{Method: "*", Status: 429, RetryAfter: 1, Count: 8},
		{Method: "chat.postMessage", DropResponse: true, Count: 2},
		{Socket: "disconnect"},
		{Method: "chat.postMessage", Status: 500},
		{Method: "conversations.replies", Status: 503},
		{Method: "reactions.add", DropResponse: true},
		{Socket: "refuse"},
	}
	messages := 0
	for i := 0; pause(ctx, 300*time.Millisecond+rand.N(700*time.Millisecond)); {
		f := faults[i%len(faults)]
		if f.Method == "chat.postMessage" {
			// They must not heap up: a post that fails three times ends its
			// attempt, as it should.
			n := s.slack.Stats().Messages
			if n < messages+4 {
				continue
			}
			messages = n
		}
		i++
		s.wrong += max(f.Count, 1)
		if err := s.slack.Inject(f); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *soak) modelTrouble(ctx context.Context) {
	for pause(ctx, 4*time.Second) {
		s.model.refuseNext(6)
	}
}

// replied counts links that have a reply.
func (s *soak) replied() int {
	have := map[int]bool{}
	for _, r := range s.replies() {
		have[r.link] = true
	}
	return len(have)
}

// queued counts links that are not through yet.
func (s *soak) queued() int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	kept, err := store.Open(ctx, s.database, store.Defaults())
	if err != nil {
		return -1
	}
	defer func() { _ = kept.Close() }()
	st, err := kept.Queue.Status(ctx)
	if err != nil {
		return -1
	}
	return st.Queued + st.Running + st.Waiting
}

// attempts counts, by the queue's own records, links that are done and the
// attempts it took.
func (s *soak) attempts() (done, attempts int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	kept, err := store.Open(ctx, s.database, store.Defaults())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	for _, p := range s.posted {
		links, err := kept.Queue.LinksOf(ctx, fakeslack.DefaultChannel, p.ts)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, l := range links {
			if l.State == job.LinkDone && l.Outcome == "success" {
				done++
			}
			attempts += l.Attempt
		}
	}
	return done, attempts
}

// outbox counts traces that are not delivered, dead letters too.
func (s *soak) outbox() int {
	dirs, err := filepath.Glob(filepath.Join(s.dir, "*", outboxFolder+"*"))
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	for _, dir := range dirs {
		entries, err := spool.List(dir)
		if err != nil {
			return -1 // a process moves it just now
		}
		n += len(entries)
	}
	return n
}
