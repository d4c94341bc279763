package fakeslack

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// testHub is a hub with Slack's own waits and without a network: a socket is its
// queue. It runs in a synctest bubble, where waiting costs nothing.
func testHub(t *testing.T, opts ...Option) *hub {
	t.Helper()
	cfg := defaultConfig()
	for _, o := range opts {
		o.apply(&cfg)
	}
	h := newHub(&cfg, &tasks{}, &faults{})
	t.Cleanup(func() {
		h.tasks.close()
		h.cancel()
	})
	return h
}

// open connects a socket.
func open(h *hub) *socket {
	s := &socket{queue: make(chan []byte, socketQueue), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sockets = append(h.sockets, s)
	return s
}

// sent is the next envelope of a socket, and when it came.
func sent(t *testing.T, s *socket) (object, time.Time) {
	t.Helper()
	select {
	case data := <-s.queue:
		var m object
		if err := decode(data, &m); err != nil {
			t.Fatal(err)
		}
		return m, time.Now()
	case <-time.After(time.Hour):
		t.Fatal("nothing was sent in an hour")
	}
	return nil, time.Time{}
}

func TestAnAcknowledgedEnvelopeIsNeverSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		s := open(h)
		ended := make(chan bool, 1)
		h.send(envelope{kind: "events_api", payload: object{"n": 1}, retry: true, done: func(_ object, ok bool) { ended <- ok }})
		m, _ := sent(t, s)
		h.acked(s, str(m, "envelope_id"), nil)
		if !<-ended {
			t.Error("the envelope was not taken")
		}
		time.Sleep(24 * time.Hour)
		if st := h.snapshot(); st.Sent != 1 || st.Acked != 1 || st.Retried != 0 || st.Pending != 0 || len(s.queue) != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestAnEventComesAgainAsSlackDoesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		s := open(h)
		start := time.Now()
		h.send(envelope{kind: "events_api", payload: object{}, retry: true})
		// Three seconds for each acknowledgement, then at once, after one minute,
		// after five.
		for i, want := range []time.Duration{0, 3 * time.Second, 66 * time.Second, 369 * time.Second} {
			m, at := sent(t, s)
			reason := "timeout"
			if i == 0 {
				reason = ""
			}
			if at.Sub(start) != want || fmt.Sprint(m["retry_attempt"]) != fmt.Sprint(i) || str(m, "retry_reason") != reason {
				t.Errorf("attempt %d after %s: %v", i, at.Sub(start), m)
			}
		}
		time.Sleep(time.Hour)
		if st := h.snapshot(); st.Sent != 4 || st.Retried != 3 || st.Lost != 1 || st.Pending != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestWithoutASocketTheRetriesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		start := time.Now()
		h.send(envelope{kind: "events_api", payload: object{}, retry: true})
		time.Sleep(30 * time.Second) // the attempts at 0 s failed
		m, at := sent(t, open(h))
		if at.Sub(start) != time.Minute || str(m, "retry_reason") != "connection_failed" {
			t.Errorf("after %s: %v", at.Sub(start), m)
		}
		if fmt.Sprint(m["retry_attempt"]) != "2" {
			t.Errorf("attempt %v, want the second retry", m["retry_attempt"])
		}
	})
}

func TestACommandIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t)
		s := open(h)
		ended := make(chan bool, 1)
		h.send(envelope{kind: "slash_commands", payload: object{}, done: func(_ object, ok bool) { ended <- ok }})
		m, _ := sent(t, s)
		if m["retry_attempt"] != nil {
			t.Errorf("a command with attempts: %v", m)
		}
		if <-ended {
			t.Error("a command that nobody took succeeded")
		}
		time.Sleep(time.Hour)
		if st := h.snapshot(); st.Sent != 1 || st.Lost != 0 || len(s.queue) != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestAnAckThatIsLateOrAnothersCountsAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := testHub(t, WithRetries(time.Minute))
		a := open(h)
		h.send(envelope{kind: "events_api", payload: object{}, retry: true})
		m, _ := sent(t, a)
		b := open(h)
		h.acked(b, str(m, "envelope_id"), nil)
		time.Sleep(4 * time.Second)
		h.acked(a, str(m, "envelope_id"), nil)
		h.acked(a, "unknown", nil)
		if st := h.snapshot(); st.LateAcks != 3 || st.Acked != 0 || st.Retried != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}
