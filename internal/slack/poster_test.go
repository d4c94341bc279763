package slack

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

// thread is a Slack with one thread, in which nothing of ours was found.
type thread struct {
	API
	look  func() // called while it is looked for
	posts int
}

func (s *thread) Thread(context.Context, string, string, string, func(Message) bool) error {
	s.look()
	return nil
}

func (s *thread) Post(context.Context, Outgoing) (string, error) {
	s.posts++
	return "8.8", nil
}

// pausing are posts after each record of which something happens.
type pausing struct {
	Posts
	then func()
}

func (p pausing) Begin(ctx context.Context, row job.Post) (job.Post, error) {
	before, err := p.Posts.Begin(ctx, row)
	p.then()
	return before, err
}

func (p pausing) MarkSending(ctx context.Context, before job.Post) (bool, error) {
	mine, err := p.Posts.MarkSending(ctx, before)
	p.then()
	return mine, err
}

// A worker that stands still between its question in Slack, or its permission, and its post, has posted a second time what
// another had posted meanwhile.
func TestWhoStandsStillBeforeAPostAsksAgain(t *testing.T) {
	for name, where := range map[string]string{
		"while it looks": "look", "after it has looked": "again", "after the permission": "begin", "asleep": "asleep",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "q.sqlite"), store.Defaults())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			row := job.Post{Key: "k", JobID: job.Notice, Channel: "C1", ThreadTS: "1.1"}
			if where == "look" || where == "again" { // somebody was cut amid the post
				if _, err := s.Posts.Begin(t.Context(), row); err != nil {
					t.Fatal(err)
				}
			}
			late, stood := time.Minute, 0 // ahead, so that what was posted before is visible
			wall := func() time.Time { return time.Now().Round(0).Add(late) }
			now := func() time.Time {
				if where == "asleep" { // the machine, and with it the clock of the process
					return time.Now().Add(time.Minute)
				}
				return time.Now().Add(late)
			}
			// Ten seconds go by, in which another process posts.
			stand := func(is bool) func() {
				return func() {
					if stood++; !is || late > time.Minute {
						return
					}
					late += 10 * time.Second
					before, err := s.Posts.Begin(t.Context(), row)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := s.Posts.MarkSending(t.Context(), before); err != nil {
						t.Fatal(err)
					}
					if err := s.Posts.MarkSent(t.Context(), row.Key, "7.7"); err != nil {
						t.Fatal(err)
					}
				}
			}
			api := &thread{look: stand(where == "look")}
			after := 1
			if where == "again" {
				after = 2 // of the records
			}
			records := 0
			posts := pausing{s.Posts, func() {
				if records++; records == after {
					stand(where != "look")()
				}
			}}
			p := &Poster{api: api, posts: posts, queue: s.Queue, pace: newPace(time.Millisecond), log: slog.New(slog.DiscardHandler), now: now, wall: wall}
			made, err := p.post(t.Context(), row, Outgoing{Text: "x"})
			if err != nil || made.TS != "7.7" || api.posts != 0 {
				t.Errorf("%+v, %v, posted %d times more", made, err, api.posts)
			}
			if stood == 0 {
				t.Error("it did not stand still")
			}
		})
	}
}
