package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/technoshare/commentator/internal/httpserver"
)

// door is the one address of a worker, from the moment on at which it is needed: who answers
// behind it changes once the worker has started, while the address stays taken.
type door struct {
	handler atomic.Pointer[http.Handler]
	server  *httpserver.Server
	stop    context.CancelFunc
	ended   chan struct{} // closed when nobody answers any more
	err     error         // why, once ended is closed; nil for an orderly end
}

// openDoor listens and answers by h until ctx ends or it is closed. Requests under way have 2 seconds from then
// on. Without an address there is no door, and nil is returned.
func openDoor(ctx context.Context, addr string, h http.Handler, log *slog.Logger) (*door, error) {
	if addr == "" {
		return nil, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, usage(fmt.Errorf("listen on COMMENTATOR_HTTP_ADDR: %w; choose a free address, or none", err))
	}
	d := &door{ended: make(chan struct{})}
	ctx, d.stop = context.WithCancel(ctx)
	d.show(h)
	d.server = httpserver.New(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*d.handler.Load()).ServeHTTP(rw, r) }), log)
	// Serve returns as soon as Shutdown begins; requests under way go on while
	// the process lives, at most for this time.
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = d.server.Shutdown(end)
	})
	go func() {
		defer close(d.ended)
		defer stop()
		if err := d.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			d.err = fmt.Errorf("serve health and metrics: %w", err)
		}
	}()
	return d, nil
}

// wait returns when nobody answers any more, with the reason, or when ctx ends.
func (d *door) wait(ctx context.Context) error {
	select {
	case <-d.ended:
		return d.err
	case <-ctx.Done():
		return nil
	}
}

// close gives the address back. A nil door has none.
func (d *door) close() {
	if d != nil {
		d.stop()
		<-d.ended
	}
}

// show has h answer from now on.
func (d *door) show(h http.Handler) { d.handler.Store(&h) }
