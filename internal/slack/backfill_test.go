package slack

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// lookWorld is what a look back meets, in memory: a channel, the marks and the queue. Its clock is
// that of the bubble, ahead by skew.
type lookWorld struct {
	API
	Queue
	mu       sync.Mutex
	skew     time.Duration
	marks    map[string]string
	leases   map[string]time.Time // until when somebody has them
	channels map[string][]Message // newest first
	fail     map[string]error     // of the history of a channel, or of a thread
	looks    int
	stored   map[string]bool // keys
}

func newLookWorld() *lookWorld {
	return &lookWorld{
		marks: map[string]string{}, leases: map[string]time.Time{}, channels: map[string][]Message{},
		fail: map[string]error{}, stored: map[string]bool{},
	}
}

func (w *lookWorld) Now(context.Context) (time.Time, error) { return time.Now().Add(w.skew), nil }

func (w *lookWorld) Mark(_ context.Context, name string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.marks[name], nil
}

func (w *lookWorld) RaiseMark(_ context.Context, name, value string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marks[name] = max(w.marks[name], value)
	return nil
}

func (w *lookWorld) Lease(_ context.Context, name string, d time.Duration) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Now().Before(w.leases[name]) {
		return false, nil
	}
	w.leases[name] = time.Now().Add(d)
	return true, nil
}

func (w *lookWorld) Release(_ context.Context, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.leases, name)
	return nil
}

func (w *lookWorld) History(_ context.Context, channel, oldest string, each func(Message) bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	if err := w.fail[channel]; err != nil {
		return err
	}
	for _, m := range w.channels[channel] {
		if m.TS > oldest && !each(m) {
			break
		}
	}
	return nil
}

func (w *lookWorld) Thread(_ context.Context, _, root, _ string, _ func(Message) bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fail[root]
}

func (w *lookWorld) Accept(_ context.Context, s job.Submission) (job.Accepted, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.Mark != "" {
		w.marks[s.Mark] = max(w.marks[s.Mark], s.MarkValue)
	}
	a := job.Accepted{Duplicate: w.stored[s.Keys[0]]}
	for _, k := range s.Keys {
		w.stored[k] = true
	}
	return a, nil
}

// say puts a message with a link into a channel, at a time before now.
func (w *lookWorld) say(channel string, ago time.Duration) Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	ts := slackTime(time.Now().Add(-ago))
	m := Message{TS: ts, User: "U1", Text: "<https://a.example/" + ts + ">"}
	w.channels[channel] = append([]Message{m}, w.channels[channel]...)
	return m
}

// looked is how often a history was asked for.
func (w *lookWorld) looked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looks
}

// knows reports whether a message was stored.
func (w *lookWorld) knows(channel string, m Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stored[messageKey(channel, m.TS)]
}

// bot makes one that watches channels, and starts its look back.
func (w *lookWorld) bot(t *testing.T, channels ...string) (*Bot, *backfill) {
	t.Helper()
	b, err := New(Config{BotToken: "xoxb-1", Channels: channels, MaxLinks: 3}, Stores{Queue: w, Marks: w})
	if err != nil {
		t.Fatal(err)
	}
	b.api = w
	ctx, cancel := context.WithCancel(t.Context())
	f := b.startBackfill(ctx, Identity{UserID: "UBOT"})
	t.Cleanup(func() { cancel(); f.wait() })
	return b, f
}

// begun gives a channel a first start of long ago.
func (w *lookWorld) begun(channel string) {
	w.marks[floorMark(channel)] = slackTime(time.Now().Add(-12 * time.Hour))
}

// A listener that was killed in its look kept the lease, and who came after it did not look before
// its next connect.
func TestWhoFindsAChannelLeasedLooksWhenTheLeaseHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLookWorld()
		w.begun("C1")
		m := w.say("C1", time.Minute)
		w.leases["backfill/C1"] = time.Now().Add(backfillLease) // of one that was killed
		_, f := w.bot(t, "C1")
		f.now()
		time.Sleep(backfillLease - time.Second)
		synctest.Wait()
		if w.looked() != 0 {
			t.Errorf("%d looks while another has the channel in hand", w.looked())
		}
		time.Sleep(leasePause + time.Second)
		synctest.Wait()
		if !w.knows("C1", m) {
			t.Error("the message was not taken in after the lease had ended")
		}
		looks := w.looked()
		time.Sleep(time.Hour)
		if synctest.Wait(); w.looked() != looks {
			t.Errorf("%d looks though nothing was left to look for", w.looked()-looks)
		}
	})
}

