//go:build linux

package chaos

import (
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// everyone stands for the life of every process, where something took from all of them what
// they had learned.
const everyone = ""

// orphaning kills the processes in which a worker reads pages, one of them or all. The page that
// was read is read again.
type orphaning struct {
	world  *World
	victim *Process
	n      int
}

func (f *orphaning) start() {
	if !f.victim.alive() {
		return
	}
	pids := children()[f.victim.PID()]
	if len(pids) > 0 && f.n%3 > 0 {
		pids = pids[f.n%len(pids):][:1]
	}
	f.world.count("kills of page readers", killAll(pids))
}

func (f *orphaning) stop() {}

// mlflowDying is kill -9 for all processes of MLflow. It is started again when its time is over.
type mlflowDying struct {
	world *World
	held  bool
}

func (f *mlflowDying) start() {
	f.world.restores.Lock() // a backup needs a server that answers
	f.held = true
	if killAll(serversAt(f.world.setup.URI)) > 0 {
		f.world.count("kills of MLflow", 1)
	}
}

func (f *mlflowDying) stop() {
	if f.held {
		defer f.world.restores.Unlock()
		f.world.setup.MLflow.Restart(f.world.t)
	}
}

// postgresAway ends Postgres, by kill -9 or as its operators do, and starts it again when its
// time is over. Workers wait meanwhile.
type postgresAway struct {
	world *World
	kind  Kind
	since time.Time
}

func (f *postgresAway) start() {
	f.world.absences.Lock()
	f.since = time.Now()
	if f.kind == AwayPostgres {
		f.world.setup.Postgres.Down()
		return
	}
	killAll(tree(f.world.setup.Postgres.PID()))
	f.world.count("kills of Postgres", 1)
}

func (f *postgresAway) stop() {
	defer f.world.absences.Unlock()
	if err := f.world.setup.Postgres.Up(); err != nil {
		f.world.t.Errorf("start Postgres again: %v", err)
	}
	f.world.harm(everyone, f.since, time.Now())
}

// throttling has Slack answer a post with a wait longer than an attempt waits for its turn.
type throttling struct {
	world *World
	n     int
	long  bool // there is time for a long wait
}

// throttleSeconds is a wait that one is put off for: a worker waits 30 s for a channel's turn. A
// quarter of an hour, as Slack was seen to ask for, fits plans of some length only, and once.
func throttleSeconds(n int, long bool) int {
	if long {
		return 900
	}
	return 35 + n%25
}

func (f *throttling) start() {
	f.world.mu.Lock()
	seconds := throttleSeconds(f.n, f.long && f.world.throttled == 0)
	wait := time.Duration(seconds) * time.Second
	f.world.throttled = max(f.world.throttled, wait)
	f.world.slowed = append(f.world.slowed, span{time.Now(), time.Now().Add(f.world.throttled + wait)})
	f.world.mu.Unlock()
	f.world.inject(fakeslack.Fault{Method: "chat.postMessage", Status: 429, RetryAfter: seconds})
}

func (f *throttling) stop() {}
