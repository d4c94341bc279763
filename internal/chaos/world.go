//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/spool"
)

// outboxFolder is where the program keeps traces, within its data folder.
const outboxFolder = "outbox"

// Setup is what worlds are made of; all of it outlives them.
type Setup struct {
	Binary string             // the program; of a Collector's world the Collector
	URI    string             // of MLflow
	MLflow *mlflowtest.Server // nil: its database is not restored
	// Backend is the file of MLflow's database, where MLflow is.
	Backend  string
	Postgres *databasetest.Server // nil: there is none
	// Shifted says that Binary has a clock that can be shifted, see [BuildShifted].
	Shifted bool
}

// World is all that the processes of one run live in. Its methods are safe for
// concurrent use, but for those that begin and end it.
type World struct {
	Dir        string
	Slack      *fakeslack.Server
	Model      *ModelServer
	Pages      *PageServer
	Procs      []*Process
	Database   string // URL of the queue's
	Experiment string

	t       testing.TB
	setup   Setup
	binary  string
	proxies map[string]*Proxy
	client  *mlflow.Client
	clock   *clock
	disk    *disk

	// standing says in words how far things are.
	standing func() string
	bound    int64         // on the memory of a process
	look     time.Duration // between two looks at how far things are, at the least
	// risk notes what is lost when the Collector's storage is damaged now; nil where there is none.
	risk func()

	watchers sync.WaitGroup
	restores sync.Mutex // held while MLflow is away, or its database is backed up or replaced
	absences sync.Mutex // held while Postgres is away

	mu        sync.Mutex
	over      bool // processes end now, and are not started again
	posted    []post
	harmed    map[string][]span // incarnation, or everyone → when what it learned may be lost
	slowed    []span            // when jobs may have been put off by Slack
	throttled time.Duration     // the longest that Slack asked to wait
	noDisk    []span            // when nothing could be kept
	stalls    []span            // when nobody may have got on: see stall
	counts    map[string]int
	turns     map[Kind]int    // events of kinds whose ways are taken in turn
	damaged   map[string]bool // ids of entries that a fault put into outboxes
	given     map[string]bool // ids of hostile links that were taken out of the queue
	restored  []restored
	samples   []sample
}

// span is a time in which something was wrong.
type span struct{ from, to time.Time }

// post is a message with its links.
type post struct {
	ts       string
	innocent []int
	hostile  []int
	how      fakeslack.Delivery
	at       time.Time
}

// New makes a worker's world, without processes. What is in it goes when the test ends; after
// a failure the state stays, and the log says where.
func New(t testing.TB, setup Setup) *World {
	t.Helper()
	w := newWorld(t, setup)
	w.standing = func() string {
		return fmt.Sprintf("%d of %d innocent links replied to, %d links queued, %v in the outbox\nmissing: %v",
			w.Replied(), len(w.innocents()), w.Queued(), w.Outbox(), w.missing())
	}
	w.Slack = fakeslack.New(fakeslack.WithRetries(100*time.Millisecond, 500*time.Millisecond, 2*time.Second),
		fakeslack.WithPingInterval(time.Second), fakeslack.WithBounds(100_000, 0, 0))
	if err := w.Slack.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Slack.Close() })
	w.Model = NewModel(t, 20*time.Millisecond, 250*time.Millisecond)
	w.Pages = NewPages(t)
	for peer, target := range map[string]string{Slack: w.Slack.URL(), Model: w.Model.URL, Pages: w.Pages.URL} {
		w.proxies[peer] = NewProxy(t, target)
	}
	w.proxies[Model].spoilt, w.proxies[Model].misled = w.Model.arrive, w.Model.mislead
	return w
}

