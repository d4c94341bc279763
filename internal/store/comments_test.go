package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

// TestWhatIsKeptOfCommentsGoesWithThem answers links and looks at what digests and App Home are made of.
func TestWhatIsKeptOfCommentsGoesWithThem(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		var c wrongClock
		s := c.with(t, url, 10)
		t.Cleanup(func() { _ = s.Close() })
		var ids []string
		for _, ts := range []string{"1.0", "2.0", "3.0"} {
			a, err := s.Queue.Accept(t.Context(), shared(ts))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.Links[0].ID)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan struct{}, 3)
		run := make(chan error, 1)
		working, stop := context.WithCancel(ctx)
		go func() {
			run <- s.Run(working, job.Handlers{Link: func(_ context.Context, a job.Attempt) job.Verdict {
				defer func() { done <- struct{}{} }()
				if a.ID == ids[2] {
					return job.Verdict{Outcome: string(job.OutcomeGateFailed)}
				}
				return job.Verdict{Outcome: string(job.OutcomeSuccess), Comment: &job.Kept{Title: "T" + a.MessageTS, TLDR: []string{"x", "y"}}}
			}})
		}()
		for range 3 {
			select {
			case <-done:
			case <-ctx.Done():
				t.Fatal("the links were not worked on")
			}
		}
		stop()
		if err := <-run; err != nil {
			t.Fatal(err)
		}
		for _, r := range []job.Reaction{
			{JobID: ids[0], User: "U1", Emoji: "+1", Name: "helpful", Value: "true", Version: "1"},
			{JobID: ids[0], User: "U1", Emoji: "-1", Name: "helpful", Value: "false", Version: "2"},
			{JobID: ids[0], User: "U2", Emoji: "+1", Name: "helpful", Value: "true", Version: "1"},
		} {
			if err := s.People.SaveReaction(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now().Add(time.Minute)
		answered := func(most int) ([]job.Answered, int) {
			t.Helper()
			got, more, err := s.Queue.Answered(ctx, "C1", now.Add(-time.Hour), now, most)
			if err != nil {
				t.Fatal(err)
			}
			return got, more
		}
		got, more := answered(10)
		at := slices.IndexFunc(got, func(a job.Answered) bool { return a.ID == ids[0] })
		if len(got) != 2 || more != 0 || at < 0 || got[at].Title != "T1.0" || len(got[at].TLDR) != 2 || got[at].Good != 1 || got[at].Bad != 1 {
			t.Errorf("%+v, %d more", got, more)
		}
		if got, more := answered(1); len(got) != 1 || more != 1 {
			t.Errorf("one at most: %d and %d more", len(got), more)
		}
		if got, _, err := s.Queue.Answered(ctx, "C2", now.Add(-time.Hour), now, 10); err != nil || len(got) != 0 {
			t.Errorf("another channel: %+v, %v", got, err)
		}
		activity, err := s.Queue.Activity(ctx, now.Add(-time.Hour))
		if err != nil || len(activity) != 1 || activity["C1"] != (job.ChannelActivity{Answered: 2, Failed: 1}) {
			t.Errorf("%+v, %v", activity, err)
		}
		if err := s.Queue.Withdraw(ctx, ids[0]); err != nil {
			t.Fatal(err)
		}
		if got, more := answered(10); len(got) != 1 || more != 0 || got[0].ID != ids[1] {
			t.Errorf("after one was withdrawn: %+v", got)
		}
	})
}
