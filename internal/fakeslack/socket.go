package fakeslack

import (
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxSockets   = 10 // an app's limit
	socketQueue  = 1024
	maxAck       = 1 << 20 // bytes of one message of the app
	writeTimeout = 10 * time.Second
	ticketLife   = 30 * time.Second
	maxTickets   = 1000
	warnBefore   = 10 * time.Second // warning, then refresh_requested
	closeGrace   = 2 * time.Second  // refresh_requested, then the close
	debugLife    = 360 * time.Second
)

// socket is one Socket Mode connection. The handler's goroutine reads, write's
// goroutine is the only one that writes data frames.
type socket struct {
	conn     *websocket.Conn
	queue    chan []byte
	done     chan struct{}
	draining bool // guarded by the hub's mutex: gets no new envelopes
}

// newTicket makes the secret of a socket's address, for one connection within 30 s. Old ones go
// on the way; beyond the bound any may.
func (h *hub) newTicket() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.cfg.now()
	for t, expires := range h.tickets {
		if now.After(expires) || len(h.tickets) >= maxTickets {
			delete(h.tickets, t)
		}
	}
	t := newUUID()
	h.tickets[t] = now.Add(ticketLife)
	return t
}

// useTicket takes a ticket, and reports whether it was good.
func (h *hub) useTicket(t string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	expires, ok := h.tickets[t]
	delete(h.tickets, t)
	return ok && h.cfg.now().Before(expires)
}

// serveSocket upgrades a connection and serves it until it closes. It ends when read does: by
// the app's close, by cut, or by a close of ours. What was in flight on the socket is delivered
// again when its acknowledgement times out.
func (h *hub) serveSocket(w http.ResponseWriter, r *http.Request) {
	if h.faults.takeSocket("refuse") {
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	}
	if !h.useTicket(r.URL.Query().Get("ticket")) {
		http.Error(w, "ticket is unknown, used or older than 30 s: call apps.connections.open for another", http.StatusForbidden)
		return
	}
	// Any Origin is right: slack-go sends https://api.slack.com, and the ticket is the secret.
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }, WriteBufferSize: 16 << 10}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		h.cfg.logger.Debug("upgrade socket", "error", err)
		return
	}
	life := h.cfg.lifetime
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = min(life, debugLife)
	}
	s := &socket{conn: conn, queue: make(chan []byte, socketQueue), done: make(chan struct{})}
	if !h.join(s, life) {
		_ = conn.Close()
		return
	}
	defer h.sockWG.Done()
	var cancels []func()
	if life > warnBefore {
		cancels = append(cancels, h.tasks.after(life-warnBefore, func() { h.disconnect(s, "warning") }))
	}
	cancels = append(cancels, h.tasks.after(life, func() { h.disconnect(s, "refresh_requested") }))
	written := make(chan struct{})
	go func() { defer close(written); h.write(s) }()
	h.read(s)
	h.leave(s)
	for _, cancel := range cancels {
		cancel()
	}
	close(s.done)
	_ = conn.Close()
	<-written
}

// join registers a socket; its hello is the first message in its queue. One connection too
// many is not refused but told so, then closed; false means that the server is closing.
func (h *hub) join(s *socket, life time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.sockWG.Add(1)
	h.conns[s] = struct{}{}
	h.stats.Opened++
	if len(h.sockets) >= maxSockets {
		h.queueDisconnectLocked(s, "too_many_websockets")
		return true
	}
	h.sockets = append(h.sockets, s)
	hello, err := encode(object{
		"type": "hello", "num_connections": len(h.sockets), "connection_info": object{"app_id": h.cfg.app.AppID},
		"debug_info": object{"host": "applink-fakeslack", "build_number": 1, "approximate_connection_time": int(life.Seconds())},
	})
	if err != nil {
		return false
	}
	s.queue <- hello
	return true
}

// leave forgets a socket.
func (h *hub) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, s)
	for i, o := range h.sockets {
		if o == s {
			h.sockets = append(h.sockets[:i], h.sockets[i+1:]...)
			return
		}
	}
}

// read takes acknowledgements until the connection ends. Pongs are gorilla's business.
func (h *hub) read(s *socket) {
	s.conn.SetReadLimit(maxAck)
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack object
		if err := decode(data, &ack); err != nil {
			h.cfg.logger.Debug("socket message is not JSON", "error", err)
			continue
		}
		if id := str(ack, "envelope_id"); id != "" {
			h.acked(s, id, sub(ack, "payload"))
		}
	}
}

// write sends what is queued, and pings, until the socket is done.
func (h *hub) write(s *socket) {
	ping := time.NewTicker(h.cfg.pingInterval)
	defer ping.Stop()
	for {
		select {
		case <-s.done:
			return
		case data := <-s.queue:
			_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if err := s.conn.WriteMessage(websocket.TextMessage, data); err != nil {
				_ = s.conn.Close() // ends read
				return
			}
		case <-ping.C:
			if h.pingsStopped() {
				continue
			}
			text := []byte("Ping from applink-fakeslack")
			if err := s.conn.WriteControl(websocket.PingMessage, text, time.Now().Add(writeTimeout)); err != nil {
				_ = s.conn.Close()
				return
			}
		}
	}
}

// pingsStopped reports whether a fault silences pings at this moment.
func (h *hub) pingsStopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cfg.now().Before(h.silent)
}

// cut drops the connection as a broken network does: a reset, no close frame.
func (s *socket) cut() {
	if tcp, ok := s.conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = s.conn.Close()
}

// disconnect tells the app that its connection will end. After any reason but
// "warning" the socket gets no more envelopes and is closed soon.
func (h *hub) disconnect(s *socket, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queueDisconnectLocked(s, reason)
}

// queueDisconnectLocked is disconnect under the lock. The close comes from here even if the app
// does not close by itself in time.
func (h *hub) queueDisconnectLocked(s *socket, reason string) {
	data, err := encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-fakeslack"}})
	if err != nil {
		return
	}
	select {
	case s.queue <- data:
	default: // so full that the app reads nothing anyway
	}
	if reason == "warning" {
		return
	}
	s.draining = true
	h.tasks.after(closeGrace, func() {
		msg := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		_ = s.conn.WriteControl(websocket.CloseMessage, msg, time.Now().Add(time.Second))
		_ = s.conn.Close()
	})
}

// inject acts on the open sockets now, see Fault.
func (h *hub) inject(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.Socket == "silence" {
		h.silent = h.cfg.now().Add(time.Duration(f.DelayMS) * time.Millisecond)
		if f.DelayMS == 0 {
			h.silent = h.cfg.now().AddDate(100, 0, 0)
		}
		return
	}
	n := f.Count
	if n <= 0 {
		n = len(h.sockets)
	}
	for _, s := range h.sockets {
		if s.draining || n == 0 {
			continue
		}
		n--
		if f.Socket == "cut" {
			s.draining = true // gone for new envelopes before the reader notices
			s.cut()
			continue
		}
		h.queueDisconnectLocked(s, orElse(f.Reason, "refresh_requested"))
	}
}
