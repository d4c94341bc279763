package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/queue"
	"github.com/technoshare/commentator/internal/store"
)

// admissions are the admissions of the links in order, and whether it was a duplicate.
func admissions(a job.Accepted) string {
	var out []string
	for _, l := range a.Links {
		out = append(out, string(l.Admission))
	}
	if a.Duplicate {
		out = append(out, "duplicate")
	}
	return strings.Join(out, " ")
}

// withKeys is the submission under other keys: another event with the same content.
func withKeys(ev job.Submission, keys ...string) job.Submission { ev.Keys = keys; return ev }

// asked makes it one that a person asks for explicitly.
func asked(ev job.Submission) job.Submission {
	for i := range ev.Links {
		ev.Links[i].Source = job.FromMention
	}
	return ev
}

func TestAcceptTakesEachGestureOnce(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url)
		steps := []struct {
			name string
			ev   job.Submission
			want string
		}{
			{"a message with two links", message("1.0", "https://example.com/a", "https://example.com/b"), "admitted admitted"},
			{"the same event redelivered", message("1.0", "https://example.com/a", "https://example.com/b"), "duplicate"},
			{"another event for the same message", withKeys(message("1.0", "https://example.com/a"), "Ev9"), "known"},
			{"the same gesture under a second key", withKeys(message("2.0", "https://example.com/c"), "Ev10", "Ev1.0"), "duplicate"},
			{"the second key is known from then on", withKeys(message("2.0", "https://example.com/c"), "Ev10"), "duplicate"},
			{"the link in another message of the channel", message("3.0", "https://example.com/a"), "shared"},
			{"asked for explicitly", asked(message("4.0", "https://example.com/a")), "admitted"},
		}
		for _, step := range steps {
			if got := admissions(accept(t, s, step.ev)); got != step.want {
				t.Errorf("%s: got %q, want %q", step.name, got, step.want)
			}
		}
	})
}

func TestAcceptOfManyListenersAtOnceAdmitsOnce(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		var admitted atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			s := open(t, url)
			wg.Go(func() {
				for i := range 10 {
					ev := message(fmt.Sprint(i), fmt.Sprint("https://example.com/", i))
					a, err := s.Queue.Accept(context.Background(), ev)
					if err != nil {
						t.Error(err)
						return
					}
					for _, l := range a.Links {
						if l.Admission == job.Admitted {
							admitted.Add(1)
						}
					}
				}
			})
		}
		wg.Wait()
		if n := admitted.Load(); n != 10 {
			t.Errorf("%d links admitted, want 10", n)
		}
	})
}

func TestMutedAndFullAreNotAdmitted(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url, func(c *store.Config) { c.Queue.Depth = 1 })
		ctx := t.Context()
		if err := s.People.Mute(ctx, job.Mute{Scope: "domain", Value: "example.com", User: "U1"}); err != nil {
			t.Fatal(err)
		}
		if got := admissions(accept(t, s, message("1", "https://example.com/a"))); got != "muted" {
			t.Errorf("muted domain: %s", got)
		}
		if existed, err := s.People.Unmute(ctx, "domain", "example.com"); !existed || err != nil {
			t.Errorf("unmute: %v, %v", existed, err)
		}
		if got := admissions(accept(t, s, message("2", "https://example.com/a", "https://example.com/b"))); got != "admitted rejected" {
			t.Errorf("full queue: %s", got)
		}
		st, err := s.Queue.Status(ctx)
		if err != nil || st.Rejected != 1 || st.Queued != 1 {
			t.Errorf("status %+v, %v", st, err)
		}
	})
}

// versioned says which version of its message the submission is.
func versioned(ev job.Submission, ts, version string, removed ...string) job.Submission {
	ev.Versions = job.Versions{Channel: "C1", MessageTS: ts, Version: version, Removed: removed}
	return ev
}

func TestWhatALaterEventTookAwayIsNotBroughtBackByAnEarlierOne(t *testing.T) {
	databasetest.OnBoth(t, queue.Postgres, func(t *testing.T, url string) {
		s := open(t, url)
		const a, b, c = "https://x/a", "https://x/b", "https://x/c"
		deleted := job.Submission{Keys: []string{"deletion"}, Versions: job.Versions{Channel: "C1", MessageTS: "3.1", Version: "3.1", Deleted: true}}
		for _, step := range []struct {
			name string
			ev   job.Submission
			want string
		}{
			{"an edit takes a link out", withKeys(versioned(message("1.1"), "1.1", "1.5", a), "edit 5"), ""},
			{"the message comes after it", versioned(message("1.1", a, b), "1.1", "1.1"), "outdated admitted"},
			{"an edit before that one put another in", withKeys(versioned(message("1.1", c, a), "1.1", "1.4"), "edit 4"), "admitted outdated"},
			{"a later edit puts the link back", withKeys(versioned(message("1.1", a), "1.1", "1.6"), "edit 6"), "admitted"},
			{"a deletion", deleted, ""},
			{"the message comes after it", versioned(message("3.1", c), "3.1", "3.1"), "outdated"},
			{"an edit too", withKeys(versioned(message("3.1", b), "3.1", "3.2"), "edit of what is deleted"), "outdated"},
			{"another message is none of that", versioned(message("4.1", "https://x/d"), "4.1", "4.1"), "admitted"},
			{"what a person asks for has no version", withKeys(asked(message("3.1", "https://x/e")), "asked"), "admitted"},
		} {
			if got := admissions(accept(t, s, step.ev)); got != step.want {
				t.Errorf("%s: got %q, want %q", step.name, got, step.want)
			}
		}
		for version, want := range map[string]bool{"1.5": true, "1.6": false, "1.7": false} {
			if got, err := s.Queue.BroughtBack(t.Context(), "C1", "1.1", a, version); got != want || err != nil {
				t.Errorf("brought back since %s: %v, %v", version, got, err)
			}
		}
	})
}

// An event in a file that is gone would be nowhere after a restart, though it was acknowledged.
func TestNothingIsAcceptedIntoAFileThatWasReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "q.sqlite")
	s := open(t, file)
	accept(t, s, message("1", "https://x/a"))
	if err := os.WriteFile(file+".backup", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".backup", file); err != nil {
		t.Skip("this system lets nobody replace a file that is open: ", err)
	}
	if _, err := s.Queue.Accept(t.Context(), message("2", "https://x/b")); err == nil {
		t.Error("an event was taken in")
	}
}