// The error of one channel decided on the time of the next look at all of them.
func TestWhatFailsInOneChannelIsTriedAgainWhateverTheOthersSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLookWorld()
		for _, c := range []string{"C1", "C2", "C3"} {
			w.begun(c)
		}
		refused, away, fine := w.say("C1", time.Minute), w.say("C2", time.Minute), w.say("C3", time.Minute)
		w.fail["C1"] = &Error{Method: "conversations.history", Code: "not_in_channel"}
		w.fail["C2"] = retry.Passing(errors.New("away"))
		_, f := w.bot(t, "C1", "C2", "C3")
		f.now()
		synctest.Wait()
		if !w.knows("C3", fine) {
			t.Error("a channel was not looked at since others failed")
		}
		w.mu.Lock()
		delete(w.fail, "C2")
		w.mu.Unlock()
		time.Sleep(failedPause + time.Second)
		synctest.Wait()
		if !w.knows("C2", away) {
			t.Error("a passing fault ended the look")
		}
		w.mu.Lock()
		delete(w.fail, "C1") // the bot was invited
		w.mu.Unlock()
		time.Sleep(refusedPause + time.Second)
		synctest.Wait()
		if !w.knows("C1", refused) {
			t.Error("a channel that was refused is not looked at again")
		}
	})
}

// A mark that rose with a new message hid what had been said before it while nobody listened.
func TestTheMarkDoesNotRiseOverWhatWasNotLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLookWorld()
		w.begun("C1")
		missed := w.say("C1", time.Hour)
		w.marks[seenMark("C1")] = slackTime(time.Now().Add(-2 * time.Hour))
		w.fail["C1"] = retry.Passing(errors.New("away"))
		b, f := w.bot(t, "C1")
		f.now()
		synctest.Wait()
		live := w.say("C1", 0)
		p := b.reader(f.self).message("C1", live, job.FromMessage)
		p.chanID, p.ts = "C1", live.TS
		if !b.accept(t.Context(), p).ack || !w.knows("C1", live) {
			t.Fatal("the new message was not stored")
		}
		b.health.note("C1", live.TS)
		time.Sleep(noteEvery + time.Second)
		w.mu.Lock()
		delete(w.fail, "C1")
		w.mu.Unlock()
		time.Sleep(failedPause + time.Second)
		synctest.Wait()
		if !w.knows("C1", missed) {
			t.Error("what was said while nobody listened is lost")
		}
		if got := w.marks[seenMark("C1")]; got != live.TS {
			t.Errorf("the mark is %s after the look, want that of the newest message %s", got, live.TS)
		}
	})
}

func TestAFurtherInterruptionDuringALookIsLookedUpToo(t *testing.T) {
	var g gaps
	watched := []Channel{{ID: "C1"}}
	g.begin(watched)
	number := g.all()["C1"]
	g.begin(watched)
	g.end("C1", number)
	if !g.in("C1") {
		t.Error("the look of before the second interruption ended it")
	}
	g.end("C1", g.all()["C1"])
	if g.in("C1") || g.in("C2") {
		t.Error("a gap where none is")
	}
}

// One thread that fails kept all messages after it from being stored.
func TestOneThreadThatFailsHarmsOnlyItself(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		gaps bool
	}{
		"for now":  {retry.Passing(errors.New("away")), true},
		"for good": {&Error{Method: "conversations.replies", Code: "no_such_thing"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newLookWorld()
				w.begun("C1")
				root := w.say("C1", time.Hour)
				w.channels["C1"][0].LatestReply = slackTime(time.Now().Add(-time.Minute))
				after := w.say("C1", time.Minute)
				w.fail[root.TS] = c.err
				b, f := w.bot(t, "C1")
				f.now()
				synctest.Wait()
				if !w.knows("C1", root) || !w.knows("C1", after) {
					t.Error("messages beside the thread are not stored")
				}
				if got := b.gaps.in("C1"); got != c.gaps {
					t.Errorf("looked at again: %v, want %v", got, c.gaps)
				}
			})
		})
	}
}

// The look back goes by the clock of the database, and by nothing that lies ahead of it.
func TestTheLookBackSurvivesClocksThatWereAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			skew        time.Duration
			floor, seen time.Duration // before now by the bubble's clock
			want        time.Duration
		}{
			"a first start that lies ahead": {0, -5 * time.Hour, time.Hour, time.Hour + overlap},
			"the database's clock is behind": {
				-3 * time.Hour, 40 * time.Hour, 90 * time.Hour, 27 * time.Hour,
			},
			"the first start is known": {0, time.Hour, 3 * time.Hour, time.Hour},
			"it was long ago":          {0, 90 * time.Hour, 80 * time.Hour, lookBack},
		} {
			w := newLookWorld()
			w.skew = c.skew
			w.marks[floorMark("C1")] = slackTime(time.Now().Add(-c.floor))
			w.marks[seenMark("C1")] = slackTime(time.Now().Add(-c.seen))
			_, f := w.bot(t, "C1")
			got, err := f.oldest(t.Context(), "C1")
			if want := slackTime(time.Now().Add(-c.want)); err != nil || got != want {
				t.Errorf("%s: looks back to %s, %v; want %s", name, got, err, want)
			}
		}
	})
}

// The first start was noted only by the first look that got its lease.
func TestTheFirstStartIsNotedWhoeverHasTheChannelInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLookWorld()
		w.leases["backfill/C1"] = time.Now().Add(time.Hour)
		_, _ = w.bot(t, "C1")
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if got, want := w.marks[floorMark("C1")], slackTime(time.Now()); got != want {
			t.Errorf("the channel begins at %q, want %q", got, want)
		}
	})
}
