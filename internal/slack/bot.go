package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

// Bot is one app in one workspace. Its halves share it. It is safe for concurrent use.
type Bot struct {
	cfg      Config
	channels []Channel
	stores   Stores
	api      API
	settings
	poster *Poster
	health health
	gaps   gaps
	bodies *bodies // of requests by HTTP
	names  names

	idMu     sync.Mutex
	identity *Identity
}

// New makes a bot that keeps what it has to in stores. It does not talk to Slack yet. An error
// is a [SettingsError]. The app token is not asked for, since HTTP events and the working half
// need none.
func New(cfg Config, stores Stores, opts ...Option) (*Bot, error) {
	s := newSettings(opts)
	channels, err := ParseChannels(cfg.Channels)
	if err != nil {
		return nil, err
	}
	if err := cfg.checkTokens(false); err != nil {
		return nil, err
	}
	// 0 is what a caller has who set nothing; it must not mean that nothing is answered.
	cfg.MaxLinks = max(cfg.MaxLinks, 1)
	b := &Bot{
		cfg: cfg, channels: channels, stores: stores, settings: s, bodies: newBodies(), api: newWebAPI(cfg.BotToken, cfg.AppToken, cfg.APIURL),
	}
	b.poster = &Poster{
		api: b.api, posts: stores.Posts, queue: stores.Queue, pace: newPace(s.postEvery), inTurn: s.inTurn, log: s.log, now: s.now,
		wall: func() time.Time { return s.now().Round(0) },
	}
	b.names = names{api: b.api, now: s.now}
	return b, nil
}

// Poster posts the replies of jobs. There is one for each bot, so that all who post keep one
// pace.
func (b *Bot) Poster() *Poster { return b.poster }

// who asks Slack once who the bot is. An answer is kept for good, an error is not. The lock is
// held during the call: who else wants to know waits for the same answer.
func (b *Bot) who(ctx context.Context) (Identity, error) {
	b.idMu.Lock()
	defer b.idMu.Unlock()
	if b.identity != nil {
		return *b.identity, nil
	}
	id, err := b.api.Identity(ctx)
	if err != nil {
		return Identity{}, err
	}
	b.identity = &id
	return id, nil
}

// identifyBackoff is the wait between questions who the bot is.
var identifyBackoff = retry.Backoff{First: 500 * time.Millisecond, Longest: 30 * time.Second, Factor: 2}

// identify asks who the bot is until Slack answers, unless it says that it never
// will.
func (b *Bot) identify(ctx context.Context) (Identity, error) {
	for failures := 0; ; failures++ {
		id, err := b.who(ctx)
		switch {
		case err == nil:
			return id, nil
		case ctx.Err() != nil:
			return Identity{}, ctx.Err()
		case refused(err):
			return Identity{}, b.refusal("SLACK_BOT_TOKEN", err)
		case isFinal(err):
			return Identity{}, &SettingsError{"SLACK_BOT_TOKEN", "is not taken: " + err.Error()}
		}
		if failures == 0 {
			b.log.Warn("Slack does not answer yet", "error", err)
		}
		if err := retry.Sleep(ctx, max(identifyBackoff.Wait(failures), retry.After(err))); err != nil {
			return Identity{}, err
		}
	}
}

// refused reports whether Slack refuses the token itself: it takes a person to put that right.
func refused(err error) bool { return IsCode(err, refusedToken...) }

// refusal turns a refused token into a settings error.
func (b *Bot) refusal(setting string, err error) error {
	var e *Error
	code := "refused"
	if errors.As(err, &e) {
		code = e.Code
	}
	return &SettingsError{setting, fmt.Sprintf("is refused by Slack (%s): install the app again and copy the token anew", code)}
}

// reader makes the reader of events for the bot that self names.
func (b *Bot) reader(self Identity) *reader {
	r := &reader{self: self, channels: map[string]bool{}, maxLinks: b.cfg.MaxLinks}
	for _, c := range b.channels {
		r.channels[c.ID] = true
	}
	return r
}

// hash names a payload that has no id of its own: 24 hexadecimal digits.
func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}
