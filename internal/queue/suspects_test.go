package queue

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/database"
	"github.com/technoshare/commentator/internal/database/databasetest"
	"github.com/technoshare/commentator/internal/job"
)

// Of the links that run when their process dies, the one that kills it is found and given up; the
// others are answered by their first attempt.
func TestOnlyTheLinkThatKillsItsWorkerIsGivenUp(t *testing.T) {
	databasetest.OnBoth(t, Postgres, func(t *testing.T, url string) {
		cfg := Defaults()
		p := newProcess(t, openDatabase(t, url), cfg)
		var ids []string
		for i := range 4 {
			ids = append(ids, submit(t, p.Queue, fmt.Sprint("https://x/", i)).ID)
		}
		guilty, kills := ids[2], 0
		for rounds := 0; ; rounds++ {
			if rounds > 100 {
				t.Fatal("no end")
			}
			// What is put off by the suspicion is due.
			if _, err := p.db.Exec(t.Context(), `UPDATE commentator_links SET available_ms = 0`); err != nil {
				t.Fatal(err)
			}
			var runs []job.Attempt
			for range ids {
				a, d := beginAny(t, p)
				if d != proceed {
					break
				}
				if a.Number != 1 {
					t.Fatalf("attempt %d", a.Number)
				}
				runs = append(runs, a)
			}
			if len(runs) == 0 {
				break
			}
			dies := false
			for _, a := range runs {
				dies = dies || a.ID == guilty
			}
			if dies {
				kills++
				p = p.restart(t)
				if err := p.takeOver(t.Context()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			for _, a := range runs {
				if _, err := p.end(t.Context(), a, job.Verdict{Outcome: "success"}); err != nil {
					t.Fatal(err)
				}
				p.attempts.remove(a.ID)
			}
		}
		if kills != 1+maxCuts {
			t.Errorf("the worker died %d times, want %d", kills, 1+maxCuts)
		}
		for _, id := range ids {
			l, err := p.Link(t.Context(), id)
			if err != nil || l == nil {
				t.Fatal(err)
			}
			switch {
			case id == guilty && (l.State != job.LinkFailed || !strings.Contains(l.Error, "died 3 times while it worked on this link alone")):
				t.Errorf("the guilty link is %s: %s", l.State, l.Error)
			case id != guilty && (l.State != job.LinkDone || l.Attempt != 1):
				t.Errorf("an innocent link is %s after %d attempts", l.State, l.Attempt)
			}
		}
		if told, err := p.Knows(t.Context(), "task/gave_up/"+guilty); !told || err != nil {
			t.Errorf("people are told: %v, %v", told, err)
		}
	})
}

// beginAny uses a turn of some link that has not ended.
func beginAny(t *testing.T, p *process) (job.Attempt, decision) {
	t.Helper()
	var river int64
	found, err := database.One(t.Context(), p.db, `SELECT river_id FROM commentator_links WHERE state IN ('queued', 'waiting') LIMIT 1`, nil, &river)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return job.Attempt{}, skip
	}
	a, d, _, err := p.beginTurn(t.Context(), river)
	if err != nil {
		t.Fatal(err)
	}
	return a, d
}

// A worker that is killed again and again, by somebody else, loses no link and no attempt.
func TestDeathsOfTheProcessAloneGiveNothingUp(t *testing.T) {
	t.Parallel()
	db := openDatabase(t, t.TempDir()+"/q.sqlite")
	if _, err := db.Exec(t.Context(), `PRAGMA synchronous = OFF`); err != nil {
		t.Fatal(err)
	}
	p := newProcess(t, db, Defaults())
	rng := rand.New(rand.NewPCG(1, 2))
	made, ended, kills := 0, 0, 1000
	if testing.Short() {
		kills = 100
	}
	for range kills {
		// Something runs for a random while, beside others or alone as the queue will have it, and
		// then the plug is pulled.
		var runs []job.Attempt
		for range rng.IntN(12) {
			if made-ended < 8 {
				submit(t, p.Queue, fmt.Sprint("https://x/", made))
				made++
			}
			// Five seconds go by.
			if _, err := db.Exec(t.Context(), `UPDATE commentator_links SET available_ms = available_ms - 5000 WHERE state = 'waiting'`); err != nil {
				t.Fatal(err)
			}
			if a, d := beginAny(t, p); d == proceed {
				runs = append(runs, a)
			}
			if len(runs) > 0 && rng.IntN(2) == 0 {
				a := runs[0]
				runs = runs[1:]
				if a.Number != 1 {
					t.Fatalf("attempt %d", a.Number)
				}
				if _, err := p.end(t.Context(), a, job.Verdict{Outcome: "success"}); err != nil {
					t.Fatal(err)
				}
				p.attempts.remove(a.ID)
				ended++
			}
		}
		p = p.restart(t)
		if err := p.takeOver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var failed, most int
	if _, err := database.One(t.Context(), db, `SELECT count(*) FROM commentator_links WHERE state = 'failed'`, nil, &failed); err != nil {
		t.Fatal(err)
	}
	if _, err := database.One(t.Context(), db, `SELECT max(lone_cuts) FROM commentator_links`, nil, &most); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d links, %d ended, at most %d lone cuts at the end", made, ended, most)
	if failed > 0 || ended == 0 {
		t.Errorf("%d of %d links were given up, %d ended", failed, made, ended)
	}
}
