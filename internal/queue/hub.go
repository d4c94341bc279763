package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// versionPoll is how often the database is asked whether another process has
// written to it. It bounds how much later that process's jobs start here.
const versionPoll = 50 * time.Millisecond

// insertTopic is River's notification of new jobs.
const insertTopic = "river_insert"

// hub wakes River when a job was inserted: at once for this process's own
// transactions, at the next poll for those of others. River's own listener for
// SQLite queries a table each 50 ms instead, which costs an idle process 2 %
// of a core and a lone insert up to 50 ms.
//
// It takes the place of riversqlite's listener by overriding GetListener, and
// speaks for River's notifier: the topic [insertTopic] with a payload that names
// the queue. River promises neither; both are so in v0.50.0 to v0.51.2, which
// scripts/river_test.sh tests, as it does others. If a River changed them, workers
// would poll once a second instead, and BenchmarkIdleEvent would show it.
type hub struct {
	version func(context.Context) (int64, error)

	mu        sync.Mutex // guards listeners; taken before that of a listener
	listeners map[*hubListener]struct{}
}

// newHub makes a hub without listeners. version returns a number that differs from the last one
// exactly when another connection has committed in between, see [sqliteRiver.dataVersion].
func newHub(version func(context.Context) (int64, error)) *hub {
	return &hub{version: version, listeners: map[*hubListener]struct{}{}}
}

// inserted is called after a transaction that enqueued has committed.
func (h *hub) inserted(queue string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l.wake(queue)
	}
}

// sqliteDriver is River's driver with the hub for its listener.
type sqliteDriver struct {
	*riversqlite.Driver
	hub *hub
}

// GetListener is called by River's notifier, once for each client that runs. (The parameter's
// type is spelled so in River.)
func (d sqliteDriver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &hubListener{hub: d.hub, schema: params.Schema, queues: map[string]bool{}, woken: make(chan struct{}, 1)}
}

// hubListener is a riverdriver.Listener. Only the topic of inserts is ever
// delivered; the others (pausing queues, remote cancellation, a leader that
// resigns) are not used here, and River falls back to polling for them.
type hubListener struct {
	hub    *hub
	schema string
	woken  chan struct{}

	mu     sync.Mutex      // guards queues
	queues map[string]bool // queue → something new is in it
	last   int64           // version at the last look; of the notifier's goroutine
}

var _ riverdriver.Listener = (*hubListener)(nil)

// Connect adds the listener to the hub. What was committed before is found by River's own poll.
func (l *hubListener) Connect(ctx context.Context) error {
	v, err := l.hub.version(ctx)
	if err != nil {
		return err
	}
	l.last = v
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	l.hub.listeners[l] = struct{}{}
	return nil
}

func (l *hubListener) Close(context.Context) error {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	delete(l.hub.listeners, l)
	return nil
}

// wake notes that the queue has something new. The channel holds one token: several wakes before
// the listener looks are one, and the map says for which queues.
func (l *hubListener) wake(queue string) {
	l.mu.Lock()
	l.queues[queue] = true
	l.mu.Unlock()
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// pending takes one queue with something new out of the map, in no order.
func (l *hubListener) pending() (queue string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for q, waiting := range l.queues {
		if waiting {
			l.queues[q] = false
			return q, true
		}
	}
	return "", false
}

// WaitForNotification is called by River's notifier in a loop, on one goroutine. An error makes
// it connect anew.
func (l *hubListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	tick := time.NewTicker(versionPoll)
	defer tick.Stop()
	for {
		if q, ok := l.pending(); ok {
			return &riverdriver.Notification{Topic: insertTopic, Payload: `{"queue":"` + q + `"}`}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.woken:
		case <-tick.C:
			v, err := l.hub.version(ctx)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case errors.Is(err, context.DeadlineExceeded): // the connection is busy: others have the floor
			case err != nil:
				return nil, err
			case v != l.last:
				l.last = v
				for _, q := range allQueues {
					l.wake(q)
				}
			}
		}
	}
}

func (l *hubListener) Listen(context.Context, string) error   { return nil }
func (l *hubListener) Unlisten(context.Context, string) error { return nil }
func (l *hubListener) Ping(ctx context.Context) error         { _, err := l.hub.version(ctx); return err }
func (l *hubListener) Schema() string                         { return l.schema }
func (l *hubListener) SetAfterConnectExec(string)             {}
