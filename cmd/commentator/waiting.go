package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/otel/spool"
)

// awayBackoff is the wait between two tries of a step of the start.
var awayBackoff = retry.Backoff{First: 250 * time.Millisecond, Longest: 10 * time.Second, Factor: 2}

// starting is a worker's start, as far as it depends on what may be away: the database, and the disk
// of the data folder. It belongs to one goroutine.
type starting struct {
	worker *worker
	front  *waitingRoom // nil until something has to be waited for
}

// await takes a step of the start. What may pass by itself is waited for, however long that takes,
// as what restarts a process that ends knows nothing of databases and disks; any other error, such
// as one of the settings, ends the start. Meanwhile nothing is taken in: there is no socket to
// Slack, and events by HTTP are refused, so that Slack delivers them again.
func (s *starting) await(ctx context.Context, step func() error) error {
	for failures := 0; ; failures++ {
		err := step()
		what := passing(err)
		if what == "" {
			if s.front != nil {
				s.front.why.Store(nil)
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if failures == 0 {
			s.worker.log.Warn("the start can't go on; the worker waits for it", "waits_for", what, "error", err)
		}
		if s.front == nil {
			var listenErr error
			if s.front, listenErr = s.worker.openWaitingRoom(ctx); listenErr != nil {
				return listenErr
			}
		}
		why := s.worker.mask.Mask(fmt.Sprintf("%s: %v", what, err))
		s.front.why.Store(&why)
		if err := retry.Sleep(ctx, awayBackoff.Wait(failures)); err != nil {
			return err
		}
	}
}

// passing names what an error that may pass by itself is one of; empty for any other.
func passing(err error) string {
	switch {
	case spool.IsNoSpace(err):
		return "disk"
	case database.IsUnavailable(err):
		return "database"
	}
	return ""
}

// close ends the wait, as the worker now answers itself.
func (s *starting) close() error {
	err := s.front.close()
	s.front = nil
	return err
}

// waitingRoom answers in the place of the worker's HTTP server until the start can go on.
type waitingRoom struct {
	why   atomic.Pointer[string] // why the last try failed
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
		out := readiness{Problems: []string{"the worker starts"}}
		if why := r.why.Load(); why != nil {
			out.Problems[0] = *why
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(rw).Encode(out)
	})))
	o.mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "the worker starts", http.StatusServiceUnavailable)
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
