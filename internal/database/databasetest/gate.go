package databasetest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Gate stands before a server as the network does: it can be shut, so that the server is away.
type Gate struct {
	// URL leads through the gate.
	URL string

	target, addr string
	open         sync.WaitGroup

	mu       sync.Mutex // guards what follows
	listener net.Listener
	conns    map[net.Conn]struct{}
}

// NewGate opens a gate before the server that rawURL names. It goes with the test.
func NewGate(t testing.TB, rawURL string) *Gate {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{target: u.Host, addr: "127.0.0.1:0", conns: map[net.Conn]struct{}{}}
	g.Open(t)
	u.Host = g.addr
	g.URL = u.String()
	t.Cleanup(g.Shut)
	return g
}

// Open lets connections through, from now on.
func (g *Gate) Open(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.addr, g.listener = l.Addr().String(), l
	g.open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.open.Go(func() { g.pass(c) })
		}
	})
}

// pass carries bytes both ways until one end closes.
func (g *Gate) pass(c net.Conn) {
	defer func() { _ = c.Close() }()
	if !g.keep(c) {
		return
	}
	server, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	if !g.keep(server) {
		return
	}
	var both sync.WaitGroup
	for _, ends := range [][2]net.Conn{{c, server}, {server, c}} {
		both.Go(func() {
			_, _ = io.Copy(ends[0], ends[1])
			_ = c.Close()
			_ = server.Close()
		})
	}
	both.Wait()
}

// keep notes a connection, to be cut by Shut; false when the gate is shut already.
func (g *Gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

// Shut cuts all connections, and lets nobody through: connections are refused.
func (g *Gate) Shut() {
	g.mu.Lock()
	if g.listener != nil {
		_ = g.listener.Close()
		g.listener = nil
	}
	for c := range g.conns {
		_ = c.Close()
		delete(g.conns, c)
	}
	g.mu.Unlock()
	g.open.Wait()
}
