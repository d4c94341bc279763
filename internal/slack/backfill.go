package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

const (
	// lookBack bounds how far back messages are looked for that came while nobody
	// listened.
	lookBack = 24 * time.Hour
	// overlap is how far before the last known message the look back begins.
	// It covers what was lost while another message was already noted.
	overlap = 10 * time.Minute
	// maxBackfill bounds the messages looked at in a channel.
	maxBackfill = 2000
	// maxThreads bounds the threads of a channel that are looked into.
	maxThreads = 100
	// backfillLease is how long one listener has the look back for itself.
	backfillLease = 2 * time.Minute
	// noteEvery is how often it is written down how far channels were heard.
	noteEvery = time.Minute
	// missedPause is how long after Slack left out events they are looked up.
	missedPause = 70 * time.Second
)

// seenMark names the mark of the newest message that was stored, floorMark that of the first
// start, before which nothing is looked at.
func seenMark(channel string) string  { return "seen/" + channel }
func floorMark(channel string) string { return "floor/" + channel }

// backfill looks up what was said while no socket was open, one look at a time. The loop is
// the only goroutine that looks; due and done connect it with the one of [Bot.Run].
type backfill struct {
	bot  *Bot
	self Identity
	due  chan struct{}
	done chan struct{}
}

// startBackfill starts the loop, which ends with ctx.
func (b *Bot) startBackfill(ctx context.Context, self Identity) *backfill {
	f := &backfill{bot: b, self: self, due: make(chan struct{}, 1), done: make(chan struct{})}
	go f.loop(ctx)
	return f
}

// now asks for a look; it doesn't wait for it. The socket calls it after each connect. A look
// that is asked for while one runs follows it, once.
func (f *backfill) now() {
	select {
	case f.due <- struct{}{}:
	default:
	}
}

func (f *backfill) wait() { <-f.done }

// loop waits for a reason to look: a connect, events that Slack says it left out, or a look that
// failed and may succeed later.
func (f *backfill) loop(ctx context.Context) {
	defer close(f.done)
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			f.writeNotes(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			f.writeNotes(ctx)
			if f.bot.health.missed.CompareAndSwap(true, false) {
				again = time.After(missedPause)
			}
			continue
		case <-again:
		case <-f.due:
		}
		again = nil
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			// Not sooner than half a minute: a look asks for many pages, and nothing is lost by
			// waiting.
			wait := max(30*time.Second, retry.After(err))
			if !retry.Retryable(err) {
				f.bot.log.Error("messages sent while nobody listened can't be looked up", "error", err)
				continue
			}
			f.bot.log.Warn("messages sent while nobody listened are looked up later", "error", err, "in", wait)
			again = time.After(wait)
		}
	}
}

// writeNotes keeps marks near the present in channels without links. Without them a quiet
// channel would be read anew from its last link on at each connect. A mark that is not written
// costs a longer look, so an error is not worth more than a line in the log.
func (f *backfill) writeNotes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for channel, ts := range f.bot.health.noted() {
		if err := f.bot.stores.Marks.RaiseMark(ctx, seenMark(channel), ts); err != nil {
			f.bot.log.Debug("note how far a channel was heard", "error", err)
		}
	}
}

// look looks back in every watched channel that no other listener has in hand. Channels that
// are not named in the settings are not looked at: there may be many. One channel's error does
// not keep the others from being looked at; it comes back when all are through.
func (f *backfill) look(ctx context.Context) error {
	var errs error
	for _, c := range f.bot.channels {
		name := "backfill/" + c.ID
		mine, err := f.bot.stores.Marks.Lease(ctx, name, backfillLease)
		if err != nil {
			return retry.Passing(err)
		}
		if !mine {
			continue
		}
		err = f.channel(ctx, c.ID)
		if rerr := f.bot.stores.Marks.Release(context.WithoutCancel(ctx), name); rerr != nil {
			err = errors.Join(err, retry.Passing(rerr))
		}
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("channel %s: %w", c.ID, err))
		}
	}
	return errs
}