// newWorld makes a world with nothing but MLflow.
func newWorld(t testing.TB, setup Setup) *World {
	t.Helper()
	dir := t.TempDir()
	w := &World{
		Dir: dir, Experiment: mlflowtest.Experiment(t), t: t, setup: setup, binary: setup.Binary, proxies: map[string]*Proxy{},
		harmed: map[string][]span{}, counts: map[string]int{}, turns: map[Kind]int{}, damaged: map[string]bool{}, given: map[string]bool{},
		bound: memoryBound, look: 100 * time.Millisecond,
	}
	t.Cleanup(w.clean)
	w.proxies[MLflow] = NewProxy(t, setup.URI)
	var err error
	if w.client, err = mlflow.NewClient(setup.URI); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.CloseIdle)
	if setup.Shifted {
		if w.clock, err = newClock(filepath.Join(dir, "clock")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.clock.close)
	}
	return w
}

// clean ends what is left, and keeps the state of a run that failed.
func (w *World) clean() {
	w.KillAll()
	if w.t.Failed() {
		to, err := keep(w.Dir)
		w.t.Logf("the state and the logs are kept in %s%s", to, text(err))
	}
	if w.disk != nil {
		w.disk.unmount()
	}
}

// KillAll kills every process.
func (w *World) KillAll() {
	w.finish()
	for _, p := range w.Procs {
		p.Kill()
	}
	w.watchers.Wait()
}

// Add adds a process with a data folder within the world's; it does not start it.
func (w *World) Add(name, data string, args ...string) *Process {
	p := &Process{Name: name, Log: filepath.Join(w.Dir, name+".log"), world: w, args: args, data: filepath.Join(w.Dir, data), kind: "workers"}
	p.environment = func() []string { return append(w.environment(p.data), "OPENAI_API_KEY="+p.incarnation()) }
	w.Procs = append(w.Procs, p)
	return p
}

// environment is that of a process.
func (w *World) environment(data string) []string {
	env := append(cleanEnvironment(),
		"COMMENTATOR_DATA_DIR="+data,
		"COMMENTATOR_DATABASE_URL="+w.Database,
		"COMMENTATOR_HTTP_ADDR=127.0.0.1:0",
		"COMMENTATOR_POST_INTERVAL=50ms",
		"COMMENTATOR_MODEL_CALLS=4",
		"COMMENTATOR_GRACE=100ms", // so that shutdowns cut links
		"COMMENTATOR_FETCH_ALLOW="+strings.TrimPrefix(w.proxies[Pages].URL, "http://"),
		"MLFLOW_TRACKING_URI="+w.proxies[MLflow].URL,
		"MLFLOW_EXPERIMENT_NAME="+w.Experiment,
		"OPENAI_BASE_URL="+w.proxies[Model].URL+"/v1",
		"SLACK_API_URL="+w.proxies[Slack].URL+"/api/", "SLACK_APP_TOKEN=xapp-1-chaos", "SLACK_BOT_TOKEN=xoxb-chaos",
		"TECHNOSHARE_CHANNEL_ID="+fakeslack.DefaultChannel,
		"LOG_LEVEL=WARNING", "LOG_FORMAT=json",
	)
	if w.clock != nil {
		env = append(env, clockVariable+"="+w.clock.path)
	}
	return env
}

// Populate adds the processes of a layout on a database, and the disk that they keep
// their data on.
func (w *World) Populate(layout Layout, database string) {
	w.t.Helper()
	w.disk = mountDisk(w.t, filepath.Join(w.Dir, "data"))
	if database == Postgres {
		w.Database = w.setup.Postgres.Database(w.t)
	} else {
		w.Database = filepath.Join(w.Dir, "data", "queue.sqlite")
	}
	own := func(name string) string {
		if database == SQLite {
			return "data"
		}
		return name
	}
	switch layout {
	case One:
		w.Add("one", "data", "worker")
	case Two:
		w.Add("a", "data", "worker")
		w.Add("b", "data", "worker")
	case Split:
		w.Add("listen-a", own("listen-a"), "worker", "--listen")
		w.Add("work-a", "data", "worker", "--work")
		w.Add("work-b", "data", "worker", "--work")
		if database == Postgres {
			w.Add("listen-b", own("listen-b"), "worker", "--listen")
			w.Add("work-c", own("work-c"), "worker", "--work")
		}
	}
}

