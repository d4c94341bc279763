package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/queue"
)

// Bot is one app in one workspace. Its halves share it.
type Bot struct {
	cfg      Config
	channels []Channel
	store    *queue.Store
	api      API
	settings
	poster *Poster
	health health

	idMu     sync.Mutex
	identity *Identity
}

// New makes a bot. It does not talk to Slack yet.
func New(cfg Config, store *queue.Store, opts ...Option) (*Bot, error) {
	s := newSettings(opts)
	channels, err := ParseChannels(cfg.Channels)
	if err != nil {
		return nil, err
	}
	if err := cfg.checkTokens(false); err != nil {
		return nil, err
	}
	cfg.MaxLinks = max(cfg.MaxLinks, 1)
	b := &Bot{cfg: cfg, channels: channels, store: store, settings: s, api: s.api}
	if b.api == nil {
		b.api = newWebAPI(cfg.BotToken, cfg.AppToken, cfg.APIURL)
	}
	b.poster = &Poster{api: b.api, store: store, pace: newPace(s.postEvery), inTurn: s.inTurn, log: s.log, now: s.now}
	return b, nil
}

// Poster posts the replies of jobs.
func (b *Bot) Poster() *Poster { return b.poster }

// who asks Slack once who the bot is.
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

// whoSurely asks until Slack answers, unless it refuses the token.
func (b *Bot) whoSurely(ctx context.Context) (Identity, error) {
	for pause := 500 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		id, err := b.who(ctx)
		if err == nil {
			return id, nil
		}
		if ctx.Err() != nil {
			return Identity{}, ctx.Err()
		}
		if refused(err) {
			return Identity{}, b.refusal("SLACK_BOT_TOKEN", err)
		}
		var e *Error
		if errors.As(err, &e) && !e.Retryable() {
			return Identity{}, err
		}
		b.log.Warn("Slack does not answer yet", "error", err)
		select {
		case <-ctx.Done():
			return Identity{}, ctx.Err()
		case <-time.After(max(pause, e.RetryAfter())):
		}
	}
}

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

func (b *Bot) reader(self Identity) *reader {
	r := &reader{self: self, channels: map[string]bool{}, maxLinks: b.cfg.MaxLinks}
	for _, c := range b.channels {
		r.channels[c.ID] = true
	}
	return r
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}
