package people_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/people"
)

var postgres *databasetest.Server

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m, &postgres)) }

func open(t *testing.T, url string) (*people.Store, *database.DB) {
	t.Helper()
	db, err := database.Open(t.Context(), url, database.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return people.New(db), db
}

func TestMutes(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s, db := open(t, url)
		ctx := t.Context()
		for range 2 { // again is no error
			for _, m := range []job.Mute{{Scope: "domain", Value: "spam.example", User: "U1"}, {Scope: "channel", Value: "C1", User: "U1"}} {
				if err := s.Mute(ctx, m); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			channel, domain string
			want            bool
		}{{"C2", "spam.example", true}, {"C1", "good.example", true}, {"C2", "good.example", false}} {
			if muted, err := s.Muted(ctx, db, c.channel, c.domain); muted != c.want || err != nil {
				t.Errorf("%+v: %v, %v", c, muted, err)
			}
		}
		ms, err := s.Mutes(ctx)
		if err != nil || len(ms) != 2 || ms[0].Value != "C1" || ms[0].Since.IsZero() {
			t.Errorf("mutes %+v, %v", ms, err)
		}
		for i, want := range []bool{true, false} {
			if existed, err := s.Unmute(ctx, "channel", "C1"); existed != want || err != nil {
				t.Errorf("unmute %d: %v, %v", i, existed, err)
			}
		}
	})
}

// event is a reaction at a time in Slack's form, or that it was taken back.
func event(user, emoji, version string, removed bool) job.Reaction {
	return job.Reaction{JobID: "j", User: user, Emoji: emoji, Name: "helpful", Value: fmt.Sprint(emoji[0] == '+'), Version: version, Removed: removed}
}

func TestWhatStandsOfReactionsFollowsTheirTimesInAnyOrder(t *testing.T) {
	const added, removed = false, true
	for _, c := range []struct {
		name   string
		events []job.Reaction
		want   string // verdict of U1, and the newest
	}{
		{"given", []job.Reaction{event("U1", "+1", "10.1", added)}, "true true"},
		{"taken back", []job.Reaction{event("U1", "+1", "10.1", added), event("U1", "+1", "10.2", removed)}, " "},
		{"given once more", []job.Reaction{event("U1", "+1", "10.1", added), event("U1", "+1", "10.2", removed), event("U1", "+1", "10.3", added)}, "true true"},
		{"a later one counts", []job.Reaction{event("U1", "+1", "10.1", added), event("U1", "-1", "10.2", added)}, "false false"},
		{"an earlier one stands", []job.Reaction{event("U1", "+1", "10.1", added), event("U1", "-1", "10.2", added), event("U1", "-1", "10.3", removed)}, "true true"},
		{"another skin tone stands", []job.Reaction{event("U1", "+1::skin-tone-2", "10.1", added), event("U1", "+1", "10.2", added), event("U1", "+1", "10.3", removed)}, "true true"},
		{"others have their own", []job.Reaction{event("U1", "+1", "10.1", added), event("U2", "-1", "10.2", added)}, "true false"},
		{"those of others stand", []job.Reaction{event("U1", "+1", "10.2", added), event("U2", "-1", "10.1", added), event("U1", "+1", "10.3", removed)}, " false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
				s, db := open(t, url)
				for _, order := range orders(len(c.events)) {
					if _, err := db.Exec(t.Context(), `DELETE FROM commentator_reactions`); err != nil {
						t.Fatal(err)
					}
					for range 2 { // all of it comes again
						for _, i := range order {
							if err := s.SaveReaction(t.Context(), c.events[i]); err != nil {
								t.Fatal(err)
							}
						}
						f, err := s.Feedback(t.Context(), "j", "U1", "helpful")
						if got := f.Value + " " + f.Newest; got != c.want || err != nil {
							t.Errorf("in the order %v it is %q, %v, want %q", order, got, err, c.want)
						}
					}
				}
			})
		})
	}
}

// orders are all orders of n things.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for _, rest := range orders(n - 1) {
		for at := range n {
			out = append(out, slices.Insert(slices.Clone(rest), at, n-1))
		}
	}
	return out
}

func TestAReasonStandsWithTheVerdictThatItIsFor(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s, _ := open(t, url)
		ctx := t.Context()
		reason := func(why, better, version string) job.Reason {
			return job.Reason{JobID: "j", User: "U1", Name: "helpful", Why: why, Better: better, Version: version}
		}
		stands := func(want string) {
			t.Helper()
			f, err := s.Feedback(ctx, "j", "U1", "helpful")
			if got := fmt.Sprintf("%s %s %s", f.Value, f.Why, f.Better); got != want || err != nil {
				t.Errorf("%q stands, %v; want %q", got, err, want)
			}
		}
		save := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		save(s.SaveReason(ctx, reason("dull", "short", "10.2"))) // before the press that it is for
		stands("  ")
		save(s.SaveReaction(ctx, event("U1", "-1", "10.2", false)))
		stands("false dull short")
		save(s.SaveReason(ctx, reason("early", "", "10.1"))) // overtaken
		save(s.SaveReason(ctx, reason("dull", "short", "10.2")))
		stands("false dull short")
		save(s.SaveReaction(ctx, event("U1", "+1", "10.3", false)))
		stands("true  ")
		save(s.SaveReaction(ctx, event("U1", "-1", "10.4", false)))
		save(s.SaveReason(ctx, reason("", "", "10.4"))) // nothing to say any more
		stands("false  ")
		if n, err := s.Prune(ctx, time.Now().Add(time.Hour), database.Bounds{}); n != 3 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
		if r, err := s.Reason(ctx, "j", "U1", "helpful"); r.Version != "" || err != nil {
			t.Errorf("%+v stays, %v", r, err)
		}
	})
}

func TestOldReactionsGo(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s, _ := open(t, url)
		ctx := t.Context()
		for _, user := range []string{"U1", "U2"} {
			if err := s.SaveReaction(ctx, event(user, "+1", "10.1", false)); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Prune(ctx, time.Now().Add(-time.Hour), database.Bounds{}); n != 0 || err != nil {
			t.Errorf("pruned %d of what is new, %v", n, err)
		}
		n, err := s.Prune(ctx, time.Now().Add(time.Hour), database.Bounds{})
		if f, ferr := s.Feedback(ctx, "j", "U1", "helpful"); n != 2 || err != nil || f.Newest != "" || ferr != nil {
			t.Errorf("pruned %d, %v; %+v stays, %v", n, err, f, ferr)
		}
	})
}
