package slack_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/internal/store"
)

func TestPostsAreMadeOnceWhateverSlackAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []fakeslack.Fault
	}{
		{"the answer is lost after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}}},
		{"it is lost twice", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}, {Method: "conversations.replies", DropResponse: true}}},
		{"nobody says whether it took effect", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}, {Method: "conversations.replies", Status: 503, Count: 2}}},
		{"the question is asked too often", []fakeslack.Fault{{Method: "chat.postMessage", DropResponse: true}, {Method: "conversations.replies", Status: 429, RetryAfter: 1, Count: 4}}},
		{"503 after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Status: 503, AfterEffect: true}}},
		{"408 after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Status: 408, AfterEffect: true}}},
		{"403 after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Status: 403, AfterEffect: true}}},
		{"403 before", []fakeslack.Fault{{Method: "chat.postMessage", Status: 403}}},
		{"503 before", []fakeslack.Fault{{Method: "chat.postMessage", Status: 503, Count: 2}}},
		{"internal_error after the post took effect", []fakeslack.Fault{{Method: "chat.postMessage", Error: "internal_error", AfterEffect: true}}},
		{"429", []fakeslack.Fault{{Method: "chat.postMessage", Status: 429, RetryAfter: 1}}},
		{"429 storm on everything", []fakeslack.Fault{{Method: "*", Status: 429, RetryAfter: 1, Count: 6}}},
		{"429 and then 503", []fakeslack.Fault{{Method: "chat.postMessage", Status: 429, RetryAfter: 1, Count: 3}, {Method: "chat.postMessage", Status: 503, Count: 2}}},
		{"reactions fail", []fakeslack.Fault{{Method: "reactions.add", Status: 500, Count: 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.listen()
			for _, f := range c.faults {
				w.inject(f)
			}
			w.work()
			p := w.say("https://a.example/1")
			w.awaitReplies(p.TS, "success on https://a.example/1")
			var ls []job.Link
			w.await("the link is done", func(*fakeslack.Server) (done bool) {
				var err error
				ls, err = w.store.Queue.LinksOf(t.Context(), channel, p.TS)
				return err == nil && len(ls) == 1 && ls[0].State == job.LinkDone
			})
			if ls[0].Attempt != 1 { // a second attempt is a second run tree
				t.Errorf("it took %d attempts", ls[0].Attempt)
			}
			if got := replies(w.slack, p.TS); len(got) != 1 {
				t.Errorf("replies %q", got)
			}
		})
	}
}

// TestALimitOfWhatStandsBetweenIsNoWordOfSlack: a proxy may ask to wait after it has handed the post on.
func TestALimitOfWhatStandsBetweenIsNoWordOfSlack(t *testing.T) {
	for name, says := range map[string]func(http.ResponseWriter){
		"a page": func(w http.ResponseWriter) {
			http.Error(w, "<html>Too many requests</html>", http.StatusTooManyRequests)
		},
		"JSON": func(w http.ResponseWriter) {
			http.Error(w, `{"message":"API rate limit exceeded"}`, http.StatusTooManyRequests)
		},
		"half an answer": func(w http.ResponseWriter) { http.Error(w, `{"ok":false,"err`, http.StatusTooManyRequests) },
	} {
		t.Run(name, func(t *testing.T) {
			var posts atomic.Int64
			w := newWorld(t, func(c *worldConfig) {
				c.between = func(slack http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						if r.URL.Path == "/api/chat.postMessage" && posts.Add(1) == 1 {
							slack.ServeHTTP(httptest.NewRecorder(), r)
							rw.Header().Set("Retry-After", "1")
							says(rw)
							return
						}
						slack.ServeHTTP(rw, r)
					})
				}
			})
			w.listen()
			w.work()
			p := w.say("https://a.example/1")
			w.await("the link is done", func(*fakeslack.Server) bool {
				ls, err := w.store.Queue.LinksOf(t.Context(), channel, p.TS)
				return err == nil && len(ls) == 1 && ls[0].State == job.LinkDone
			})
			if got := replies(w.slack, p.TS); len(got) != 1 {
				t.Errorf("replies %q", got)
			}
		})
	}
}

func TestPermanentRefusalsEndTheJobWithASentence(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"msg_too_long", "longer than Slack takes"},
		{"channel_not_found", "check TECHNOSHARE_CHANNEL_ID"},
		{"is_archived", "archived"},
		{"not_in_channel", "/invite"},
	} {
		t.Run(c.code, func(t *testing.T) {
			w := newWorld(t)
			w.listen()
			w.inject(fakeslack.Fault{Method: "chat.postMessage", Error: c.code, Count: -1})
			w.work()
			p := w.say("https://a.example/1")
			w.await("the link fails", func(*fakeslack.Server) bool {
				ls, err := w.store.Queue.LinksOf(t.Context(), channel, p.TS)
				return err == nil && len(ls) == 1 && ls[0].State == job.LinkFailed && ls[0].Attempt == 1 && strings.Contains(ls[0].Error, c.want)
			})
		})
	}
}

