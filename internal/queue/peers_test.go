package queue

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

var errNoMatter = errors.New("no matter")

// awayVerdict is that of an attempt that found Slack away.
var awayVerdict = job.Verdict{Outcome: "error", Err: errors.New("503"), Retry: true, PutOff: true, Peer: job.PeerSlack}

// outage is a process whose links are begun and ended by hand.
type outage struct {
	*testing.T
	*process
}

// begin uses any turn.
func (o outage) begin() (job.Attempt, decision) { o.Helper(); return beginAny(o.T, o.process) }

// ends records the end of an attempt.
func (o outage) ends(a job.Attempt, v job.Verdict) time.Duration {
	o.Helper()
	wait, err := o.end(o.Context(), a, v)
	if err != nil {
		o.Fatal(err)
	}
	o.attempts.remove(a.ID)
	return wait
}

// exec changes the database, such as its times.
func (o outage) exec(query string, args ...any) {
	o.Helper()
	if _, err := o.db.Exec(o.Context(), query, args...); err != nil {
		o.Fatal(err)
	}
}

// pass lets so much time go by.
func (o outage) pass(d time.Duration) {
	o.Helper()
	ms := d.Milliseconds()
	o.exec(`UPDATE commentator_links SET available_ms = available_ms - $1`, ms)
	o.exec(`UPDATE commentator_links SET away_ms = away_ms - $1 WHERE away_ms > 0`, ms)
	o.exec(`UPDATE commentator_links SET failed_ms = failed_ms - $1 WHERE failed_ms > 0`, ms)
	o.exec(`UPDATE commentator_peers SET next_ms = next_ms - $1 WHERE next_ms > 0`, ms)
	o.exec(`UPDATE commentator_peers SET up_ms = up_ms - $1 WHERE up_ms > 0`, ms)
}

func (o outage) link(id string) job.Link {
	o.Helper()
	l, err := o.Link(o.Context(), id)
	if err != nil || l == nil {
		o.Fatal(err)
	}
	return *l
}

func TestAnOutageOfAPeerIsWaitedForByTheClock(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		o := outage{t, newProcess(t, openDatabase(t, url), Defaults())}
		var ids []string
		for i := range 3 {
			ids = append(ids, submit(t, o.Queue, fmt.Sprint("https://x/", i)).ID)
		}
		for range ids {
			a, d := o.begin()
			if d != proceed || !a.MayWait {
				t.Fatalf("%+v, decision %d", a, d)
			}
			o.ends(a, awayVerdict)
		}
		// Many hours: one link at a time asks, less and less often, and nothing is counted.
		asks, passed := 0, time.Duration(0)
		for ; passed < 20*time.Hour; passed += time.Minute {
			o.pass(time.Minute)
			a, d := o.begin()
			if d != proceed {
				continue
			}
			if _, d := o.begin(); d == proceed {
				t.Fatal("two links ask at a time")
			}
			asks++
			if a.Number != 1 || a.Failures != 0 || a.Final {
				t.Fatalf("attempt %+v", a)
			}
			o.ends(a, awayVerdict)
		}
		if low, high := 150, 400; asks < low || asks > high {
			t.Errorf("Slack was asked %d times in %s; want %d to %d", asks, passed, low, high)
		}
		// Slack is back.
		o.pass(2 * peerLongest)
		a, d := o.begin()
		if d != proceed {
			t.Fatalf("decision %d", d)
		}
		o.ends(a, job.Verdict{Outcome: "success", Reached: []string{job.PeerSlack}})
		for range 2 {
			a, d := o.begin()
			if d != proceed || a.Number != 1 {
				t.Fatalf("the peer is back: attempt %d, decision %d", a.Number, d)
			}
			o.ends(a, job.Verdict{Outcome: "success", Reached: []string{job.PeerSlack}})
		}
		var soon int
		if _, err := database.One(t.Context(), o.db, `SELECT count(*) FROM river_job WHERE kind = 'link' AND state = 'available'`, nil, &soon); err != nil || soon != 3 {
			t.Errorf("%d turns are to come at once, %v", soon, err)
		}
		for _, id := range ids {
			if l := o.link(id); l.State != job.LinkDone || l.Attempt != 1 {
				t.Errorf("%s after %d attempts", l.State, l.Attempt)
			}
		}
	})
}

func TestAnOutageIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	o := outage{t, newProcess(t, openDatabase(t, t.TempDir()+"/q.sqlite"), Defaults())}
	id := submit(t, o.Queue, "https://x/a").ID
	a, _ := o.begin()
	o.ends(a, awayVerdict)
	o.pass(o.cfg.Outage + time.Hour)
	a, d := o.begin()
	if d != proceed || a.MayWait || !a.Final || a.Waited < o.cfg.Outage {
		t.Fatalf("decision %d, attempt %+v", d, a)
	}
	o.ends(a, awayVerdict)
	if l := o.link(id); l.State != job.LinkFailed {
		t.Errorf("the link is %s", l.State)
	}
}

// An error that only one link gets is its own, though it looks like the peer's.
func TestWhatFailsWhileThePeerAnswersOthersCounts(t *testing.T) {
	t.Parallel()
	o := outage{t, newProcess(t, openDatabase(t, t.TempDir()+"/q.sqlite"), Defaults())}
	bad := submit(t, o.Queue, "https://x/bad").ID
	for n := 0; o.link(bad).State != job.LinkFailed; n++ {
		if n > 30 {
			t.Fatalf("no end: %+v", o.link(bad))
		}
		o.pass(time.Hour)
		submit(t, o.Queue, fmt.Sprint("https://x/good", n))
		for range 2 {
			a, d := o.begin()
			switch {
			case d != proceed:
			case a.ID == bad:
				v := awayVerdict
				v.PutOff = a.MayWait
				o.ends(a, v)
				o.pass(time.Millisecond)
			default:
				o.ends(a, job.Verdict{Outcome: "success", Reached: []string{job.PeerSlack}})
			}
		}
	}
	if l := o.link(bad); l.Failures != o.cfg.Attempts-1 {
		t.Errorf("failed after %d failures", l.Failures)
	}
}

func TestWhatHadToWaitForItsTurnIsNotCounted(t *testing.T) {
	t.Parallel()
	o := outage{t, newProcess(t, openDatabase(t, t.TempDir()+"/q.sqlite"), Defaults())}
	id := submit(t, o.Queue, "https://x/a").ID
	for range 3 * asksMax * o.cfg.Attempts {
		a, d := o.begin()
		if d != proceed || a.Number != 1 || !a.MayWait {
			t.Fatalf("decision %d, %+v", d, a)
		}
		if wait := o.ends(a, job.Verdict{Outcome: "error", Err: errNoMatter, Retry: true, PutOff: true, After: 15 * time.Minute}); wait != 15*time.Minute {
			t.Fatalf("wait %s", wait)
		}
		o.pass(time.Hour)
	}
	// What was paid for is in a trace of its own, so that the next one gets another number.
	a, _ := o.begin()
	o.ends(a, job.Verdict{Outcome: "error", Err: errNoMatter, Retry: true, PutOff: true, Written: true})
	o.pass(time.Hour)
	if a, _ = o.begin(); a.Number != 2 || a.Resumed || a.Failures != 0 {
		t.Errorf("attempt %+v", a)
	}
	o.ends(a, job.Verdict{Outcome: "success"})
	if l := o.link(id); l.State != job.LinkDone {
		t.Errorf("the link is %s", l.State)
	}
}
