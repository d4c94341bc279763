//go:build linux

package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/store"
)

// fault is something that goes wrong. stop is called once after start, when its time
// is over; neither is bound to a goroutine.
type fault interface {
	start()
	stop()
}

// fault makes what an event asks for; nil where it cannot be had on this machine.
func (w *World) fault(e Event, spared bool) fault {
	switch e.Kind {
	case Kill, KillAsking, Term, TermStart:
		return &killing{world: w, victim: w.victim(e.Target, spared), kind: e.Kind, n: e.N}
	case Pause:
		return &pausing{world: w, victim: w.victim(e.Target, spared)}
	case Socket:
		return &socketFault{world: w, n: e.N}
	case Damage:
		return &damaging{world: w, n: e.N}
	case Clock:
		if w.clock != nil {
			return &shifting{world: w, n: e.N}
		}
	case FullDisk:
		if w.disk.ours {
			return &filling{world: w}
		}
	case ReadOnly:
		if w.disk.ours {
			return &protecting{world: w}
		}
	case Journal:
		return &spoiling{world: w, n: w.inTurn(e)}
	case Torn:
		return &tearing{world: w, n: w.inTurn(e)}
	case Throttle:
		return &throttling{world: w, n: e.N, long: spared}
	case KillReader:
		return &orphaning{world: w, victim: w.victim(e.Target, false), n: e.N}
	case KillPostgres, AwayPostgres:
		if w.setup.Postgres.PID() > 0 {
			return &postgresAway{world: w, kind: e.Kind}
		}
	case KillMLflow:
		if w.setup.MLflow != nil {
			return &mlflowDying{world: w}
		}
	case Restore:
		if w.setup.Backend != "" {
			return &restoring{world: w}
		}
	default:
		way, peer, _ := strings.Cut(string(e.Kind), ":")
		return &peerTrouble{proxy: w.proxies[peer], way: Way(way), n: e.N}
	}
	return nil
}

// mostWays is a multiple of the numbers of ways that kinds taken in turn have.
const mostWays = 12

// inTurn is the parameter of an event, made such that those of its kind that follow each other in a run take the ways
// of the kind in turn: a way that is drawn once in ten runs finds nothing.
func (w *World) inTurn(e Event) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last, begun := w.turns[e.Kind]; begun {
		w.turns[e.Kind] = last + 1
	} else {
		w.turns[e.Kind] = e.N
	}
	return e.N/mostWays*mostWays + w.turns[e.Kind]%mostWays
}

// victim is the process that an event is aimed at.
func (w *World) victim(target int, spared bool) *Process {
	if spared {
		return w.Procs[1+target%(len(w.Procs)-1)]
	}
	return w.Procs[target%len(w.Procs)]
}

// peerTrouble has a peer fail.
type peerTrouble struct {
	proxy *Proxy
	way   Way
	n     int
	end   func()
}

func (f *peerTrouble) start() { f.end = f.proxy.Fail(f.way, f.n) }
func (f *peerTrouble) stop()  { f.end() }

// Run carries out a plan: links come and things go wrong, then all is well again, and
// what has begun is waited for. hostile are the kinds of hostile pages.
func (w *World) Run(p Plan, hostile []string) {
	w.t.Helper()
	w.Populate(p.Layout, p.Database)
	for _, pr := range w.Procs {
		pr.Launch()
	}
	w.Await("a socket", settleTime, func() bool { return w.Slack.Stats().Sockets > 0 })
	w.Await("the first look back, which sets where the channel begins", settleTime, w.ChannelBegins)

	w.live(p, func(over <-chan struct{}) { w.share(p, hostile, over) })
	w.calm()
}

// live has the faults of a plan come, while something is done that is told when they are over.
func (w *World) live(p Plan, work func(over <-chan struct{})) {
	over := make(chan struct{})
	var troubles sync.WaitGroup
	for _, e := range p.Events {
		troubles.Go(func() {
			if !wait(over, e.At) {
				return
			}
			f := w.fault(e, p.Spared)
			if f == nil {
				w.count("faults left out on this machine: "+string(e.Kind), 1)
				return
			}
			w.count("fault "+string(e.Kind), 1)
			f.start()
			wait(over, e.For)
			f.stop()
		})
	}
	troubles.Go(func() { work(over) })
	troubles.Go(func() { w.watch(over) })
	troubles.Go(func() { w.watchStalls(over) })
	time.Sleep(p.Rough)
	close(over)
	troubles.Wait()
}

