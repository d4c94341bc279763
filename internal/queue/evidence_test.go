package queue_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
)

// TestEvidenceOutlastsItsLink has links end in each way, and asks what is kept of them.
func TestEvidenceOutlastsItsLink(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, retries(1, time.Millisecond, time.Millisecond))
		ctx := t.Context()
		run(t, s, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
			ev := job.Evidence{Title: a.URL}
			if strings.HasSuffix(a.URL, "/large") {
				ev.Text = strings.Repeat("x", 1<<20)
			}
			if err := s.Queue.Save(ctx, a.ID, "evidence", ev); err != nil {
				return job.Verdict{Err: err}
			}
			if strings.HasSuffix(a.URL, "/failed") {
				return job.Verdict{Outcome: "error", Err: context.Canceled}
			}
			return job.Verdict{Outcome: "success"}
		}})
		sub := message("1", "https://x/a", "https://x/b", "https://x/large", "https://x/failed", "https://x/asked")
		sub.Links[4].Question, sub.Links[4].About, sub.Links[4].SessionTS, sub.Links[4].Source = "why?", "j1 j2", "0.5", job.FromQuestion
		a := accept(t, s, sub)
		var ids []string
		for _, l := range a.Links {
			ids = append(ids, l.ID)
			eventually(t, "ended", func() bool { return state(t, s, l.ID).State.Final() })
		}
		kept := func() string {
			t.Helper()
			found, err := s.Queue.KeptEvidence(ctx, ids)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, ev := range found {
				out = append(out, ev.Title)
			}
			return fmt.Sprint(out)
		}
		if got := kept(); got != "[https://x/a https://x/b]" {
			t.Errorf("kept %s", got)
		}
		asked, err := s.Queue.Link(ctx, ids[4])
		if err != nil || asked == nil || asked.Question != "why?" || asked.About != "j1 j2" || asked.SessionTS != "0.5" {
			t.Errorf("the question is %+v, %v", asked, err)
		}
		in, err := s.Queue.InThread(ctx, "C1", "1")
		if err != nil || len(in) != 4 {
			t.Errorf("in the thread %+v, %v", in, err)
		}
		if err := s.Queue.Withdraw(ctx, ids[0]); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != "[https://x/b]" {
			t.Errorf("after one was withdrawn %s", got)
		}
		if in, err = s.Queue.InThread(ctx, "C1", "1"); err != nil || len(in) != 3 {
			t.Errorf("in the thread %+v, %v", in, err)
		}
		if _, _, err := s.Queue.Prune(ctx, time.Now().Add(31*24*time.Hour), 90*24*time.Hour, 1000); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != "[]" {
			t.Errorf("after a month %s", got)
		}
	})
}
