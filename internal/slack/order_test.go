package slack_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
)

// messageEvent is a message as an event has it. It is in no channel: the events about it come in an
// order of the test's.
func messageEvent(ts, text string, more map[string]any) map[string]any {
	ev := map[string]any{"type": "message", "channel": channel, "user": "U0ALICE", "ts": ts, "text": text}
	for k, v := range more {
		ev[k] = v
	}
	return ev
}

func TestEventsThatOvertakeTheirMessage(t *testing.T) {
	const ts = "1700000000.000100"
	message := messageEvent(ts, "<https://a.example/1> <https://a.example/2>", nil)
	edit := func(version, before, after string) map[string]any {
		return map[string]any{
			"type": "message", "subtype": "message_changed", "channel": channel, "event_ts": version, "ts": version,
			"message":          messageEvent(ts, after, map[string]any{"edited": map[string]any{"user": "U0ALICE", "ts": version}}),
			"previous_message": messageEvent(ts, before, nil),
		}
	}
	deletion := map[string]any{"type": "message", "subtype": "message_deleted", "channel": channel, "deleted_ts": ts, "event_ts": "1700000009.000100"}
	const one, two = "<https://a.example/1>", "<https://a.example/2>"
	for _, c := range []struct {
		name   string
		events []map[string]any
		want   []string
	}{
		{"in order", []map[string]any{message}, []string{"1", "2"}},
		{"a deletion comes first", []map[string]any{deletion, message}, nil},
		{"a deletion comes before an edit", []map[string]any{deletion, edit("1700000005.000100", one, one+two)}, nil},
		{"an edit that takes a link out comes first", []map[string]any{edit("1700000005.000100", one+two, two), message}, []string{"2"}},
		{"an edit that puts it back comes before the one that took it out",
			[]map[string]any{message, edit("1700000006.000100", two, one+two), edit("1700000005.000100", one+two, two)}, []string{"1", "2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.listen()
			w.work()
			for i, ev := range c.events {
				// One after another: each is stored before the next.
				w.event(ev, fakeslack.Delivery{})
				w.await(fmt.Sprint("event ", i, " is acknowledged"), func(s *fakeslack.Server) bool { return s.Stats().Pending == 0 })
			}
			w.awaitQuiet()
			var got []string
			for _, l := range w.linksOf(fakeslack.Posted{TS: ts}) {
				if l.State == job.LinkDone {
					got = append(got, l.URL[len("https://a.example/"):])
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyTheBotsOwnTokenMatters(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{"U0ALICE"}}})
	w.awaitQuiet()
	if r := w.bot.Readiness(t.Context()); r.Problem != "" {
		t.Errorf("after a person's token was revoked: %s", r.Problem)
	}
	w.inject(fakeslack.Fault{Method: "auth.test", Error: "token_revoked", Count: 1})
	w.event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"bot": []string{"U0BOT"}}})
	w.await("the problem is seen", func(*fakeslack.Server) bool { return w.bot.Readiness(t.Context()).Problem != "" })
	// The token is good again, or was all the time.
	w.bot.ForgetRecheck()
	if r := w.bot.Readiness(t.Context()); r.Problem != "" {
		t.Errorf("after Slack has taken the token: %s", r.Problem)
	}
}
