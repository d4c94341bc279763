package slack_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// reaction is an event about an emoji on a message, by the default person, at a time.
func reaction(kind, name, ts, at string) map[string]any {
	return map[string]any{"type": kind, "reaction": name, "event_ts": at, "item": map[string]any{"type": "message", "channel": channel, "ts": ts}}
}

// stands is what was passed on last of each trace.
func (w *world) stands() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, said := range w.judged {
		var trace, user, name, value string
		_, _ = fmt.Sscan(said, &trace, &user, &name, &value)
		out[trace] = value
	}
	return out
}

// clock gives times in Slack's form, each later than all before and than the test's start.
func clock() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("%d.%06d", time.Now().Add(time.Hour).Unix(), n) }
}

func TestAReactionThatIsTakenBackTakesTheAssessmentBack(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReplies(p.TS, "success on https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply, at := replyTS(w.slack, p.TS), clock()
	awaitStanding := func(want string) {
		t.Helper()
		w.await("what stands is "+want, func(*fakeslack.Server) bool { return w.stands()["abcd01"] == want })
		w.awaitQuiet()
		if got := w.stands()["abcd01"]; got != want {
			t.Errorf("%q stands, want %q", got, want)
		}
	}
	w.event(reaction("reaction_added", "+1", reply, at()))
	awaitStanding("true")
	w.mu.Lock()
	if w.called != "alice" {
		t.Errorf("the person is called %q", w.called)
	}
	w.mu.Unlock()
	w.event(reaction("reaction_added", "-1::skin-tone-3", reply, at()), fakeslack.Copies(3, 0))
	awaitStanding("false")
	w.event(reaction("reaction_removed", "-1::skin-tone-3", reply, at()), fakeslack.Copies(3, 10*time.Millisecond))
	awaitStanding("true") // it is still there
	w.event(reaction("reaction_removed", "+1", reply, at()))
	awaitStanding("")
	first := at()
	w.event(reaction("reaction_removed", "thumbsdown", reply, at())) // overtakes what it takes back
	w.awaitQuiet()
	w.event(reaction("reaction_added", "thumbsdown", reply, first))
	w.awaitQuiet()
	awaitStanding("")
}

func TestFeedbackIsPassedOnWithoutNamesWhereThereIsNoScopeForThem(t *testing.T) {
	w := newWorld(t, withSlack(fakeslack.WithScopes("channels:history", "channels:read", "chat:write", "reactions:read", "reactions:write")))
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	w.event(reaction("reaction_added", "+1", replyTS(w.slack, p.TS), clock()()))
	w.await("it is passed on", func(*fakeslack.Server) bool { return w.stands()["abcd01"] == "true" })
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.called != "" {
		t.Errorf("the person is called %q", w.called)
	}
}

func TestWhatIsTakenBackAfterACommentWasMadeAnewIsTakenBackOfBoth(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply, at := replyTS(w.slack, p.TS), clock()
	w.event(reaction("reaction_added", "+1", reply, at()))
	w.await("it is passed on", func(*fakeslack.Server) bool { return w.stands()["abcd01"] == "true" })
	w.event(reaction("reaction_added", "repeat", reply, at()))
	w.await("it was made anew", func(*fakeslack.Server) bool { return w.jobsDone() == 2 })
	w.awaitQuiet()
	w.event(reaction("reaction_removed", "repeat", reply, at())) // undoes nothing
	w.event(reaction("reaction_removed", "+1", reply, at()))
	w.await("it is taken back", func(*fakeslack.Server) bool { return w.stands()["abcd01"] == "" })
	w.awaitQuiet()
	if n := w.jobsDone(); n != 2 {
		t.Errorf("%d jobs", n)
	}
}

// TestATakenBackReactionOutlastsMLflowAndARestart has MLflow away while a reaction is given and
// taken back, and the worker stopped in between.
func TestATakenBackReactionOutlastsMLflowAndARestart(t *testing.T) {
	w := newWorld(t)
	w.listen()
	stop := w.work()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply, at := replyTS(w.slack, p.TS), clock()
	w.event(reaction("reaction_added", "+1", reply, at()))
	w.await("it is passed on", func(*fakeslack.Server) bool { return w.stands()["abcd01"] == "true" })
	w.awaitQuiet()
	stop()

	tried := make(chan struct{}, 1)
	stop = w.workWith(func(context.Context, string, job.Feedback) error {
		select {
		case tried <- struct{}{}:
		default:
		}
		return retry.Passing(errors.New("MLflow is away"))
	})
	w.event(reaction("reaction_removed", "+1", reply, at()))
	<-tried
	stop()

	w.work()
	w.await("it is taken back", func(*fakeslack.Server) bool { return w.stands()["abcd01"] == "" })
}

// TestTasksThatRunBesideEachOtherLeaveWhatStands holds the adding of a reaction back, in the middle
// of passing it on, until it was taken back by another task.
func TestTasksThatRunBesideEachOtherLeaveWhatStands(t *testing.T) {
	w := newWorld(t)
	w.listen()
	passed := map[string]string{}
	slow, taken := make(chan struct{}), make(chan struct{})
	w.workWith(func(_ context.Context, trace string, f job.Feedback) error {
		if f.Value == "true" { // on its way while the other task does all that it does
			close(slow)
			<-taken
		}
		w.mu.Lock()
		passed[trace[:6]] = f.Value
		w.judged = append(w.judged, f.Value)
		n := len(w.judged)
		w.mu.Unlock()
		if n == 1 {
			close(taken)
		}
		return nil
	})
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	reply, at := replyTS(w.slack, p.TS), clock()
	w.event(reaction("reaction_added", "+1", reply, at()))
	<-slow
	w.event(reaction("reaction_removed", "+1", reply, at()))
	w.awaitQuiet()
	w.mu.Lock()
	defer w.mu.Unlock()
	if want := []string{"", "true", ""}; !slices.Equal(w.judged, want) || passed["abcd01"] != "" {
		t.Errorf("passed on %q, in the end %v", w.judged, slices.Collect(maps.Values(passed)))
	}
}