// finish says that processes that end are not started again.
func (w *World) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func (w *World) isOver() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// count adds to a number that the report shows.
func (w *World) count(what string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what] += n
}

// harm notes a time in which what a process learned may be lost.
func (w *World) harm(incarnation string, from, to time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.harmed[incarnation] = append(w.harmed[incarnation], span{from, to})
}

// stall notes a time in which whatever a process was about to keep may have waited: the machine had too
// much else to do, or a process that was stopped held the lock of SQLite.
func (w *World) stall(from, to time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalls = append(w.stalls, span{from, to})
}

// patience is how many times over something is waited for, as long as a machine that has too
// much to do still gets on, or its MLflow does not answer.
const patience = 4

// Await waits until something has come about, and fails the test where it does not.
func (w *World) Await(what string, within time.Duration, ok func() bool) {
	w.t.Helper()
	deadline, before := time.Now().Add(within), w.standing()
	for left := patience; !ok(); time.Sleep(w.poll()) {
		if time.Now().Before(deadline) {
			continue
		}
		now := w.standing()
		if left--; left > 0 && (now != before || !w.mlflowAnswers()) {
			deadline, before = time.Now().Add(within), now
			continue
		}
		for _, p := range w.Procs {
			w.t.Logf("%s:\n%s", p.incarnation(), Tail(p.Log))
		}
		w.t.Fatalf("did not come about within %s: %s; %s", within, what, now)
	}
}

// mlflowAnswers asks MLflow itself, past its proxy.
func (w *World) mlflowAnswers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := w.client.ExperimentByName(ctx, w.Experiment)
	return err == nil || mlflow.IsNotFound(err)
}

// poll is how often it is looked how far things are; looking takes longer the more
// there is to look at.
func (w *World) poll() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.look + time.Duration(2*len(w.posted))*time.Millisecond
}

// innocents are the innocent links so far.
func (w *World) innocents() (out []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.posted {
		out = append(out, p.innocent...)
	}
	return out
}

// withStore looks into the queue's database.
func (w *World) withStore(look func(context.Context, *store.Store) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	kept, err := store.Open(ctx, w.Database, store.Defaults())
	if err != nil {
		return err
	}
	return errors.Join(look(ctx, kept), kept.Close())
}

// Queued counts links that are not through yet; -1: it could not be read.
func (w *World) Queued() int {
	n := -1
	err := w.withStore(func(ctx context.Context, kept *store.Store) error {
		st, err := kept.Queue.Status(ctx)
		n = st.Queued + st.Running + st.Waiting
		return err
	})
	if err != nil {
		return -1
	}
	return n
}

// links are the links of a message by the queue's records.
func (w *World) links() (out []job.Link, err error) {
	w.mu.Lock()
	posted := w.posted
	w.mu.Unlock()
	err = w.withStore(func(ctx context.Context, kept *store.Store) error {
		for _, p := range posted {
			links, err := kept.Queue.LinksOf(ctx, fakeslack.DefaultChannel, p.ts)
			if err != nil {
				return err
			}
			out = append(out, links...)
		}
		return nil
	})
	return out, err
}

// Outbox says what is not delivered in all outboxes, but for what a fault put there.
func (w *World) Outbox() []string {
	dirs, err := filepath.Glob(filepath.Join(w.Dir, "*", outboxFolder+"*"))
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, dir := range dirs {
		entries, err := spool.List(dir)
		if err != nil {
			return []string{err.Error()} // a process moves it just now
		}
		for _, e := range entries {
			if !w.isDamage(e.ID) {
				out = append(out, fmt.Sprintf("%s %v %s", e.ID, e.State, e.Reason))
			}
		}
	}
	return out
}

func (w *World) isDamage(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.damaged[id]
}

// PageURL is the address of innocent page n, as it is shared.
func (w *World) PageURL(n int) string { return w.proxies[Pages].URL + PathOf(n) }

// hostileURL is the address of a hostile page.
func (w *World) hostileURL(kind string, n int) string {
	u, err := url.JoinPath(w.proxies[Pages].URL, hostilePath(kind, n))
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}
