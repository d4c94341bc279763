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

// ask has a person mention the bot in a thread.
func (w *world) ask(thread, text string) fakeslack.Posted {
	w.t.Helper()
	p, err := w.slack.Say(fakeslack.Typed{Channel: channel, Thread: thread, Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// awaitReply waits for a reply in a thread.
func (w *world) awaitReply(thread, want string) {
	w.t.Helper()
	w.await("the reply "+want, func(s *fakeslack.Server) bool { return slices.Contains(replies(s, thread), want) })
}

// questions are the jobs that were questions.
func (w *world) questions() []job.Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.worked), func(j job.Job) bool { return j.Question == "" })
}

func TestAQuestionInAThreadIsAJobOfTheLinksSession(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1 and https://a.example/2")
	w.awaitReplies(p.TS, "success on https://a.example/1", "success on https://a.example/2")
	w.awaitReactions(p.TS, "white_check_mark")
	links, err := w.store.Queue.LinksOf(t.Context(), channel, p.TS)
	if err != nil {
		t.Fatal(err)
	}
	// As message and as app_mention, and each of them more than once.
	q := w.ask(p.TS, "@commentator does it scale?")
	w.event(map[string]any{"type": "app_mention", "ts": q.TS, "thread_ts": p.TS, "text": "<@U0COMMENT> does it scale?"}, fakeslack.Copies(3, 10*time.Millisecond))
	w.awaitReply(p.TS, "answer to does it scale?")
	w.awaitReactions(q.TS, "white_check_mark")
	w.awaitQuiet()
	asked := w.questions()
	if len(asked) != 1 || len(replies(w.slack, p.TS)) != 4 { // two comments, the question and its answer
		t.Fatalf("questions %+v, replies %q", asked, replies(w.slack, p.TS))
	}
	j := asked[0]
	if j.URL != links[0].URL || !slices.Equal(j.About, []string{links[0].ID, links[1].ID}) || j.Session() != channel+"-"+p.TS || j.Thread() != p.TS {
		t.Errorf("question %+v, session %s", j, j.Session())
	}
	// A second message is a further question, though it has the same words.
	w.ask(p.TS, "@commentator does it scale?")
	w.await("a second answer", func(*fakeslack.Server) bool { return len(w.questions()) == 2 })
	w.awaitQuiet()
	// That the link was asked about is no sharing of it.
	again := w.say("https://a.example/1")
	w.await("a pointer to the comment", func(s *fakeslack.Server) bool {
		r := replies(s, again.TS)
		return len(r) == 1 && strings.Contains(r[0], strings.ReplaceAll(replyTS(s, p.TS), ".", ""))
	})
}

func TestAQuestionWaitsForItsLinkAndOutlastsARestart(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.outcomes["https://a.example/1"] = func(j job.Job) (job.Outcome, error) {
		if j.Question == "" {
			<-release
		}
		return job.OutcomeSuccess, nil
	}
	w.listen()
	stop := w.work()
	p := w.say("https://a.example/1")
	w.await("the link is worked on", func(*fakeslack.Server) bool { return w.jobsDone() == 1 })
	w.ask(p.TS, "@commentator why?")
	w.await("the question is stored", func(s *fakeslack.Server) bool { return s.Stats().Pending == 0 })
	close(release)
	stop()
	w.work()
	w.awaitReply(p.TS, "answer to why?")
	w.awaitQuiet()
	if n := len(w.questions()); n != 1 {
		t.Errorf("%d questions", n)
	}
}

// isHelp reports whether a message is a heading and a list.
func isHelp(message string) bool {
	lines := strings.Split(message, "\n")
	return lines[0] == "*What I can do*" && len(lines) > 4 &&
		!slices.ContainsFunc(lines[1:], func(line string) bool { return !strings.HasPrefix(line, "• ") || len(line) > 110 })
}

func TestWordsElsewhereGetHelp(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	for _, in := range []struct{ root, text string }{{"", "@commentator what can you do?"}, {"lunch?", "@commentator what can you do?"}} {
		thread := ""
		if in.root != "" {
			thread = w.say(in.root).TS
		}
		p, at := w.ask(thread, in.text), thread
		if at == "" {
			at = p.TS
		}
		w.await("help in "+fmt.Sprintf("%q", in.root), func(s *fakeslack.Server) bool {
			return slices.ContainsFunc(replies(s, at), func(r string) bool { return isHelp(r) })
		})
	}
	w.awaitQuiet()
	if n := w.jobsDone(); n != 0 {
		t.Errorf("%d jobs", n)
	}
}

func TestAQuestionThatIsDeletedTakesItsAnswerWithIt(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	p := w.say("https://a.example/1")
	w.awaitReactions(p.TS, "white_check_mark")
	q := w.ask(p.TS, "@commentator why?")
	w.awaitReply(p.TS, "answer to why?")
	w.awaitReactions(q.TS, "white_check_mark")
	w.event(map[string]any{"type": "message", "subtype": "message_deleted", "deleted_ts": q.TS})
	w.awaitReplies(p.TS, "success on https://a.example/1")
}
