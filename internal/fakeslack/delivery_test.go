package fakeslack_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

func TestUnacknowledgedEventsComeAgainThreeTimes(t *testing.T) {
	s := start(t, fakeslack.WithAckTimeout(30*time.Millisecond), fakeslack.WithTimeScale(0.0001)) // 0, 6 ms, 30 ms
	r := dial(t, s, "")
	hello(t, r)
	p := say(t, s, "x")
	envelopes := map[any]bool{}
	for i := range 4 {
		m := r.next(t)
		envelopes[m["envelope_id"]] = true
		reason := "timeout"
		if i == 0 {
			reason = ""
		}
		if eventID(m) != p.EventID || m["retry_attempt"] != float64(i) || m["retry_reason"] != reason {
			t.Fatalf("delivery %d: %v", i, m)
		}
	}
	if len(envelopes) != 4 {
		t.Errorf("%d envelope ids in 4 deliveries", len(envelopes))
	}
	if err := s.WaitFor(within(t, patience), func(s *fakeslack.Server) bool { return s.Stats().Lost == 1 && s.Stats().Pending == 0 }); err != nil {
		t.Errorf("%v: %+v", err, s.Stats())
	}
}

func TestAcknowledgedEventsComeOnce(t *testing.T) {
	s := start(t, fakeslack.WithAckTimeout(time.Hour), fakeslack.WithRetries(0, 0, 0))
	r := dial(t, s, "")
	hello(t, r)
	for range 3 {
		say(t, s, "x")
		r.ack(t, r.next(t))
	}
	if err := s.WaitFor(within(t, patience), func(s *fakeslack.Server) bool { return s.Stats().Acked == 3 }); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Sent != 3 || st.Retried != 0 || st.Pending != 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestEventsWithoutASocketAreKeptForTheBackfill(t *testing.T) {
	s := start(t)
	p := say(t, s, "x")
	if m := s.Messages(""); len(m) != 1 || m[0]["ts"] != p.TS {
		t.Errorf("history for the back-fill: %v", m)
	}
	if st := s.Stats(); st.Sent != 0 || st.Pending != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestEachEventGoesToOneSocket(t *testing.T) {
	s := start(t)
	a, b := dial(t, s, ""), dial(t, s, "")
	if n := hello(t, a)["num_connections"].(float64) + hello(t, b)["num_connections"].(float64); n != 3 {
		t.Errorf("num_connections add up to %v, want 1+2", n)
	}
	const events = 20
	for range events {
		say(t, s, "x")
	}
	seen := map[string]int{}
	for range events / 2 { // round robin
		for _, r := range []*rawSocket{a, b} {
			m := r.next(t)
			seen[eventID(m)]++
			r.ack(t, m)
		}
	}
	if len(seen) != events {
		t.Errorf("%d different events of %d", len(seen), events)
	}
}

func TestAnAckCountsOnlyOnItsOwnSocket(t *testing.T) {
	s := start(t, fakeslack.WithAckTimeout(50*time.Millisecond), fakeslack.WithRetries(0))
	a, b := dial(t, s, ""), dial(t, s, "")
	hello(t, a)
	hello(t, b)
	p := say(t, s, "x")
	var m map[string]any
	select {
	case m = <-a.in:
		b.ack(t, m)
	case m = <-b.in:
		a.ack(t, m)
	}
	select {
	case m = <-a.in:
	case m = <-b.in:
	case <-time.After(patience):
		t.Fatal("the event did not come again")
	}
	if eventID(m) != p.EventID || m["retry_attempt"] != 1.0 {
		t.Errorf("got %v", m)
	}
}

func TestDuplicatesLateAndLostDeliveries(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	a := control(t, s, "event", map[string]any{"type": "message", "text": "thrice", "deliver": map[string]any{"times": 3}})
	for i := range 3 {
		m := r.next(t)
		if eventID(m) != a.str("event_id") || event(m)["ts"] != a.str("ts") || m["retry_attempt"] != float64(i) {
			t.Errorf("copy %d: %v", i, m)
		}
		r.ack(t, m)
	}
	control(t, s, "event", map[string]any{"type": "message", "text": "lost", "deliver": map[string]any{"times": 0}})
	control(t, s, "event", map[string]any{"type": "message", "text": "late", "deliver": map[string]any{"delay_ms": 1500}})
	control(t, s, "event", map[string]any{"type": "message", "text": "soon"})
	for _, want := range []string{"soon", "late"} {
		m := r.next(t)
		if event(m)["text"] != want {
			t.Errorf("got %v, want %q", event(m), want)
		}
		r.ack(t, m)
	}
	if n := len(s.Messages("")); n != 4 {
		t.Errorf("%d messages stored, want 4 with the lost one", n)
	}
}

func TestWhatTheAppDoesComesBackAsEvents(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	next := func() map[string]any { m := r.next(t); r.ack(t, m); return event(m) }
	root := say(t, s, "root").TS
	next()
	ts := call(t, s, botToken, "chat.postMessage", map[string]any{"channel": channel, "text": "re", "thread_ts": root}).want(t, "").str("ts")
	if e := next(); e["type"] != "message" || e["bot_id"] != "B0COMMENT" || e["thread_ts"] != root || e["channel"] != channel || e["subtype"] != nil {
		t.Errorf("own post came as %v", e)
	}
	call(t, s, botToken, "reactions.add", map[string]any{"channel": channel, "timestamp": root, "name": "eyes"}).want(t, "")
	if e := next(); e["type"] != "reaction_added" || e["user"] != "U0COMMENT" || e["item_user"] != fakeslack.DefaultUser {
		t.Errorf("own reaction came as %v", e)
	}
	call(t, s, botToken, "chat.update", map[string]any{"channel": channel, "ts": ts, "text": "re 2"}).want(t, "")
	if e := next(); e["subtype"] != "message_changed" || e["message"].(map[string]any)["text"] != "re 2" || e["previous_message"].(map[string]any)["text"] != "re" {
		t.Errorf("own edit came as %v", e)
	}
	if err := s.Edit("", root, "root with https://example.com/"); err != nil {
		t.Fatal(err)
	}
	if e := next(); e["hidden"] != true || e["message"].(map[string]any)["text"] != "root with <https://example.com/>" || e["message"].(map[string]any)["edited"] == nil {
		t.Errorf("a person's edit came as %v", e)
	}
	if err := s.Delete("", root); err != nil {
		t.Fatal(err)
	}
	if e := next(); e["subtype"] != "message_changed" || e["message"].(map[string]any)["subtype"] != "tombstone" {
		t.Errorf("deletion of a root with replies came as %v", e)
	}
	call(t, s, botToken, "chat.delete", map[string]any{"channel": channel, "ts": ts}).want(t, "")
	if e := next(); e["subtype"] != "message_deleted" || e["deleted_ts"] != ts {
		t.Errorf("own deletion came as %v", e)
	}
}

func TestMentioningTheBotIsTwoEventsOfOneMessage(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	p := say(t, s, "hey @commentator: https://example.com/")
	first, second := event(r.next(t)), event(r.next(t))
	if first["type"] != "message" || second["type"] != "app_mention" || second["ts"] != p.TS || first["client_msg_id"] == "" {
		t.Errorf("got %v and %v", first, second)
	}
	if first["text"] != "hey <@U0COMMENT>: <https://example.com/>" || len(s.Messages("")) != 1 {
		t.Errorf("stored %v", s.Messages(""))
	}
}

func TestPreviewsFollowAsHiddenChanges(t *testing.T) {
	s := start(t, fakeslack.WithUnfurls(time.Millisecond))
	r := dial(t, s, "")
	hello(t, r)
	say(t, s, "https://example.com/a")
	before, change := event(r.next(t)), event(r.next(t))
	after, _ := change["message"].(map[string]any)
	if change["subtype"] != "message_changed" || change["hidden"] != true || after["edited"] != nil || after["text"] != before["text"] || after["attachments"] == nil {
		t.Errorf("got %v", change)
	}
}

func TestUndeliveredEventsAreBounded(t *testing.T) {
	s := start(t, fakeslack.WithBounds(0, 0, 5))
	for range 8 {
		say(t, s, "x")
	}
	if st := s.Stats(); st.Pending != 5 || st.Dropped != 3 {
		t.Errorf("stats %+v", st)
	}
}

func TestManyEventsReachTheAppInOrder(t *testing.T) {
	s := start(t)
	r := dial(t, s, "")
	hello(t, r)
	const n = 500
	for i := range n {
		if _, err := s.PostEvent(map[string]any{"type": "message", "text": fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		m := r.next(t)
		if event(m)["text"] != fmt.Sprint(i) {
			t.Fatalf("event %d is %v", i, event(m)["text"])
		}
		r.ack(t, m)
	}
}

func TestCloseEndsWaitingCommands(t *testing.T) {
	s := fakeslack.New(fakeslack.WithAckTimeout(time.Hour))
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	r := dial(t, s, "")
	hello(t, r)
	failed := make(chan error, 1)
	go func() {
		_, err := s.SendCommand(t.Context(), fakeslack.Command{Command: "/technoshare"})
		failed <- err
	}()
	r.next(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("a command that nobody took is no error")
	}
	http.DefaultClient.CloseIdleConnections()
}