func TestARevokedTokenKeepsTheJob(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.inject(fakeslack.Fault{Method: "chat.postMessage", Error: "token_revoked", Count: -1})
	w.work()
	p := w.say("https://a.example/1")
	w.await("the link waits", func(*fakeslack.Server) bool {
		ls, err := w.store.Queue.LinksOf(t.Context(), channel, p.TS)
		return err == nil && len(ls) == 1 && ls[0].State == job.LinkWaiting && ls[0].Failures == 0
	})
}

func TestSocketFaultsLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	w.listen()
	w.work()
	var want []fakeslack.Posted
	for i := range 6 {
		if i%2 == 1 {
			w.inject(fakeslack.Fault{Socket: []string{"cut", "disconnect", "drop_acks"}[i/2], Count: 1})
		}
		want = append(want, w.say(fmt.Sprint("https://a.example/", i)))
	}
	for i, p := range want {
		w.awaitReplies(p.TS, fmt.Sprint("success on https://a.example/", i))
	}
	w.awaitQuiet()
	if n := w.jobsDone(); n != len(want) {
		t.Errorf("%d jobs for %d links", n, len(want))
	}
}

func TestWhatWasMissedIsLookedUp(t *testing.T) {
	w := newWorld(t)
	none := 0
	before := w.event(map[string]any{"type": "message", "text": "<https://a.example/before>"}, fakeslack.Delivery{Times: &none})
	stop := w.listen()
	w.work()
	first := w.say("https://a.example/first")
	w.awaitReplies(first.TS, "success on https://a.example/first")
	stop()
	missed := w.event(map[string]any{"type": "message", "text": "<https://a.example/missed>"}, fakeslack.Delivery{Times: &none})
	w.event(map[string]any{"type": "message", "text": "<https://a.example/thread>", "thread_ts": missed.TS}, fakeslack.Delivery{Times: &none})
	w.listen()
	w.await("both missed links are answered", func(s *fakeslack.Server) bool {
		got := replies(s, missed.TS)
		return slices.Contains(got, "success on https://a.example/missed") && slices.Contains(got, "success on https://a.example/thread")
	})
	if got := replies(w.slack, before.TS); len(got) != 0 {
		t.Errorf("what was said before the first start was answered: %q", got)
	}
	if n := w.jobsDone(); n != 3 {
		t.Errorf("%d jobs", n)
	}
}

