package fakeslack_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// rawSocket is an app that does just what a test tells it to.
type rawSocket struct {
	conn  *websocket.Conn
	in    chan map[string]any
	pings chan struct{}
}

// socketURL asks for the address of a socket, good for one dial.
func socketURL(t *testing.T, s *fakeslack.Server) string {
	t.Helper()
	return call(t, s, appToken, "apps.connections.open", nil).want(t, "").str("url")
}

// dial opens a socket that acknowledges nothing by itself; query is added to its address.
func dial(t *testing.T, s *fakeslack.Server, query string) *rawSocket {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.Dial(socketURL(t, s)+query, nil)
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, resp)
	}
	r := &rawSocket{conn: conn, in: make(chan map[string]any, 1000), pings: make(chan struct{}, 1000)}
	conn.SetPingHandler(func(text string) error {
		r.pings <- struct{}{}
		return conn.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(time.Second))
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(r.in)
		for {
			var m map[string]any
			if err := conn.ReadJSON(&m); err != nil {
				return
			}
			r.in <- m
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return r
}

// next is the next message; nil when the connection ended.
func (r *rawSocket) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case m := <-r.in:
		return m
	case <-time.After(patience):
		t.Fatal("nothing came over the socket")
	}
	return nil
}

// ack acknowledges an envelope.
func (r *rawSocket) ack(t *testing.T, m map[string]any) {
	t.Helper()
	if err := r.conn.WriteJSON(map[string]any{"envelope_id": m["envelope_id"]}); err != nil {
		t.Fatal(err)
	}
}

// event is the event within an envelope, nil for none.
func event(m map[string]any) map[string]any {
	p, _ := m["payload"].(map[string]any)
	e, _ := p["event"].(map[string]any)
	return e
}

// eventID is the id that all deliveries of one event share.
func eventID(m map[string]any) string {
	p, _ := m["payload"].(map[string]any)
	id, _ := p["event_id"].(string)
	return id
}

// hello takes the first message of a socket.
func hello(t *testing.T, r *rawSocket) map[string]any {
	t.Helper()
	m := r.next(t)
	if m["type"] != "hello" {
		t.Fatalf("first message %v", m)
	}
	return m
}

func TestDisconnectsAreAnnounced(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	if err := s.Inject(fakeslack.Fault{Socket: "disconnect", Reason: "warning"}); err != nil {
		t.Fatal(err)
	}
	if m := r.next(t); m["type"] != "disconnect" || m["reason"] != "warning" || m["connection_info"] != nil {
		t.Fatalf("got %v", m)
	}
	say(t, s, "after the warning events still come")
	r.ack(t, r.next(t))
	fresh := dial(t, s, "")
	hello(t, fresh)
	if err := s.Inject(fakeslack.Fault{Socket: "disconnect", Count: 1}); err != nil {
		t.Fatal(err)
	}
	if m := r.next(t); m["reason"] != "refresh_requested" {
		t.Fatalf("got %v", m)
	}
	for range 4 { // by turns, half of them would go to the old socket
		say(t, s, "but not after the request")
		m := fresh.next(t)
		if event(m)["text"] != "but not after the request" {
			t.Fatalf("got %v", m)
		}
		fresh.ack(t, m)
	}
	if m := r.next(t); m != nil {
		t.Errorf("the old socket got %v, want its end", m)
	}
}

func TestConnectionsHaveALifetime(t *testing.T) {
	s := start(t, fakeslack.WithConnectionLifetime(20*time.Millisecond))
	r := dial(t, s, "&debug_reconnects=true")
	hello(t, r)
	if m := r.next(t); m["reason"] != "refresh_requested" {
		t.Errorf("got %v", m)
	}
	long := start(t)
	l := dial(t, long, "&debug_reconnects=true")
	if info, _ := hello(t, l)["debug_info"].(map[string]any); info["approximate_connection_time"] != 360.0 {
		t.Errorf("debug_reconnects gave %v", info)
	}
}

func TestTheEleventhSocketIsRefused(t *testing.T) {
	s := start(t)
	for range 10 {
		hello(t, dial(t, s, ""))
	}
	if m := dial(t, s, "").next(t); m["type"] != "disconnect" || m["reason"] != "too_many_websockets" {
		t.Errorf("got %v", m)
	}
}

func TestTicketsWorkOnce(t *testing.T) {
	s := start(t)
	u := socketURL(t, s)
	conn, _, err := websocket.DefaultDialer.Dial(u, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for _, u := range []string{u, strings.Split(u, "?")[0], strings.Split(u, "?")[0] + "?ticket=guess"} {
		conn, resp, err := websocket.DefaultDialer.Dial(u, nil)
		if err == nil {
			conn.Close()
			t.Fatalf("%s connected", u)
		}
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("HTTP %d", resp.StatusCode)
		}
	}
	if p, err := url.Parse(u); err != nil || p.Scheme != "ws" || p.Query().Get("app_id") == "" {
		t.Errorf("address %s", u)
	}
}

func TestSocketFaults(t *testing.T) {
	s := start(t, fakeslack.WithPingInterval(5*time.Millisecond), fakeslack.WithAckTimeout(50*time.Millisecond), fakeslack.WithRetries(0))
	if err := s.Inject(fakeslack.Fault{Socket: "refuse"}); err != nil {
		t.Fatal(err)
	}
	if _, resp, err := websocket.DefaultDialer.Dial(socketURL(t, s), nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("refused upgrade: %v, %v", resp, err)
	}
	r := dial(t, s, "")
	hello(t, r)
	<-r.pings
	if err := s.Inject(fakeslack.Fault{Socket: "silence", DelayMS: 100}); err != nil {
		t.Fatal(err)
	}
	// Pings that were on their way still come; then there is a gap.
	for begin, last := time.Now(), time.Now(); ; {
		<-r.pings
		now := time.Now()
		if now.Sub(last) >= 60*time.Millisecond {
			break
		}
		if last = now; now.Sub(begin) > patience {
			t.Fatal("pings come during the silence")
		}
	}
	if err := s.Inject(fakeslack.Fault{Socket: "drop_acks"}); err != nil {
		t.Fatal(err)
	}
	p := say(t, s, "x")
	r.ack(t, r.next(t))
	m := r.next(t)
	r.ack(t, m)
	if eventID(m) != p.EventID || m["retry_attempt"] != 1.0 {
		t.Errorf("after the ignored acknowledgement: %v", m)
	}
	if err := s.Inject(fakeslack.Fault{Socket: "cut"}); err != nil {
		t.Fatal(err)
	}
	if m := r.next(t); m != nil {
		t.Errorf("after the cut: %v", m)
	}
}
