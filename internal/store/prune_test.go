package store_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

func TestPruneDeletesTheOldOnly(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		ctx := t.Context()
		cfg := store.Defaults()
		cfg.Keep = 0
		s, err := store.Open(ctx, url, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		link := func(ts, url string) string {
			t.Helper()
			a, err := s.Queue.Accept(ctx, job.Submission{Keys: []string{ts}, Links: []job.NewLink{{Link: job.Link{
				Team: "T1", Channel: "C1", MessageTS: ts, URL: url, Canonical: url, Source: job.FromMessage}}}})
			if err != nil || len(a.Links) != 1 {
				t.Fatal(a, err)
			}
			return a.Links[0].ID
		}
		// One link ends, with a post, a word on it and a checkpoint; its own loop
		// deletes nothing yet.
		working, stop := context.WithCancel(ctx)
		done := link("1", "https://x/a")
		err = s.Run(working, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			defer stop()
			_, err := s.Posts.Begin(ctx, job.Post{Key: a.ID, JobID: a.ID, Channel: "C1", ThreadTS: "1"})
			return job.Verdict{Outcome: "success", Err: errors.Join(err, s.Posts.MarkSent(ctx, a.ID, "5"),
				s.People.SaveReaction(ctx, job.Reaction{JobID: a.ID, User: "U1", Emoji: "+1", Name: "helpful", Value: "true", Version: "1.1"}))}
		}})
		if err != nil {
			t.Fatal(err)
		}
		open := link("2", "https://x/b")
		if err := s.Queue.Save(ctx, open, "analysis", 1); err != nil {
			t.Fatal(err)
		}

		if n, err := s.Prune(ctx, time.Now()); n != 0 || err != nil {
			t.Errorf("pruned %d of what is new, %v", n, err)
		}
		if n, err := s.Prune(ctx, time.Now().Add(cfg.Retention+time.Minute)); n == 0 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
		if l, err := s.Queue.Link(ctx, done); l != nil || err != nil {
			t.Errorf("finished link is still there: %v, %v", l, err)
		}
		if p, err := s.Posts.At(ctx, "C1", "5"); p != nil || err != nil {
			t.Errorf("its post is still there: %v, %v", p, err)
		}
		if found, err := database.One(ctx, s.DB, `SELECT 1 FROM commentator_reactions`, nil, new(int)); found || err != nil {
			t.Errorf("the word on it is still there: %v", err)
		}
		if l, err := s.Queue.Link(ctx, open); l == nil || err != nil {
			t.Errorf("open link is gone: %v", err)
		}
		if found, err := s.Queue.Load(ctx, open, "analysis", new(int)); !found || err != nil {
			t.Errorf("checkpoint of the open link is gone: %v", err)
		}
	})
}
