package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/store"
)

// errStopped says that the worker was asked to stop before its database was there.
var errStopped = errors.New("stopped while the database was away")

// awayBackoff is the wait between two tries to open the database.
var awayBackoff = retry.Backoff{First: 250 * time.Millisecond, Longest: 10 * time.Second, Factor: 2}

// awaitStore opens the queue's database. One that is away is waited for, however long that takes,
// as what restarts a process that ends knows nothing of databases; an error of the settings ends the
// wait. Meanwhile nothing is taken in: there is no socket to Slack, and events by HTTP are
// refused, so that Slack delivers them again.
func (w *worker) awaitStore(ctx context.Context) (*store.Store, error) {
	var front *waitingRoom
	for failures := 0; ; failures++ {
		kept, err := openStore(ctx, w.command.Settings, w.log, w.mask)
		if err != nil && ctx.Err() != nil {
			err = errStopped
		}
		if err == nil || !database.IsUnavailable(err) {
			return kept, errors.Join(err, front.close())
		}
		if front == nil {
			w.log.Warn("the database can't be reached; the worker waits for it", "error", err)
			var listenErr error
			if front, listenErr = w.openWaitingRoom(ctx); listenErr != nil {
				return nil, listenErr
			}
		}
		front.why.Store(&err)
		if retry.Sleep(ctx, awayBackoff.Wait(failures)) != nil {
			return nil, errors.Join(errStopped, front.close())
		}
	}
}

// waitingRoom answers in the place of the worker's HTTP server until there is a database.
type waitingRoom struct {
	why   atomic.Pointer[error] // why the last try failed
	stop  context.CancelFunc
	ended chan error
}

// openWaitingRoom listens where the worker will. A worker without an address has no doors to wait
// behind; the room then has nobody in it.
func (w *worker) openWaitingRoom(ctx context.Context) (*waitingRoom, error) {
	r := &waitingRoom{ended: make(chan error, 1)}
	ctx, r.stop = context.WithCancel(ctx)
	addr := w.command.Worker.HTTPAddr
	if addr == "" {
		r.ended <- nil
		return r, nil
	}
	o := &ops{worker: w, mux: http.NewServeMux()}
	o.mux.HandleFunc("GET /healthz", alive)
	o.mux.Handle("GET /readyz", o.local(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		out := readiness{Problems: []string{"the database is waited for"}}
		if why := r.why.Load(); why != nil {
			out.Problems[0] = w.mask.Mask(fmt.Sprintf("database: %v", *why))
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(rw).Encode(out)
	})))
	o.mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "the database is waited for", http.StatusServiceUnavailable)
	})
	l, err := listenOps(ctx, addr)
	if err != nil {
		r.stop()
		return nil, err
	}
	go func() { r.ended <- o.serve(ctx, l) }()
	return r, nil
}

// close gives the address back. A nil room has none.
func (r *waitingRoom) close() error {
	if r == nil {
		return nil
	}
	r.stop()
	return <-r.ended
}
