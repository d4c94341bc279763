package slack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
)

// texts are the messages of the bot in a channel that hold a text, in their blocks too.
func texts(s *fakeslack.Server, id, want string) (out []map[string]any) {
	for _, m := range s.Messages(id) {
		if m["bot_id"] != nil && strings.Contains(plainJSON(m), want) {
			out = append(out, m)
		}
	}
	return out
}

func TestTheDigestIsMadeOfTheChannelsOwnComments(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	q := w.say("@commentator digest")
	w.await("a word", func(s *fakeslack.Server) bool {
		return slices.ContainsFunc(replies(s, q.TS), func(r string) bool { return strings.Contains(r, "There is no digest") })
	})
	a, b := w.say("https://a.example/plain"), w.say("https://a.example/liked")
	if _, err := w.slack.Say(fakeslack.Typed{Channel: secret, User: alice, Text: "https://a.example/secret"}); err != nil {
		t.Fatal(err)
	}
	w.await("three comments", func(*fakeslack.Server) bool { return w.jobsDone() == 3 })
	w.awaitReactions(a.TS, "white_check_mark")
	w.awaitReactions(b.TS, "white_check_mark")
	w.event(map[string]any{"type": "reaction_added", "user": bob, "reaction": "+1", "item": map[string]any{"type": "message", "channel": channel, "ts": replyTS(w.slack, b.TS)}})
	w.awaitQuiet()
	// Twice, as message and as app_mention, and delivered more than once.
	q = w.say("@commentator digest")
	w.event(map[string]any{"type": "app_mention", "ts": q.TS, "text": "<@U0COMMENT> digest"}, fakeslack.Copies(3, 5*time.Millisecond))
	w.await("the digest", func(s *fakeslack.Server) bool { return len(texts(s, channel, "Weekly digest")) > 0 })
	w.awaitQuiet()
	got := texts(w.slack, channel, "Weekly digest")
	if len(got) != 1 || got[0]["thread_ts"] != q.TS {
		t.Fatalf("%d digests, %v", len(got), got)
	}
	raw := plainJSON(got[0]["blocks"])
	for _, want := range []string{"2 links were commented on", "The title of https://a.example/plain", `"text":"\nIt is *so*. And <!channel>.","type":"text"`, "👍 1", "shared by alice", "|comment"} {
		if !strings.Contains(raw, want) {
			t.Errorf("the digest lacks %s: %s", want, raw)
		}
	}
	if s := raw; strings.Contains(s, "secret") || strings.Index(s, "/liked") > strings.Index(s, "/plain") || strings.Contains(s, "<@") {
		t.Errorf("digest %s", s)
	}
	if n := w.jobsDone(); n != 3 {
		t.Errorf("%d jobs", n)
	}
	// The button posts into the channel and names who pressed it.
	w.enter(bob, channel)
	w.press(bob, "home_digest", "", "")
	w.awaitHome(bob, "The digest stands in the channel")
	if got := texts(w.slack, channel, "<@"+bob+"> asked for this digest"); len(got) != 1 || got[0]["thread_ts"] != nil {
		t.Errorf("%v", got)
	}
	w.enter(bob, other)
	w.press(bob, "home_digest", "", "")
	w.awaitHome(bob, "There is no digest")
	if got := texts(w.slack, other, "digest"); len(got) != 0 {
		t.Errorf("said in the channel: %v", got)
	}
}

func TestALargeDigestFitsIntoAMessage(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	const n = 30
	for i := range n {
		w.say(fmt.Sprintf("https://a.example/%s/%d", strings.Repeat("long-", 200), i))
	}
	w.await("all comments", func(*fakeslack.Server) bool { return w.jobsDone() == n })
	w.awaitQuiet()
	q := w.say("@commentator weekly digest")
	w.await("the digest", func(s *fakeslack.Server) bool { return len(texts(s, channel, "and 18 more")) > 0 })
	if got := texts(w.slack, channel, "and 18 more"); got[0]["thread_ts"] != q.TS || len(got[0]["blocks"].([]any)) > 50 {
		t.Errorf("%v", got)
	}
}

// TestAScheduledDigestIsPostedOnce has its task done three times, as after kills, the first time with
// an answer of Slack that gets lost.
func TestAScheduledDigestIsPostedOnce(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	w.awaitQuiet()
	for _, id := range []string{channel, other} {
		c := job.ChannelChange{Channel: id, Version: "1", Values: map[string]string{job.SettingDigestDay: "1"}}
		if err := w.store.Set.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	w.inject(fakeslack.Fault{Method: "chat.postMessage", DropResponse: true})
	at := time.Now().UTC().Add(time.Hour)
	for range 3 {
		for _, id := range []string{channel, other, secret} { // a week of comments, an empty one, and no digest
			if err := w.store.Queue.Enqueue(t.Context(), job.Task{Kind: job.TaskDigest, Payload: job.DigestDue{Channel: id, At: at}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.await("the digest", func(s *fakeslack.Server) bool { return len(texts(s, channel, "Weekly digest")) > 0 })
	w.awaitQuiet()
	if got := texts(w.slack, channel, "Weekly digest"); len(got) != 1 || got[0]["thread_ts"] != nil {
		t.Errorf("%d digests: %v", len(got), got)
	}
	for _, id := range []string{other, secret} {
		if got := texts(w.slack, id, ""); len(got) != 0 {
			t.Errorf("in %s: %v", id, got)
		}
	}
}
