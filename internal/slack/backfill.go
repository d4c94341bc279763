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
	// leasePause is when a channel is looked at again that another listener has in hand: that one may
	// fail, or be killed and keep the lease until that ends.
	leasePause = 15 * time.Second
	// failedPause is the least time until a look that failed is tried again. A look asks for many
	// pages, and nothing is lost by waiting.
	failedPause = 30 * time.Second
	// refusedPause is the time until a look is tried again that Slack refused: a person may put
	// that right, such as by inviting the bot.
	refusedPause = 10 * time.Minute
	// maxFailed is how many messages and threads of a channel may fail before the look is given
	// up until later.
	maxFailed = 3
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

// now asks for a look; it doesn't wait for it. The socket calls it after each connect, before it
// hands over what came. A look that is asked for while one runs follows it, once.
func (f *backfill) now() {
	f.bot.gaps.begin(f.bot.channels)
	select {
	case f.due <- struct{}{}:
	default:
	}
}

func (f *backfill) wait() { <-f.done }

// loop waits for a reason to look: a connect, events that Slack says it left out, or a look that
// did not reach its end, of this listener or of another. It looks again until each channel has
// been looked through.
func (f *backfill) loop(ctx context.Context) {
	defer close(f.done)
	f.noteStarts(ctx)
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	var again <-chan time.Time
	said := "" // the error that was logged last
	for {
		select {
		case <-ctx.Done():
			f.writeNotes(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			f.writeNotes(ctx)
			if f.bot.health.missed.CompareAndSwap(true, false) {
				f.bot.gaps.begin(f.bot.channels)
				again = time.After(missedPause)
			}
			continue
		case <-again:
		case <-f.due:
		}
		wait, err := f.look(ctx)
		again = nil
		if wait > 0 {
			again = time.After(wait)
		}
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && err.Error() != said:
			said = err.Error()
			f.bot.log.Warn("messages sent while nobody listened are looked up later", "error", err, "in", wait)
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
		if f.bot.gaps.in(channel) {
			f.bot.health.note(channel, ts) // for later
			continue
		}
		if err := f.bot.stores.Marks.RaiseMark(ctx, seenMark(channel), ts); err != nil {
			f.bot.log.Debug("note how far a channel was heard", "error", err)
		}
	}
}

// look looks back in every watched channel with a gap. Channels that are not named in the settings
// are not looked at: there may be many. One channel's error does not keep the others from being
// looked at; it comes back when all are through. wait is when to look again; 0 when nothing is left
// to be looked at. A channel that another listener has in hand is left: that one may die over it,
// or fail.
func (f *backfill) look(ctx context.Context) (wait time.Duration, errs error) {
	later := func(d time.Duration) {
		if wait == 0 || d < wait {
			wait = d
		}
	}
	open := f.bot.gaps.all()
	for _, c := range f.bot.channels {
		number := open[c.ID]
		if number == 0 {
			continue
		}
		name := "backfill/" + c.ID
		mine, err := f.bot.stores.Marks.Lease(ctx, name, backfillLease)
		if err == nil && !mine {
			later(leasePause)
			continue
		}
		if mine {
			err = f.channel(ctx, c.ID)
			if err == nil {
				f.bot.gaps.end(c.ID, number)
			}
			if rerr := f.bot.stores.Marks.Release(context.WithoutCancel(ctx), name); rerr != nil {
				// The lease ends by itself.
				f.bot.log.Debug("give the look back to the others", "error", rerr)
			}
		} else {
			err = retry.Passing(err)
		}
		if err == nil {
			continue
		}
		errs = errors.Join(errs, fmt.Errorf("channel %s: %w", c.ID, err))
		if retry.Retryable(err) {
			later(max(failedPause, retry.After(err)))
		} else {
			later(refusedPause)
		}
	}
	return wait, errs
}

// channel looks back in one channel. What was stored already is stored again without
// consequences, since its keys are known. The mark rises when all is stored: who takes a look up
// that was cut begins where it began.
func (f *backfill) channel(ctx context.Context, channel string) error {
	b := f.bot
	oldest, err := f.oldest(ctx, channel)
	if err != nil || oldest == "" {
		return err
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
	if len(found) >= maxBackfill {
		b.log.Warn("more was said while nobody listened than is looked up; the oldest is left out", "channel", channel, "messages", len(found))
	}
	l := channelLook{backfill: f, reader: b.reader(f.self), channel: channel, oldest: oldest}
	err = l.through(ctx, found)
	if l.accepted > 0 {
		b.log.Info("answering links that were shared while nobody listened", "channel", channel, "links", l.accepted)
	}
	if err != nil || len(found) == 0 {
		return err
	}
	return retry.Passing(b.stores.Marks.RaiseMark(ctx, seenMark(channel), found[0].TS))
}

// noteStarts notes where each channel begins, if this is the first start of all. It does not wait
// for a look or its lease: who dies before has heard something already. A look does the same where
// this fails.
func (f *backfill) noteStarts(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, c := range f.bot.channels {
		if _, err := f.oldest(ctx, c.ID); err != nil {
			f.bot.log.Debug("note where a channel begins", "channel", c.ID, "error", err)
			return
		}
	}
}

// oldest is from when on a channel is looked back in, the latest of three times: the first start, a
// day ago, and a little before the last message that was stored. It is empty at the first start,
// which it notes: what was said before is not ours to answer. The clock is the database's, and
// does not leap ahead. A first start that lies in the future was noted by one that was ahead, and
// counts only where nothing else is known.
func (f *backfill) oldest(ctx context.Context, channel string) (string, error) {
	marks := f.bot.stores.Marks
	seen, err := marks.Mark(ctx, seenMark(channel))
	if err != nil {
		return "", retry.Passing(err)
	}
	floor, err := marks.Mark(ctx, floorMark(channel))
	if err != nil {
		return "", retry.Passing(err)
	}
	now, err := marks.Now(ctx)
	if err != nil {
		return "", retry.Passing(err)
	}
	if floor == "" {
		return "", retry.Passing(marks.RaiseMark(ctx, floorMark(channel), slackTime(now)))
	}
	heard, known := fromSlackTime(seen)
	if known && floor > slackTime(now) {
		floor = ""
	}
	oldest := max(floor, slackTime(now.Add(-lookBack)))
	if known {
		oldest = max(oldest, slackTime(heard.Add(-overlap)))
	}
	return oldest, nil
}

// channelLook is one look through what a channel has. It belongs to one goroutine.
type channelLook struct {
	*backfill
	reader          *reader
	channel, oldest string
	accepted        int
	threads, failed int
}

// through stores what follows from messages, the newest of which come first. A message or thread
// that fails does not keep what comes after it from being stored; the error comes back at the end.
func (l *channelLook) through(ctx context.Context, found []Message) (errs error) {
	for i := len(found) - 1; i >= 0; i-- { // oldest first
		if err := l.take(ctx, found[i]); err != nil {
			if errs = errors.Join(errs, err); l.failed >= maxFailed {
				return errs
			}
		}
		// The history has the roots of threads only. A root without replies has an empty
		// LatestReply; timestamps of Slack compare as text.
		if found[i].LatestReply <= l.oldest || l.threads >= maxThreads {
			continue
		}
		if l.threads++; l.threads == maxThreads {
			l.bot.log.Warn("more threads went on while nobody listened than are looked into", "channel", l.channel, "threads", maxThreads)
		}
		if err := l.thread(ctx, found[i].TS); err != nil {
			if errs = errors.Join(errs, err); l.failed >= maxFailed {
				return errs
			}
		}
	}
	return errs
}

// thread stores what follows from the replies of a thread. One that Slack refuses to show, such as
// that of a root that was deleted since, is left.
func (l *channelLook) thread(ctx context.Context, root string) (errs error) {
	var replies []Message
	if err := l.bot.api.Thread(ctx, l.channel, root, l.oldest, func(m Message) bool {
		replies = append(replies, m)
		return len(replies) < maxBackfill
	}); err != nil {
		if !retry.Retryable(err) {
			l.bot.log.Warn("a thread can't be looked into", "channel", l.channel, "thread_ts", root, "error", err)
			return nil
		}
		l.failed++
		return err
	}
	for _, m := range replies {
		if m.TS == root || m.TS <= l.oldest {
			continue
		}
		if err := l.take(ctx, m); err != nil {
			if errs = errors.Join(errs, err); l.failed >= maxFailed {
				return errs
			}
		}
	}
	return errs
}

// take stores what follows from one message, and counts.
func (l *channelLook) take(ctx context.Context, m Message) error {
	n, err := l.message(ctx, l.reader, l.channel, m)
	l.accepted += n
	if err != nil {
		l.failed++
		return fmt.Errorf("message %s: %w", m.TS, err)
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
		ev.Keys = k
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
