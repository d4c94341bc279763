package slack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
)

// elsewhereIn says a link in a channel and returns its replies once nothing is under way.
func (w *world) elsewhereIn(id, url string) []string {
	w.t.Helper()
	p, err := w.slack.Say(fakeslack.Typed{Channel: id, User: alice, Text: url})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	w.await("a reply", func(s *fakeslack.Server) bool {
		out = nil
		for _, m := range s.Messages(id) {
			if m["thread_ts"] == p.TS && m["ts"] != p.TS {
				out = append(out, fmt.Sprint(m["text"]))
			}
		}
		return len(out) > 0
	})
	w.awaitQuiet()
	return out
}

func TestALinkSeenInAPublicChannelIsPointedToFromElsewhere(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.elsewhereIn(channel, "https://a.example/1")
	for _, id := range []string{other, secret} {
		got := w.elsewhereIn(id, "https://a.example/1")
		if len(got) != 1 || !strings.Contains(got[0], "a.example/1 was commented on in <#"+channel+">") || !strings.Contains(got[0], "/archives/"+channel+"/") {
			t.Errorf("in %s: %q", id, got)
		}
	}
	if n := w.jobsDone(); n != 1 {
		t.Errorf("%d jobs for one link", n)
	}
}

func TestALinkSeenInAPrivateChannelGetsACommentOfItsOwn(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.elsewhereIn(secret, "https://a.example/1")
	// A second private channel, then a public one, then the first again in yet another public.
	for i, id := range []string{bobs, other} {
		got := w.elsewhereIn(id, "https://a.example/1")
		if !slices.Equal(got, []string{"success on https://a.example/1"}) || w.jobsDone() != i+2 {
			t.Errorf("in %s: %q, %d jobs", id, got, w.jobsDone())
		}
	}
	if got := w.elsewhereIn(channel, "https://a.example/1"); len(got) != 1 || !strings.Contains(got[0], "<#"+other+">") {
		t.Errorf("%q", got)
	}
	for _, id := range []string{bobs, other, channel} {
		for _, m := range w.slack.Messages(id) {
			if s := plainJSON(m); strings.Contains(s, secret) || strings.Contains(s, "merger") || id != bobs && strings.Contains(s, bobs) {
				t.Errorf("%s tells of a private channel: %s", id, s)
			}
		}
	}
}

func TestALinkThatFailedElsewhereGetsACommentOfItsOwn(t *testing.T) {
	w := town(t)
	w.outcomes["https://a.example/1"] = func(j job.Job) (job.Outcome, error) {
		if j.Channel == channel {
			return job.OutcomeGateFailed, nil
		}
		return job.OutcomeSuccess, nil
	}
	w.listen()
	w.work()
	w.elsewhereIn(channel, "https://a.example/1")
	if got := w.elsewhereIn(other, "https://a.example/1"); !slices.Equal(got, []string{"success on https://a.example/1"}) {
		t.Errorf("%q", got)
	}
}

func TestACommentInAnotherLanguageIsNoneToPointTo(t *testing.T) {
	w := town(t)
	w.listen()
	w.work()
	w.elsewhereIn(channel, "https://a.example/1")
	if err := w.store.Set.Change(t.Context(), job.ChannelChange{Channel: other, Version: "1", Values: map[string]string{job.SettingLanguage: "fr"}}); err != nil {
		t.Fatal(err)
	}
	if got := w.elsewhereIn(other, "https://a.example/1"); !slices.Equal(got, []string{"success on https://a.example/1"}) {
		t.Errorf("%q", got)
	}
}
