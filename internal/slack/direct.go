package slack

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/retry"
)

// DirectPoster posts comments into a channel rather than a thread, for runs
// from the command line. It keeps nothing on disk: within the process a job is
// posted once, and an answer that leaves open whether a post took effect is
// decided by looking for it in the channel.
type DirectPoster struct {
	api     API
	channel string

	mu     sync.Mutex
	posted map[string]job.Posted // by job
}

var _ job.Poster = (*DirectPoster)(nil)

// NewDirectPoster makes a poster for one channel. It does not ask Slack yet. channel may read
// "C123=name", as in the settings.
func NewDirectPoster(cfg Config, channel string) (*DirectPoster, error) {
	if err := cfg.checkTokens(false); err != nil {
		return nil, err
	}
	chs, err := ParseChannels([]string{channel})
	if err != nil || len(chs) != 1 {
		return nil, errors.Join(err, errors.New("name one channel to post to, by its ID"))
	}
	return &DirectPoster{api: newWebAPI(cfg.BotToken, cfg.AppToken, cfg.APIURL), channel: chs[0].ID, posted: map[string]job.Posted{}}, nil
}

// Post posts the first message in the channel and the others under it. A job whose second
// message fails is not noted as posted: the next call looks for nothing and posts the first
// again. Runs from the command line are made once and watched.
func (p *DirectPoster) Post(ctx context.Context, j job.Job, messages []job.Message) (job.Posted, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done, ok := p.posted[j.ID]; ok {
		return done, nil
	}
	out := job.Posted{Channel: p.channel}
	for i, m := range messages {
		ts, err := p.post(ctx, Outgoing{Channel: p.channel, Thread: out.TS, Text: m.Text, Blocks: m.Blocks, Key: postKey(j.ID, i)})
		if err != nil {
			return job.Posted{}, err
		}
		if i == 0 {
			out.TS = ts
		}
	}
	out.Permalink, _ = p.api.Permalink(ctx, p.channel, out.TS) // a comment is no worse without
	p.posted[j.ID] = out
	return out, nil
}

// post posts one message, and tries again what Slack failed at. It looks a minute back, as its
// clock and Slack's may differ.
func (p *DirectPoster) post(ctx context.Context, m Outgoing) (string, error) {
	began := time.Now()
	for try := 1; ; try++ {
		ts, err := p.api.Post(ctx, m)
		var e *Error
		if err == nil || !errors.As(err, &e) || !e.retryable || try >= maxTries || e.after > maxWait {
			return ts, err
		}
		if err := retry.Sleep(ctx, max(e.after, visibleAfter)); err != nil {
			return "", err
		}
		if !e.Unclear {
			continue
		}
		var found string
		look := func(msg Message) bool {
			if msg.Key == m.Key {
				found = msg.TS
			}
			return found == ""
		}
		if m.Thread != "" {
			err = p.api.Thread(ctx, m.Channel, m.Thread, "", look)
		} else {
			err = p.api.History(ctx, m.Channel, slackTime(began.Add(-time.Minute)), look)
		}
		if err != nil || found != "" {
			return found, err
		}
	}
}
