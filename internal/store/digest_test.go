package store_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

// TestADigestIsOneTaskForAllWorkers has several workers look for digests that are due, over and over:
// the task is done once.
func TestADigestIsOneTaskForAllWorkers(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		var c wrongClock
		var stores []*store.Store
		for range 3 {
			s := c.with(t, url, 10)
			t.Cleanup(func() { _ = s.Close() })
			stores = append(stores, s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		yesterday := time.Now().UTC().Add(-time.Hour)
		c.set(-7 * 24 * time.Hour)
		for name, value := range map[string]string{
			job.SettingDigestDay: []string{"0", "1", "2", "3", "4", "5", "6"}[yesterday.Weekday()], job.SettingDigestHour: yesterday.Format("15"),
		} {
			if err := stores[0].Set.Change(ctx, job.ChannelChange{Channel: "C1", Version: "1", Values: map[string]string{name: value}}); err != nil {
				t.Fatal(err)
			}
		}
		c.set(0)
		var looks sync.WaitGroup
		for _, s := range stores {
			for range 3 {
				looks.Go(func() {
					if err := s.EnqueueDigests(ctx); err != nil {
						t.Error(err)
					}
				})
			}
		}
		looks.Wait()
		var mu sync.Mutex
		var done []job.DigestDue
		count := func(_ context.Context, raw json.RawMessage) error {
			var d job.DigestDue
			err := json.Unmarshal(raw, &d)
			mu.Lock()
			defer mu.Unlock()
			done = append(done, d)
			return err
		}
		last := make(chan struct{})
		h := job.Handlers{Link: func(context.Context, job.Attempt) job.Verdict { return job.Verdict{} }, Tasks: map[string]job.TaskFunc{
			job.TaskDigest: count, "last": func(context.Context, json.RawMessage) error { close(last); return nil },
		}}
		if err := stores[1].Queue.Enqueue(ctx, job.Task{Kind: "last"}); err != nil {
			t.Fatal(err)
		}
		run, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- stores[2].Run(run, h) }()
		select {
		case <-last:
		case <-ctx.Done():
			t.Fatal("the tasks were not done")
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(done) != 1 || done[0].Channel != "C1" || !done[0].At.Equal(yesterday.Truncate(time.Hour)) {
			t.Errorf("digests %+v", done)
		}
	})
}

// TestACostIsKeptWithItsCheckpoint saves an analysis and then runs the attempt again, as after a kill:
// what it cost is counted once.
func TestACostIsKeptWithItsCheckpoint(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "q.sqlite"), lasting())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	accepted, err := s.Queue.Accept(t.Context(), sharedAs("1.0", "a"))
	if err != nil {
		t.Fatal(err)
	}
	id := accepted.Links[0].ID
	for range 2 {
		var kept job.Analysis
		found, err := s.Queue.Load(t.Context(), id, "analysis", &kept)
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			if err := s.Queue.Save(t.Context(), id, "analysis", &job.Analysis{Calls: 1, CostUSD: new(0.02)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, spent, err := s.Set.Spent(t.Context(), "C1")
	if err != nil || spent["C1"] != (job.Spend{USD: 0.02, Priced: 1}) {
		t.Errorf("spent %+v, %v", spent, err)
	}
}
