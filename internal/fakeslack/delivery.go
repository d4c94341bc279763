package fakeslack

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// An envelope is something the app must acknowledge.
type envelope struct {
	kind    string // events_api, slash_commands, interactive
	payload object
	accepts bool // accepts_response_payload
	retry   bool // only events are delivered again
	// done is called once: with the payload of the acknowledgement, or with ok false
	// when the last attempt failed. It must not block.
	done func(response object, ok bool)
}

// delivery is one attempt at an envelope. The next one is a new delivery with a new envelope id,
// as with Slack.
type delivery struct {
	envelope
	id      string // of this attempt's envelope
	attempt int
	reason  string // why the attempt before failed
	sock    *socket
	cancel  func() // of the acknowledgement timer
}

// Stats counts what became of envelopes.
type Stats struct {
	Sockets  int `json:"sockets"`
	Pending  int `json:"pending"` // sent and not acknowledged, or waiting for another attempt
	Sent     int `json:"sent"`    // attempts
	Acked    int `json:"acked"`
	Retried  int `json:"retried"`
	Lost     int `json:"lost"`      // given up after the last attempt
	Dropped  int `json:"dropped"`   // beyond the bound on pending envelopes
	LateAcks int `json:"late_acks"` // after the timeout, by another socket, or unknown
	Opened   int `json:"opened"`    // sockets since the start
	Messages int `json:"messages"`
	Evicted  int `json:"evicted"` // messages that went because a channel was full
}

// hub delivers envelopes: to one of the open sockets each, or to the request URL. An attempt
// fails when no socket is open or no acknowledgement comes in time; the next one follows after
// the wait that the configuration names for it. Its methods lock, those ending in Locked want mu
// held. done of an envelope is never called under mu. Every envelope that admit has counted as
// pending is finished exactly once, unless the hub is closed first.
type hub struct {
	mu       sync.Mutex
	cfg      *config
	tasks    *tasks
	faults   *faults
	sockets  []*socket            // may get envelopes
	conns    map[*socket]struct{} // all that are open, refused ones too
	next     int                  // round robin
	inflight map[string]*delivery
	tickets  map[string]time.Time
	stats    Stats
	silent   time.Time // no pings until then
	closed   bool
	warned   bool

	http       *http.Client
	requestURL string
	secret     string
	posts      chan struct{}   // bounds concurrent requests in HTTP mode
	ctx        context.Context // of those requests; ends with the hub
	cancel     context.CancelFunc
	sockWG     sync.WaitGroup
}

// newHub makes a hub without sockets. Its requests ignore the proxy of the environment: the app
// under test is near.
func newHub(cfg *config, t *tasks, f *faults) *hub {
	ctx, cancel := context.WithCancel(context.Background())
	return &hub{
		ctx: ctx, cancel: cancel, conns: map[*socket]struct{}{},
		cfg: cfg, tasks: t, faults: f, inflight: map[string]*delivery{}, tickets: map[string]time.Time{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, Proxy: nil}}, posts: make(chan struct{}, 32),
		requestURL: cfg.requestURL, secret: cfg.signingSecret,
	}
}

// send begins the delivery of an envelope.
func (h *hub) send(e envelope) {
	if !h.admit() {
		e.finish(nil, false)
		return
	}
	h.try(&delivery{envelope: e})
}

// sendCopy is send for the n-th duplicate of an event, marked as the retry it looks like.
func (h *hub) sendCopy(e envelope, n int) {
	if n == 0 {
		h.send(e)
		return
	}
	if h.admit() {
		e.retry = false // the first copy has the retries
		h.try(&delivery{envelope: e, attempt: min(n, 3), reason: "timeout"})
	}
}

// admit counts an envelope as pending, unless there are too many or the hub is closed.
func (h *hub) admit() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	if h.stats.Pending >= h.cfg.maxQ {
		h.stats.Dropped++
		if !h.warned {
			h.warned = true
			h.cfg.logger.Warn("too many undelivered events, more are dropped", "max", h.cfg.maxQ)
		}
		return false
	}
	h.stats.Pending++
	return true
}

// finish tells whoever waits for the envelope.
func (e envelope) finish(response object, ok bool) {
	if e.done != nil {
		e.done(response, ok)
	}
}

