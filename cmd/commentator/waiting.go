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
	why    atomic.Pointer[string] // why the last try failed
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
			s.why.Store(nil)
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if failures == 0 {
			s.worker.log.Warn("the start can't go on; the worker waits for it", "waits_for", what, "error", err)
		}
		why := s.worker.mask.Mask(fmt.Sprintf("%s: %v", what, err))
		s.why.Store(&why)
		if w := s.worker; w.door == nil {
			var listenErr error
			if w.door, listenErr = openDoor(ctx, w.command.Worker.HTTPAddr, w.waitingRoom(&s.why), w.log); listenErr != nil {
				return listenErr
			}
		}
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

// waitingRoom answers in the place of the worker until the start can go on. A worker without an
// address has no door to wait behind; the room then has nobody in it.
func (w *worker) waitingRoom(why *atomic.Pointer[string]) http.Handler {
	o := &ops{worker: w, mux: http.NewServeMux()}
	o.mux.HandleFunc("GET /healthz", alive)
	o.mux.Handle("GET /readyz", o.local(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		out := readiness{Problems: []string{"the worker starts"}}
		if why := why.Load(); why != nil {
			out.Problems[0] = *why
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(rw).Encode(out)
	})))
	o.mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) {
		http.Error(rw, "the worker starts", http.StatusServiceUnavailable)
	})
	return o.mux
}
