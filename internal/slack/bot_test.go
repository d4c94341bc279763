package slack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

func TestEachLinkOfAMessageIsAnsweredInItsThreadInOrder(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("look at https://a.example/1?utm_source=x and https://a.example/2 and https://a.example/3 and https://a.example/4")
	w.awaitReplies(p.TS, "success on https://a.example/1", "success on https://a.example/2", "success on https://a.example/3")
	w.awaitReactions(p.TS, "white_check_mark")
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.worked {
		if j.User != fakeslack.DefaultUser || j.MessageTS != p.TS || j.Attempt != 1 || j.Resumed {
			t.Errorf("job %+v", j)
		}
	}
}

func TestRepeatedAndDoubledEventsAreAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.event(map[string]any{"type": "message", "text": "<https://a.example/1>", "client_msg_id": "m-1"}, fakeslack.Copies(4, 20*time.Millisecond))
	w.awaitReplies(p.TS, "success on https://a.example/1")
	twin := w.event(map[string]any{"type": "message", "text": "<https://a.example/1>", "client_msg_id": "m-1"})
	mention := w.say("@commentator https://a.example/2") // comes as message and as app_mention
	w.awaitReplies(mention.TS, "success on https://a.example/2")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	w.awaitQuiet()
	if got := append(replies(w.slack, p.TS), replies(w.slack, twin.TS)...); len(got) != 1 {
		t.Errorf("replies %q", got)
	}
	if n := w.jobsDone(); n != 2 {
		t.Errorf("%d jobs", n)
	}
}

func TestEditsAndDeletions(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	edits := 0
	change := func(text string) {
		edits++ // edited.ts has whole seconds
		w.event(map[string]any{"type": "message", "subtype": "message_changed",
			"message": map[string]any{"type": "message", "user": fakeslack.DefaultUser, "ts": p.TS, "text": text, "edited": map[string]any{"user": fakeslack.DefaultUser, "ts": fmt.Sprintf("%d.000000", time.Now().Unix()+int64(edits))}}})
	}
	change("<https://a.example/1> <https://a.example/2>")
	w.awaitReplies(p.TS, "success on https://a.example/1", "success on https://a.example/2")
	change("<https://a.example/2>")
	w.awaitReplies(p.TS, "success on https://a.example/2")
	w.event(map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": p.TS})
	w.await("the reply is withdrawn", func(s *fakeslack.Server) bool { return len(replies(s, p.TS)) == 0 })
}

// The first reply that Slack did not delete kept all others where they were, and nobody was told.
func TestAReplyThatCannotBeDeletedKeepsNoOther(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1 https://a.example/2 https://a.example/3")
	w.await("three replies", func(s *fakeslack.Server) bool { return len(replies(s, p.TS)) == 3 })
	w.awaitReactions(p.TS, "white_check_mark")
	first := replies(w.slack, p.TS)[0]
	w.inject(fakeslack.Fault{Method: "chat.delete", Error: "compliance_exports_prevent_deletion"})
	w.event(map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": p.TS})
	w.awaitReplies(p.TS, first)
}

func TestProblemsAreToldAndMarked(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	w.outcomes["https://a.example/gate"] = func(job.Job) (job.Outcome, error) { return job.OutcomeGateFailed, nil }
	w.outcomes["https://a.example/flaky"] = func(j job.Job) (job.Outcome, error) {
		if j.Attempt < 3 {
			return job.OutcomeError, retry.Passing(errors.New("try later"))
		}
		return job.OutcomeSuccess, nil
	}
	w.outcomes["https://a.example/down"] = func(job.Job) (job.Outcome, error) {
		return job.OutcomeError, retry.Passing(errors.New("still down"))
	}
	w.listen()
	w.work()
	gate, flaky, down := w.say("https://a.example/gate"), w.say("https://a.example/flaky"), w.say("https://a.example/down")
	w.awaitReplies(gate.TS, "gate_failed on https://a.example/gate")
	w.awaitReactions(gate.TS, "warning")
	w.awaitReplies(flaky.TS, "success on https://a.example/flaky")
	w.awaitReactions(flaky.TS, "white_check_mark")
	w.awaitReplies(down.TS, "error on https://a.example/down")
	w.awaitReactions(down.TS, "warning")
}

func TestAlreadySharedIsPointedOut(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	first := w.say("https://a.example/1")
	w.awaitReplies(first.TS, "success on https://a.example/1")
	w.awaitReactions(first.TS, "white_check_mark")
	second := w.say("http://www.a.example/1/?utm_campaign=z")
	w.await("a pointer", func(s *fakeslack.Server) bool { return len(replies(s, second.TS)) == 1 })
	got := replies(w.slack, second.TS)[0]
	for _, part := range []string{"a.example/1 was already shared by <@" + fakeslack.DefaultUser + ">", "|comment>", strings.ReplaceAll(replyTS(w.slack, first.TS), ".", "")} {
		if !strings.Contains(got, part) {
			t.Errorf("%q lacks %q", got, part)
		}
	}
	if n := w.jobsDone(); n != 1 {
		t.Errorf("%d jobs", n)
	}
}

func TestReactionsRunAgainAndJudge(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply := replyTS(w.slack, p.TS)
	react := func(name, ts string) {
		w.event(map[string]any{"type": "reaction_added", "reaction": name, "item": map[string]any{"type": "message", "channel": channel, "ts": ts}})
	}
	react("thumbsdown", reply)
	w.await("the judgement is passed on", func(*fakeslack.Server) bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.judged) == 1 })
	if want := "abcd01 " + fakeslack.DefaultUser + " helpful false"; w.judged[0] != want {
		t.Errorf("judged %q, want %q", w.judged[0], want)
	}
	w.mu.Lock()
	w.outcomes["https://a.example/1"] = func(job.Job) (job.Outcome, error) { return job.OutcomeGateFailed, nil }
	w.mu.Unlock()
	react("repeat", reply)
	w.awaitReplies(p.TS, "gate_failed on https://a.example/1") // changed in its place
	if replyTS(w.slack, p.TS) != reply {
		t.Error("the reply was posted anew")
	}
	w.awaitReactions(p.TS, "warning")
}
