package posts_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/store"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// links submits links of one message and returns them.
func links(t *testing.T, s *store.Store, key string, again bool, urls ...string) []job.AcceptedLink {
	t.Helper()
	sub := job.Submission{Keys: []string{key}}
	for i, u := range urls {
		sub.Links = append(sub.Links, job.NewLink{Again: again, Link: job.Link{
			Team: "T1", Channel: "C1", MessageTS: "1", URL: u, Canonical: u, Position: i, Source: job.FromMention,
		}})
	}
	a, err := s.Queue.Accept(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return a.Links
}

// work runs the handler until it has been called n times.
func work(t *testing.T, s *store.Store, n int, do func(context.Context, job.Attempt) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	err := s.Run(ctx, job.Handlers{Link: func(ctx context.Context, a job.Attempt) job.Verdict {
		err := do(ctx, a)
		mu.Lock()
		defer mu.Unlock()
		if n--; n == 0 {
			cancel()
		}
		return job.Verdict{Outcome: "success", Err: err}
	}})
	if err != nil || n != 0 {
		t.Fatalf("%d links were not worked on, %v", n, err)
	}
}

func reply(ctx context.Context, s *store.Store, a job.Attempt, ts string) error {
	_, err := s.Posts.Begin(ctx, job.Post{Key: a.ID + "/0", JobID: a.ID, Channel: "C1", ThreadTS: "1"})
	if err != nil {
		return err
	}
	return s.Posts.MarkSent(ctx, a.ID+"/0", ts)
}

func TestAPostIsBegunOnce(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s := open(t, url)
		ctx := t.Context()
		begin := func(want job.PostState) {
			t.Helper()
			before, err := s.Posts.Begin(ctx, job.Post{Key: "k", JobID: job.Notice, Channel: "C1", ThreadTS: "1"})
			if err != nil || before.State != want {
				t.Fatalf("begin: state %q, %v; want %q", before.State, err, want)
			}
		}
		mark := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		begin(job.PostPlanned)
		begin(job.PostSending) // a crash in between leaves it open
		mark(s.Posts.MarkUnsent(ctx, "k"))
		begin(job.PostPlanned)
		mark(s.Posts.MarkSent(ctx, "k", "5.0"))
		begin(job.PostSent)
		mark(s.Posts.MarkUnsent(ctx, "k")) // too late: it is sent
		begin(job.PostSent)
		mark(s.Posts.SetPermalink(ctx, "k", "https://slack/5"))
		if at, err := s.Posts.At(ctx, "C1", "5.0"); err != nil || at == nil || at.Key != "k" || at.Permalink != "https://slack/5" {
			t.Errorf("post at 5.0: %+v, %v", at, err)
		}
		if n, err := s.Posts.NoticesIn(ctx, "C1", "1"); err != nil || len(n) != 1 {
			t.Errorf("notices: %+v, %v", n, err)
		}
		mark(s.Posts.MarkDeleted(ctx, "k"))
		if at, err := s.Posts.At(ctx, "C1", "5.0"); err != nil || at != nil {
			t.Errorf("deleted, but at 5.0: %+v, %v", at, err)
		}
		begin(job.PostDeleted) // and again from the start
		begin(job.PostSending)
		if err := s.Posts.MarkSent(ctx, "unknown", "1"); err == nil {
			t.Error("a post never begun was sent")
		}
	})
}

// Of two processes that have found nothing in Slack one posts, however fast they are and whatever their clock says.
func TestAPostIsMadeOnceMoreByOne(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		stores := []*store.Store{open(t, url), open(t, url)}
		for i := range 10 {
			p := job.Post{Key: fmt.Sprint("k", i), JobID: job.Notice, Channel: "C1", ThreadTS: "1"}
			if _, err := stores[0].Posts.Begin(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			before, err := stores[0].Posts.Begin(t.Context(), p)
			if err != nil || before.State != job.PostSending {
				t.Fatalf("%+v, %v", before, err)
			}
			posting := make(chan bool, 2)
			for _, s := range stores {
				go func() {
					mine, err := s.Posts.MarkSending(t.Context(), before)
					if err != nil {
						t.Error(err)
					}
					posting <- mine
				}()
			}
			if a, b := <-posting, <-posting; a == b {
				t.Errorf("both: %v", a)
			}
			again, err := stores[1].Posts.Begin(t.Context(), p)
			if err != nil || !again.Updated.After(before.Updated) {
				t.Errorf("begun at %s, then at %s, %v", before.Updated, again.Updated, err)
			}
			if mine, err := stores[1].Posts.MarkSending(t.Context(), again); !mine || err != nil { // nobody has done it meanwhile
				t.Errorf("%v, %v", mine, err)
			}
		}
		if _, err := stores[0].Posts.MarkSending(t.Context(), job.Post{Key: "none", JobID: job.Notice}); err == nil {
			t.Error("a post that was never begun is made once more")
		}
	})
}

