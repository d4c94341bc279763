package people_test

import (
	"fmt"
	"os"
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

func TestALaterWordReplacesTheEarlier(t *testing.T) {
	databasetest.OnBoth(t, postgres, func(t *testing.T, url string) {
		s, db := open(t, url)
		ctx := t.Context()
		for _, f := range []job.Feedback{{JobID: "j", User: "U1", Name: "helpful", Value: "true"},
			{JobID: "j", User: "U1", Name: "helpful", Value: "false"},
			{JobID: "j", User: "U2", Name: "helpful", Value: "true"}} {
			if err := s.SaveFeedback(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		kept := func() string {
			t.Helper()
			var out []string
			err := database.Each(ctx, db, `SELECT user_id, value FROM commentator_feedback WHERE job_id = 'j' ORDER BY user_id`, nil,
				func(r database.Rows) error {
					var user, value string
					err := r.Scan(&user, &value)
					out = append(out, user+" "+value)
					return err
				})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(out)
		}
		if got := kept(); got != "[U1 false U2 true]" {
			t.Errorf("kept %s", got)
		}
		if n, err := s.Prune(ctx, time.Now().Add(-time.Hour), database.Bounds{}); n != 0 || err != nil {
			t.Errorf("pruned %d of what is new, %v", n, err)
		}
		if n, err := s.Prune(ctx, time.Now().Add(time.Hour), database.Bounds{}); n != 2 || err != nil || kept() != "[]" {
			t.Errorf("pruned %d, %v", n, err)
		}
	})
}