func TestSlashCommands(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	send := func(text string) string {
		t.Helper()
		r, err := w.slack.SendCommand(within(t, 5*time.Second), fakeslack.Command{Command: "/technoshare", Text: text, Channel: channel})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.Payload["text"])
	}
	for _, c := range []struct{ text, want string }{
		{"", "comments on a link"},
		{"fly", `I don't know "fly"`},
		{"run", "Give a link"},
		{"mute", "Muted this channel"},
		{"status", "Muted: this channel"},
		{"unmute", "Unmuted this channel"},
		{"unmute", "This channel was not muted"},
		{"mute <https://www.spam.example/x|x>", "Muted spam.example"},
		{"mute no domain", "is no domain"},
		{"run <https://a.example/1>", "On it"},
	} {
		if got := send(c.text); !strings.Contains(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
	w.await("the command is answered", func(s *fakeslack.Server) bool {
		for _, m := range s.Messages(channel) {
			if strings.Contains(fmt.Sprint(m["text"]), "asks for a comment on <https://a.example/1|a.example/1>") {
				return slices.Equal(replies(s, fmt.Sprint(m["ts"])), []string{"success on https://a.example/1"})
			}
		}
		return false
	})
	spam := w.say("https://spam.example/1")
	after := w.say("https://a.example/2")
	w.awaitReplies(after.TS, "success on https://a.example/2")
	if got := replies(w.slack, spam.TS); len(got) != 0 {
		t.Errorf("muted domain was answered: %q", got)
	}
}

func TestShortcutAndMentionInThread(t *testing.T) {
	w := newWorld(t)
	w.listen()
	w.work()
	bots := w.event(map[string]any{"type": "message", "text": "<https://a.example/feed>", "bot_id": "B9", "user": "U9"})
	if _, err := w.slack.Interact(within(t, 5*time.Second), fakeslack.Interaction{Type: "message_action", Channel: channel, MessageTS: bots.TS, CallbackID: "technoshare_comment"}); err != nil {
		t.Fatal(err)
	}
	w.awaitReplies(bots.TS, "success on https://a.example/feed")

	other := w.event(map[string]any{"type": "message", "text": "<https://a.example/other>", "bot_id": "B9", "user": "U9"})
	if _, err := w.slack.Say(fakeslack.Typed{Channel: channel, Thread: other.TS, Text: "@commentator please"}); err != nil {
		t.Fatal(err)
	}
	w.await("the link above is answered", func(s *fakeslack.Server) bool {
		return slices.Contains(replies(s, other.TS), "success on https://a.example/other")
	})
}

func TestAFullQueueSaysSo(t *testing.T) {
	w := newWorld(t, withStore(func(c *store.Config) { c.Queue.Depth = 1 }))
	stop := w.listen()
	first, second := w.say("https://a.example/1"), w.say("https://a.example/2")
	w.await("both arrived", func(*fakeslack.Server) bool {
		st, err := w.store.Queue.Status(t.Context())
		return err == nil && st.Rejected == 1
	})
	stop()
	w.work()
	w.awaitReplies(first.TS, "success on https://a.example/1")
	w.await("a word of excuse", func(s *fakeslack.Server) bool {
		got := replies(s, second.TS)
		return len(got) == 1 && strings.Contains(got[0], "too many links")
	})
}

func TestCheckAndValidate(t *testing.T) {
	for _, c := range []struct {
		name     string
		app, bot string
		channels []string
		slack    []fakeslack.Option
		want     string
	}{
		{"tokens swapped", "xoxb-1", "xapp-1", nil, nil, "SLACK_BOT_TOKEN holds an app-level token"},
		{"a bot token in the app token's place", "xoxb-1", "xoxb-1", nil, nil, "SLACK_APP_TOKEN holds a bot token"},
		{"no app token", "", "xoxb-1", nil, nil, "SLACK_APP_TOKEN is not set"},
		{"refused", "xapp-1", "xoxb-1", nil, []fakeslack.Option{fakeslack.WithTokens("xoxb-2", "xapp-2")}, "SLACK_BOT_TOKEN is refused by Slack (invalid_auth)"},
		{"a name for a channel", "xapp-1", "xoxb-1", []string{"#general"}, nil, "which is no channel ID"},
		{"an unknown channel", "xapp-1", "xoxb-1", []string{"C0NOWHERE"}, nil, "there is no channel C0NOWHERE"},
		{"not a member", "xapp-1", "xoxb-1", []string{"C0OUT"}, []fakeslack.Option{fakeslack.WithChannel(fakeslack.Channel{ID: "C0OUT", Name: "out", NoBot: true})}, "the bot is not in #out"},
		{"archived", "xapp-1", "xoxb-1", []string{"C0OLD"}, []fakeslack.Option{fakeslack.WithChannel(fakeslack.Channel{ID: "C0OLD", Name: "old", Archived: true})}, "#old is archived"},
		{"a scope is missing", "xapp-1", "xoxb-1", nil, []fakeslack.Option{fakeslack.WithScopes("chat:write", "channels:history", "channels:read", "commands", "app_mentions:read", "reactions:read", "metadata.message:read")}, "reactions:write"},
		{"all fine", "xapp-1", "xoxb-1", []string{channel}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fakeslack.New(c.slack...)
			if err := s.Start("127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			kept, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "q"), store.Defaults())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = kept.Close() }()
			cfg := slack.Config{AppToken: c.app, BotToken: c.bot, Channels: c.channels, APIURL: s.APIURL()}
			b, err := slack.New(cfg, stores(kept))
			if err == nil {
				err = b.Validate(t.Context(), true)
				bad := false
				for _, f := range b.Check(t.Context(), true) {
					bad = bad || !f.OK && strings.Contains(f.Detail, c.want)
				}
				if bad != (c.want != "") {
					t.Errorf("findings %+v", b.Check(t.Context(), true))
				}
			}
			var se *slack.SettingsError
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (!errors.As(err, &se) || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a sentence: %q", err)
			}
		})
	}
}

func TestReadinessFollowsTheSocket(t *testing.T) {
	w := newWorld(t)
	if r := w.bot.Readiness(t.Context()); r.Connected || r.Database != nil {
		t.Errorf("before: %+v", r)
	}
	stop := w.listen()
	w.await("connected", func(*fakeslack.Server) bool { return w.bot.Readiness(t.Context()).Connected })
	heard := w.bot.Readiness(t.Context()).LastHeard
	w.await("a ping is heard", func(*fakeslack.Server) bool { return w.bot.Readiness(t.Context()).LastHeard.After(heard) })
	stop()
	if r := w.bot.Readiness(t.Context()); r.Connected {
		t.Errorf("after: %+v", r)
	}
}