// settleTime is how long it may take until all is done once nothing goes wrong any
// more. The longest wait between attempts that a few outages bring about is 90 s.
const settleTime = 6 * time.Minute

// calm waits until all is done that was begun, and ends the processes.
func (w *World) calm() {
	w.t.Helper()
	w.Slack.ClearFaults()
	_ = w.Slack.Inject(fakeslack.Fault{Socket: "cut"}) // the reconnect finds what was never delivered
	began := time.Now()
	limit := settleTime + time.Duration(len(w.innocents()))*time.Second + w.longestThrottle()
	w.Await("all links in the queue", limit, func() bool { return len(w.missing()) == 0 })
	w.Await("an end of all innocent links", limit, func() bool { return w.unended(false) == nil })
	for deadline := time.Now().Add(hostileTime); len(w.unended(true)) > 0 && time.Now().Before(deadline); {
		time.Sleep(w.poll())
	}
	w.giveUp()
	w.Await("an empty queue", limit, func() bool { return w.Queued() == 0 })
	w.Await("empty outboxes", limit, func() bool { return len(w.Outbox()) == 0 })
	// Then for what should not come: Slack has nothing more to deliver, and processes
	// that have ended write nothing more.
	w.Await("every event to be acknowledged", limit, func() bool { return w.Slack.Stats().Pending == 0 })
	w.Await("a queue that stays empty", limit, func() bool { return w.Queued() == 0 && len(w.Outbox()) == 0 })
	w.count("seconds until all was done", int(time.Since(began).Seconds()))
	w.lastSample()
	w.finish()
	for _, p := range w.Procs {
		p.Terminate()
	}
	w.watchers.Wait()
}

// longestThrottle is the longest that Slack asked to wait.
func (w *World) longestThrottle() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.throttled
}

// hostileTime is how long hostile links are waited for after the innocent ones. A page that
// never ends is tried again for a quarter of an hour.
const hostileTime = 30 * time.Second

// unended are the ids of links that are not through yet, hostile ones or the others. It is
// not nil where that is not known.
func (w *World) unended(hostile bool) (out []string) {
	links, err := w.links()
	if err != nil {
		return []string{}
	}
	for _, l := range links {
		if (numberIn(l.URL) < 0) == hostile && !l.State.Final() {
			out = append(out, l.ID)
		}
	}
	return out
}

// giveUp takes hostile links that are still tried again out of the queue.
func (w *World) giveUp() {
	for _, id := range w.unended(true) {
		err := w.withStore(func(ctx context.Context, kept *store.Store) error {
			_, err := kept.Queue.Cancel(ctx, id)
			return err
		})
		if err != nil {
			w.t.Errorf("take hostile link %s out of the queue: %v", id, err)
		}
		w.mu.Lock()
		w.given[id] = true
		w.mu.Unlock()
	}
}

// ChannelBegins reports whether a listener has written down from where on messages of
// the channel are answered.
func (w *World) ChannelBegins() bool {
	var mark string
	err := w.withStore(func(ctx context.Context, kept *store.Store) (err error) {
		mark, err = kept.Members.Mark(ctx, "floor/"+fakeslack.DefaultChannel)
		return err
	})
	return err == nil && mark != ""
}

// missing says which messages have links that the queue does not know, and how Slack
// delivered them.
func (w *World) missing() (out []string) {
	links, err := w.links()
	if err != nil {
		return []string{err.Error()}
	}
	known := map[string]int{}
	for _, l := range links {
		known[l.MessageTS]++
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.posted {
		if want := len(p.innocent) + len(p.hostile); known[p.ts] < want {
			copies := 1
			if p.how.Times != nil {
				copies = *p.how.Times
			}
			out = append(out, fmt.Sprintf("message %s of %s: %d of %d links known; %d copies of its event were to be sent, after %d ms",
				p.ts, p.at.Format(time.TimeOnly), known[p.ts], want, copies, p.how.DelayMS))
		}
	}
	return out
}