func TestOnlyTheHolderOfALinkPosts(t *testing.T) {
	t.Parallel()
	url := t.TempDir() + "/q.sqlite"
	s, other := open(t, url), open(t, url)
	l := links(t, s, "m", false, "https://x/a")[0]
	work(t, s, 1, func(ctx context.Context, a job.Attempt) error {
		if err := reply(ctx, other, a, "7.0"); !errors.Is(err, job.ErrNotOurs) {
			t.Errorf("another worker posts: %v", err)
		}
		if _, err := other.Posts.MarkSending(ctx, job.Post{Key: "any", JobID: a.ID}); !errors.Is(err, job.ErrNotOurs) {
			t.Errorf("another worker posts once more: %v", err)
		}
		return reply(ctx, s, a, "7.0")
	})
	if err := s.Queue.Withdraw(t.Context(), l.ID); err != nil {
		t.Fatal(err)
	}
	more := job.Post{Key: "more", JobID: l.ID, Channel: "C1", ThreadTS: "1"}
	if _, err := s.Posts.Begin(t.Context(), more); !errors.Is(err, job.ErrCancelled) {
		t.Errorf("post for a withdrawn link: %v", err)
	}
	if _, err := s.Posts.MarkSending(t.Context(), more); !errors.Is(err, job.ErrCancelled) {
		t.Errorf("post once more for a withdrawn link: %v", err)
	}
}

func TestAReRunAdoptsEarlierReplies(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s := open(t, url)
		ctx := t.Context()
		first := links(t, s, "message", false, "https://x/a")[0]
		work(t, s, 1, func(ctx context.Context, a job.Attempt) error { return reply(ctx, s, a, "7.0") })
		second := links(t, s, "re-run", true, "https://x/a")[0]
		if second.Admission != job.Admitted || second.Revision != 1 || second.ID == first.ID {
			t.Fatalf("re-run: %+v", second)
		}
		for range 2 { // the second time there is nothing left to adopt
			if err := s.Posts.Adopt(ctx, second.Link, func(part int) string { return fmt.Sprint(second.ID, "/", part) }); err != nil {
				t.Fatal(err)
			}
			ps, err := s.Posts.OfJob(ctx, second.ID)
			if err != nil || len(ps) != 1 || ps[0].TS != "7.0" || ps[0].Key != second.ID+"/0" || ps[0].State != job.PostAdopted {
				t.Errorf("adopted %+v, %v", ps, err)
			}
		}
	})
}

func TestRepliesKeepTheOrderOfTheMessage(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s := open(t, url)
		var mu sync.Mutex
		var order []int
		var others sync.WaitGroup // those behind the first
		others.Add(2)
		links(t, s, "message", false, "https://x/a", "https://x/b", "https://x/c")
		work(t, s, 3, func(ctx context.Context, a job.Attempt) error {
			if a.Position == 0 { // is ready last
				others.Wait()
			} else {
				others.Done()
			}
			if err := s.Posts.WaitTurn(ctx, a.Link, time.Minute); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, a.Position)
			return reply(ctx, s, a, fmt.Sprint("9.", a.Position))
		})
		if !slices.Equal(order, []int{0, 1, 2}) {
			t.Errorf("order %v", order)
		}
	})
}

func TestATurnIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir()+"/q.sqlite")
	ls := links(t, s, "message", false, "https://x/a", "https://x/b")
	if err := s.Posts.WaitTurn(t.Context(), ls[1].Link, time.Millisecond); err != nil {
		t.Errorf("the wait is over: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Posts.WaitTurn(ctx, ls[1].Link, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller has gone: %v", err)
	}
}
