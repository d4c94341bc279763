package httpserver

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
)

// connections are those of a server, at most MaxConnections. Where one more comes, the server hangs up on
// one that has had its time, so that no number of slow or silent clients shuts others out: first
// on the one that it has waited for the longest, be it for headers, a body or the next request; where it
// waits for nobody, on the one whose request it has worked at the longest, which a client that
// does not read its answer is among.
type connections struct {
	mu    sync.Mutex
	open  map[*conn]struct{}
	turn  int64 // grows with each change of a state
	ended int64
	log   *slog.Logger
	freed chan struct{} // tells the listener that one is closed
}

func newConnections(log *slog.Logger) *connections {
	return &connections{open: make(map[*conn]struct{}, MaxConnections), log: log, freed: make(chan struct{}, 1)}
}

// conn is a connection and whom it waits for.
type conn struct {
	net.Conn
	of *connections

	// Guarded by the lock of of.
	works int64 // since which turn the server works at a request; 0: it waits for the client
	since int64 // since which turn it waits
	taken bool  // a handler has it for itself, as one of WebSockets, and it is left alone
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.of.remove(c)
	return c.Conn.Close()
}

func (cs *connections) remove(c *conn) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.open, c)
	select {
	case cs.freed <- struct{}{}:
	default:
	}
}

// add makes c one of the connections, once there is room for it; nil where done is closed before.
func (cs *connections) add(nc net.Conn, done <-chan struct{}) *conn {
	c := &conn{Conn: nc, of: cs}
	for {
		victim, added := cs.tryAdd(c)
		if victim != nil {
			_ = victim.Conn.Close()
		}
		if added {
			return c
		}
		select {
		case <-cs.freed:
		case <-done:
			return nil
		}
	}
}

// tryAdd adds c, in the place of victim where there is no other.
func (cs *connections) tryAdd(c *conn) (victim *conn, added bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if len(cs.open) >= MaxConnections {
		if victim = cs.worst(); victim == nil {
			return nil, false
		}
		delete(cs.open, victim)
		if cs.ended++; cs.ended == 1 {
			cs.log.Warn("an HTTP connection is ended so that another is served; more are counted only", "open", MaxConnections)
		}
	}
	cs.turn++
	c.since = cs.turn
	cs.open[c] = struct{}{}
	return victim, true
}

// worst is the connection that is given up first; nil where all are taken over.
func (cs *connections) worst() (worst *conn) {
	for c := range cs.open {
		switch {
		case c.taken:
		case worst == nil,
			c.works == 0 && worst.works > 0,
			c.works == 0 && c.since < worst.since,
			c.works > 0 && worst.works > 0 && c.works < worst.works:
			worst = c
		}
	}
	return worst
}

// state is told of what the server does with a connection: [http.Server.ConnState].
func (cs *connections) state(nc net.Conn, state http.ConnState) {
	c, ok := nc.(*conn)
	if !ok {
		return
	}
	switch state {
	case http.StateActive:
		c.set(true)
	case http.StateIdle:
		c.set(false)
	case http.StateHijacked:
		cs.mu.Lock()
		defer cs.mu.Unlock()
		c.taken = true
	}
}

// set notes whether the server works at a request now, or waits for the client.
func (c *conn) set(works bool) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.of.turn++; works {
		c.works = c.of.turn
	} else {
		c.works, c.since = 0, c.of.turn
	}
}

// endedForOthers counts the connections that were ended so that others are served.
func (cs *connections) endedForOthers() int64 {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.ended
}

// listener is a listener whose connections are bounded.
type listener struct {
	net.Listener
	of   *connections
	done chan struct{}
	once sync.Once
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if c := l.of.add(nc, l.done); c != nil {
		return c, nil
	}
	_ = nc.Close()
	return nil, net.ErrClosed
}

// Close implements [net.Listener].
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}
