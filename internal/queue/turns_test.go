package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

// submitTo accepts a link in a channel, in a message of its own.
func submitTo(t testing.TB, q *Queue, channel, url string, source job.LinkSource) job.Link {
	t.Helper()
	a, err := q.Accept(context.Background(), job.Submission{Keys: []string{channel + url}, Links: []job.NewLink{{Link: job.Link{
		Team: "T1", Channel: channel, MessageTS: url, URL: url, Canonical: url, Source: source,
	}}}})
	if err != nil || len(a.Links) != 1 || a.Links[0].Admission != job.Admitted {
		t.Fatalf("submit %s: %+v, %v", url, a, err)
	}
	return a.Links[0].Link
}

// oldest is River's job that has waited longest, as River itself would give it out.
func oldest(t testing.TB, p *process) int64 {
	t.Helper()
	var river int64
	found, err := database.One(context.Background(), p.db, `SELECT r.id FROM river_job r JOIN commentator_links l ON l.river_id = r.id
		WHERE l.state IN ('queued', 'waiting') ORDER BY r.priority, r.scheduled_at, r.id LIMIT 1`, nil, &river)
	if err != nil || !found {
		t.Fatalf("no turn is left: %v", err)
	}
	return river
}

// serve begins the next link, and ends it well.
func serve(t testing.TB, p *process) job.Attempt {
	t.Helper()
	return serveTurn(t, p, oldest(t, p))
}

// serveTurn begins the link that takes a turn, and ends it well.
func serveTurn(t testing.TB, p *process, river int64) job.Attempt {
	t.Helper()
	a, d, _, err := p.beginTurn(context.Background(), river)
	if err != nil || d != proceed {
		t.Fatalf("decision %d, %v", d, err)
	}
	if _, err := p.end(context.Background(), a, job.Verdict{Outcome: "success"}); err != nil {
		t.Fatal(err)
	}
	p.attempts.remove(a.ID)
	return a
}

func TestAFloodInOneChannelDoesNotHoldUpOthers(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		p := newProcess(t, openDatabase(t, url), Defaults())
		for i := range 60 {
			submitTo(t, p.Queue, "FLOOD", fmt.Sprint("https://x/", i), job.FromMessage)
		}
		for range 10 {
			serve(t, p)
		}
		// Few links of another channel come in between, in their order.
		for i := range 3 {
			submitTo(t, p.Queue, "QUIET", fmt.Sprint("https://y/", i), job.FromMessage)
		}
		var quiet []int
		var urls []string
		for i := 1; len(quiet) < 3 && i <= 50; i++ {
			if a := serve(t, p); a.Channel == "QUIET" {
				quiet, urls = append(quiet, i), append(urls, a.URL)
			}
		}
		if len(quiet) < 3 || quiet[2] > 7 || fmt.Sprint(urls) != "[https://y/0 https://y/1 https://y/2]" {
			t.Errorf("the other channel's links came as number %v: %v", quiet, urls)
		}

		// What people ask for goes before what was shared in the channel, whatever floods it.
		asked := submitTo(t, p.Queue, "FLOOD", "https://x/asked", job.FromMention)
		late := submitTo(t, p.Queue, "FLOOD", "https://x/late", job.FromBackfill)
		if a := serve(t, p); a.ID != asked.ID {
			t.Errorf("begun %s before what was asked for", a.URL)
		}

		// A channel that always has something takes half, and no more.
		flood := 0
		for i := range 40 {
			submitTo(t, p.Queue, "BUSY", fmt.Sprint("https://z/", i), job.FromMessage)
			submitTo(t, p.Queue, "BUSY", fmt.Sprint("https://zz/", i), job.FromMessage)
			if a := serve(t, p); a.Channel == "FLOOD" {
				flood++
				if a.ID == late.ID {
					t.Error("what was looked up went before what was shared")
				}
			}
		}
		if flood < 15 || flood > 25 {
			t.Errorf("of 40 turns the flooded channel had %d", flood)
		}
	})
}

// Each link that waits keeps a job of River's, whichever link took the turn of which.
func TestLinksSwapTheirTurns(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		p := newProcess(t, openDatabase(t, url), Defaults())
		a := submitTo(t, p.Queue, "A", "https://x/1", job.FromMessage)
		b := submitTo(t, p.Queue, "A", "https://x/2", job.FromMessage)
		river := func(id string) (n int64) {
			t.Helper()
			if _, err := database.One(t.Context(), p.db, `SELECT river_id FROM commentator_links WHERE id = $1`, []any{id}, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		ra, rb := river(a.ID), river(b.ID)
		got, d, _, err := p.beginTurn(t.Context(), rb)
		if err != nil || d != proceed || got.ID != a.ID {
			t.Fatalf("the turn of the second link went to %s, decision %d, %v", got.URL, d, err)
		}
		if river(a.ID) != rb || river(b.ID) != ra {
			t.Errorf("jobs %d and %d, were %d and %d", river(a.ID), river(b.ID), ra, rb)
		}
		if got, d, _, err = p.beginTurn(t.Context(), ra); err != nil || d != proceed || got.ID != b.ID {
			t.Errorf("the other turn went to %s, decision %d, %v", got.URL, d, err)
		}
		if _, d, _, err := p.beginTurn(t.Context(), 1<<40); err != nil || d != skip {
			t.Errorf("a turn of no link: decision %d, %v", d, err)
		}
	})
}

func TestWhatIsNotDueIsPutOffUntilItIs(t *testing.T) {
	t.Parallel()
	p := newProcess(t, openDatabase(t, t.TempDir()+"/q.sqlite"), Defaults())
	submit(t, p.Queue, "https://x/a")
	river := oldest(t, p)
	a, _, _, err := p.beginTurn(t.Context(), river)
	if err != nil {
		t.Fatal(err)
	}
	wait, err := p.end(t.Context(), a, job.Verdict{Outcome: "error", Err: errNoMatter, Retry: true})
	if err != nil {
		t.Fatal(err)
	}
	p.attempts.remove(a.ID)
	_, d, again, err := p.beginTurn(t.Context(), river)
	if err != nil || d != later || again > wait || again < wait-time.Minute {
		t.Errorf("decision %d in %s, %v; the link is due in %s", d, again, err, wait)
	}
}
