package fakeslack

import (
	"fmt"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/text"
)

// Fault is one failure to inject. A fault with Method answers calls of that Web
// API method ("*" any, "response_url" the hooks); one with Socket acts on Socket Mode.
type Fault struct {
	Method string `json:"method,omitempty"`
	Count  int    `json:"count,omitempty"` // calls affected; 0 is one, negative all
	Skip   int    `json:"skip,omitempty"`  // calls let through first
	// Status answers with that HTTP status; 429 carries RetryAfter (default 1 s).
	Status     int `json:"status,omitempty"`
	RetryAfter int `json:"retry_after,omitempty"`
	// Error answers HTTP 200 with ok:false and this code.
	Error string `json:"error,omitempty"`
	// DropResponse lets the call take effect and then closes the connection.
	DropResponse bool `json:"drop_response,omitempty"`
	// AfterEffect lets the call take effect before Status or Error is answered.
	AfterEffect bool `json:"after_effect,omitempty"`
	// DelayMS delays the answer (after the effect); alone, the call just is slow.
	DelayMS int `json:"delay_ms,omitempty"`

	// Socket: "cut" closes Count sockets (0: all) without a goodbye; "disconnect"
	// asks for a reconnect with Reason (default refresh_requested); "refuse" answers
	// the next Count upgrades with HTTP 503; "silence" stops pings for DelayMS (0: for
	// good); "drop_acks" ignores the next Count acknowledgements.
	Socket string `json:"socket,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// check refuses a fault that would do nothing or can't be. Its errors say how to write it.
func (f Fault) check() error {
	switch {
	case f.Method == "" && f.Socket == "":
		return fmt.Errorf(`fault needs "method" (a Web API method, or "*") or "socket" (cut, disconnect, refuse, silence, drop_acks)`)
	case f.Method != "" && f.Status == 0 && f.Error == "" && !f.DropResponse && f.DelayMS == 0:
		return fmt.Errorf(`fault of method %q needs "status", "error", "drop_response" or "delay_ms"`, f.Method)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("fault status %d is no HTTP status from 200 to 599", f.Status)
	case f.DelayMS < 0 || f.DelayMS > 600_000:
		return fmt.Errorf("fault delay_ms %d is not between 0 and 600000", f.DelayMS)
	}
	switch f.Socket {
	case "", "cut", "disconnect", "refuse", "silence", "drop_acks":
		return nil
	}
	return fmt.Errorf("fault socket %q is unknown: use cut, disconnect, refuse, silence or drop_acks", f.Socket)
}

// maxFaults bounds the faults that are pending.
const maxFaults = 1000

// faults are the pending faults of calls, in the order they were injected: the
// first that fits a call is used.
type faults struct {
	mu   sync.Mutex
	list []Fault
}

// add appends a fault; a count of 0 means once.
func (fs *faults) add(f Fault) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if len(fs.list) >= maxFaults {
		return fmt.Errorf("%d faults are pending already; clear them with DELETE /_control/faults", maxFaults)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	fs.list = append(fs.list, f)
	return nil
}

// take uses up one call of the first fault for a method; nil for none.
func (fs *faults) take(method string) *Fault {
	return fs.takeIf(func(f Fault) bool { return f.Method == method || f.Method == "*" })
}

// takeSocket uses up one count of the first fault of that kind, and reports whether there was
// one.
func (fs *faults) takeSocket(kind string) bool {
	return fs.takeIf(func(f Fault) bool { return f.Socket == kind }) != nil
}

// takeIf lets calls through while a fault has to skip some, and removes it with its last call. A
// negative count never ends. What it returns is a copy.
func (fs *faults) takeIf(fits func(Fault) bool) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i := range fs.list {
		f := &fs.list[i]
		if !fits(*f) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		got := *f
		if f.Count > 0 {
			if f.Count--; f.Count == 0 {
				fs.list = append(fs.list[:i], fs.list[i+1:]...)
			}
		}
		return &got
	}
	return nil
}

func (fs *faults) clear() {
	fs.mu.Lock()
	fs.list = nil
	fs.mu.Unlock()
}

// pending is a copy of the faults that are still to come.
func (fs *faults) pending() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return append([]Fault{}, fs.list...)
}

// Call is one call that the app made.
type Call struct {
	Seq      int       `json:"seq"`
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	Token    string    `json:"token"` // kind only: bot, app, user, none, unknown
	Status   int       `json:"status"`
	Error    string    `json:"error,omitempty"`
	Fault    bool      `json:"fault,omitempty"`
	Dropped  bool      `json:"dropped,omitempty"` // took effect, the answer was not sent
	Duration float64   `json:"duration_ms"`
	Args     object    `json:"args"` // without the token; long values shortened
}

// calls keeps the latest calls in a ring. Once it is full, the call with number n stands at
// n-1 modulo the size.
type calls struct {
	mu   sync.Mutex
	max  int
	seq  int
	ring []Call
}

// add numbers a call and keeps it, in the place of the oldest when the ring is full.
func (cs *calls) add(c Call) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.seq++
	c.Seq = cs.seq
	if len(cs.ring) < cs.max {
		cs.ring = append(cs.ring, c)
		return
	}
	cs.ring[(cs.seq-1)%cs.max] = c
}

// all returns the calls that are kept, oldest first.
func (cs *calls) all() []Call {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if len(cs.ring) < cs.max {
		return append([]Call{}, cs.ring...)
	}
	at := cs.seq % cs.max
	return append(append(make([]Call, 0, cs.max), cs.ring[at:]...), cs.ring[:at]...)
}

const maxCallValue = 2000 // bytes of one argument that is kept

// shorten is args with long values cut, so that the record of calls does not keep whole
// messages.
func shorten(args object) object {
	out := make(object, len(args))
	for k, v := range args {
		switch v := v.(type) {
		case string:
			out[k] = shortenText(v)
		default:
			data, err := encode(v)
			if err == nil && len(data) > maxCallValue {
				out[k] = shortenText(string(data))
				continue
			}
			out[k] = v
		}
	}
	return out
}

func shortenText(s string) string {
	if len(s) <= maxCallValue {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", text.Head(s, maxCallValue), len(s))
}
