package spool

import "log/slog"

// Option configures a Spool.
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	maxFiles, maxDeadFiles int
	maxBytes, maxDeadBytes int64
	evictFirst             func(reason string) bool
	reach                  func(Destination) bool
	adopting               bool // the folder is opened to be emptied: it needs no id
	logger                 *slog.Logger
	disk                   disk
}

func newConfig(opts []Option) config {
	c := config{
		maxFiles: 50_000, maxBytes: 1 << 30,
		maxDeadFiles: 1_000, maxDeadBytes: 128 << 20,
		evictFirst: func(string) bool { return false }, reach: func(Destination) bool { return true },
		logger: slog.Default(), disk: osDisk{},
	}
	for _, o := range opts {
		c = o.apply(c)
	}
	return c
}

// WithMaxFiles bounds the number of pending parts (default 50,000).
func WithMaxFiles(n int) Option {
	return optionFunc(func(c config) config { c.maxFiles = n; return c })
}

// WithMaxBytes bounds the bytes of pending parts on disk (default 1 GiB).
func WithMaxBytes(n int64) Option {
	return optionFunc(func(c config) config { c.maxBytes = n; return c })
}

// WithMaxDead bounds dead/ and bad/, each of them (default 1,000 files and
// 128 MiB). Beyond that their oldest files are removed,
// see also WithEvictFirst.
func WithMaxDead(files int, bytes int64) Option {
	return optionFunc(func(c config) config { c.maxDeadFiles, c.maxDeadBytes = files, bytes; return c })
}

// WithEvictFirst says of which dead letters, by their reason, the loss costs least: at
// the bound of WithMaxDead they go before all others. It is called with a lock held and
// must not call back.
func WithEvictFirst(expendable func(reason string) bool) Option {
	return optionFunc(func(c config) config { c.evictFirst = expendable; return c })
}

// WithReach says what of the destinations that parts name the owner delivers to; by default
// it is all of them. Parts for others stay pending, within the same bounds, and are counted
// and listed (Entry.Elsewhere). It is called with a lock held and must not call back.
func WithReach(reaches func(Destination) bool) Option {
	return optionFunc(func(c config) config { c.reach = reaches; return c })
}

// WithLogger sets where a reached bound and damaged files are logged (default
// slog.Default).
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c config) config { c.logger = l; return c })
}

func withDisk(d disk) Option {
	return optionFunc(func(c config) config { c.disk = d; return c })
}
