package slack

import (
	"context"
	"time"
)

// NotStored is how many events had to be delivered again. It asks no database.
func (b *Bot) NotStored() int64 { return b.health.failures.Load() }

// ForgetRecheck has a known problem with the token asked about at the next look.
func (b *Bot) ForgetRecheck() {
	b.health.mu.Lock()
	defer b.health.mu.Unlock()
	b.health.asked = time.Time{}
}

// FloorMark names the mark of where a channel begins.
func FloorMark(channel string) string { return floorMark(channel) }

// WithOrderWait bounds how long a reply waits for those of the links before it in
// the message.
func WithOrderWait(d time.Duration) Option {
	return optionFunc(func(s settings) settings { s.inTurn = d; return s })
}

// ReadHistory reads the history of a channel to its end.
func ReadHistory(ctx context.Context, api, channel string) error {
	return newWebAPI("xoxb-1", "xapp-1", api).History(ctx, channel, "", func(Message) bool { return true })
}
