package slack

import "time"

// NotStored is how many events had to be delivered again. It asks no database.
func (b *Bot) NotStored() int64 { return b.health.failures.Load() }

// FloorMark names the mark of where a channel begins.
func FloorMark(channel string) string { return floorMark(channel) }

// WithOrderWait bounds how long a reply waits for those of the links before it in
// the message.
func WithOrderWait(d time.Duration) Option {
	return optionFunc(func(s settings) settings { s.inTurn = d; return s })
}