// channel looks back in one channel, from the latest of three times on: the first start, a day
// ago, and a little before the last message that was stored. What was stored already is stored
// again without consequences, since its keys are known.
func (f *backfill) channel(ctx context.Context, channel string) error {
	b := f.bot
	seen, err := b.stores.Marks.Mark(ctx, seenMark(channel))
	if err != nil {
		return retry.Passing(err)
	}
	floor, err := b.stores.Marks.Mark(ctx, floorMark(channel))
	if err != nil {
		return retry.Passing(err)
	}
	now := b.now()
	if floor == "" {
		// The first time: what was said before is not ours to answer.
		floor = slackTime(now)
		return retry.Passing(b.stores.Marks.RaiseMark(ctx, floorMark(channel), floor))
	}
	oldest := max(floor, slackTime(now.Add(-lookBack)))
	if t, ok := fromSlackTime(seen); ok {
		oldest = max(oldest, slackTime(t.Add(-overlap)))
	}
	var found []Message
	// The newest come first, so when there are too many it is the oldest that are left out.
	err = b.api.History(ctx, channel, oldest, func(m Message) bool {
		found = append(found, m)
		return len(found) < maxBackfill
	})
	if err != nil {
		return err
	}
	r := b.reader(f.self)
	accepted, threads := 0, 0
	for i := len(found) - 1; i >= 0; i-- { // oldest first
		n, err := f.message(ctx, r, channel, found[i])
		if err != nil {
			return err
		}
		accepted += n
		// The history has the roots of threads only. A root without replies has an empty
		// LatestReply; timestamps of Slack compare as text.
		if found[i].LatestReply <= oldest || threads >= maxThreads {
			continue
		}
		threads++
		// A root that was deleted since is no reason to give the channel up.
		var replies []Message
		if err := b.api.Thread(ctx, channel, found[i].TS, oldest, func(m Message) bool {
			replies = append(replies, m)
			return len(replies) < maxBackfill
		}); err != nil && !IsCode(err, "thread_not_found") {
			return err
		}
		for _, m := range replies {
			if m.TS != found[i].TS && m.TS > oldest {
				n, err := f.message(ctx, r, channel, m)
				if err != nil {
					return err
				}
				accepted += n
			}
		}
	}
	if accepted > 0 {
		b.log.Info("answering links that were shared while nobody listened", "channel", channel, "links", accepted)
	}
	return nil
}

// message stores what follows from a message, and counts new links.
func (f *backfill) message(ctx context.Context, r *reader, channel string, m Message) (int, error) {
	p := r.message(channel, m, job.FromBackfill)
	if p.empty() {
		return 0, nil
	}
	// A message that was edited may be known as it was, but not in its present form: it is
	// handed in a second time under the key that the edit's own event would have had.
	keys := [][]string{p.event.Keys}
	if m.EditedTS != "" {
		keys = append(keys, []string{"edit/" + channel + "/" + m.TS + "/" + m.EditedTS})
	}
	n := 0
	for i, k := range keys {
		ev := p.event
		if i > 0 {
			ev.Tasks = nil // those of the message itself
		}
		ev.Keys, ev.Mark, ev.MarkValue = k, seenMark(channel), m.TS
		a, err := f.bot.stores.Queue.Accept(ctx, ev)
		if err != nil {
			return n, retry.Passing(err)
		}
		for _, l := range a.Links {
			if l.Admission == job.Admitted {
				n++
			}
		}
		if i == 0 && !a.Duplicate {
			f.bot.reportLeft(channel, m.TS, p.left)
		}
	}
	return n, nil
}

// slackTime writes a time as Slack does: seconds and microseconds. Within the same number of
// digits, the order of such texts is the order of the times.
func slackTime(t time.Time) string {
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}

// fromSlackTime reads a time of Slack. A float holds today's seconds to less than a microsecond,
// which is good enough for bounds, but not for the id of a message.
func fromSlackTime(ts string) (time.Time, bool) {
	f, err := strconv.ParseFloat(ts, 64)
	if err != nil || f <= 0 {
		return time.Time{}, false
	}
	return time.UnixMicro(int64(f * 1e6)), true
}