// try makes one attempt.
func (h *hub) try(d *delivery) {
	h.mu.Lock()
	if h.requestURL != "" {
		h.stats.Sent++
		h.mu.Unlock()
		h.tasks.after(0, func() { h.post(d) })
		return
	}
	sock := h.pickLocked()
	if sock == nil || h.closed {
		h.mu.Unlock()
		h.failed(d, "connection_failed")
		return
	}
	msg := object{"envelope_id": newUUID(), "type": d.kind, "payload": d.payload, "accepts_response_payload": d.accepts}
	if d.retry || d.attempt > 0 {
		msg["retry_attempt"], msg["retry_reason"] = d.attempt, d.reason
	}
	data, err := encode(msg)
	if err != nil { // payloads come from decoded JSON
		h.mu.Unlock()
		h.cfg.logger.Error("encode envelope", "error", err)
		h.finish(d, nil, false)
		return
	}
	d.id, d.sock = str(msg, "envelope_id"), sock
	h.inflight[d.id] = d
	h.stats.Sent++
	sock.queue <- data // has room: pickLocked saw it, and only the lock's holder sends
	d.cancel = h.tasks.after(h.cfg.ackTimeout, func() { h.timedOut(d.id) })
	h.mu.Unlock()
}

// pickLocked is the next socket in turn that may get an envelope and has room; nil for none.
// Slack, too, gives each event to one of an app's connections
// (docs.slack.dev/apis/events-api/using-socket-mode).
func (h *hub) pickLocked() *socket {
	for range h.sockets {
		h.next = (h.next + 1) % len(h.sockets)
		s := h.sockets[h.next]
		if !s.draining && len(s.queue) < cap(s.queue)-8 { // 8: room for disconnect messages
			return s
		}
	}
	return nil
}

// timedOut ends an attempt that was not acknowledged. An acknowledgement that comes at the same
// moment has removed it from inflight, or finds it gone: one of the two wins.
func (h *hub) timedOut(id string) {
	h.mu.Lock()
	d, ok := h.inflight[id]
	delete(h.inflight, id)
	h.mu.Unlock()
	if ok {
		h.failed(d, "timeout")
	}
}

// failed schedules the next attempt, or gives up after the last. What is not delivered again,
// commands and interactions, fails at once.
func (h *hub) failed(d *delivery, reason string) {
	if !d.retry || d.attempt >= len(h.cfg.retries) {
		h.mu.Lock()
		if d.retry {
			h.stats.Lost++
		}
		h.mu.Unlock()
		h.finish(d, nil, false)
		return
	}
	again := &delivery{envelope: d.envelope, attempt: d.attempt + 1, reason: reason}
	h.mu.Lock()
	h.stats.Retried++
	h.mu.Unlock()
	h.tasks.after(h.cfg.retries[d.attempt], func() { h.try(again) })
}

// acked ends a delivery whose envelope came back over the socket it went out on.
func (h *hub) acked(s *socket, id string, response object) {
	if h.faults.takeSocket("drop_acks") {
		return
	}
	h.mu.Lock()
	d, ok := h.inflight[id]
	if !ok || d.sock != s {
		h.stats.LateAcks++
		h.mu.Unlock()
		return
	}
	delete(h.inflight, id)
	h.stats.Acked++
	cancel := d.cancel
	h.mu.Unlock()
	cancel()
	h.finish(d, response, true)
}

// finish ends an envelope for good.
func (h *hub) finish(d *delivery, response object, ok bool) {
	h.mu.Lock()
	h.stats.Pending--
	h.mu.Unlock()
	d.envelope.finish(response, ok)
}

// snapshot is a copy of the counters.
func (h *hub) snapshot() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := h.stats
	st.Sockets = len(h.sockets)
	return st
}

// idle reports whether there is nobody to deliver to.
func (h *hub) idle() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.requestURL == "" && len(h.sockets) == 0
}

// close ends sockets and refuses new work; the caller ends the tasks.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	h.cancel()
	for s := range h.conns {
		s.cut()
	}
	h.mu.Unlock()
	h.sockWG.Wait()
	h.http.CloseIdleConnections()
}
