package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/technoshare/commentator/internal/retry"
)

const (
	// pingTimeout is how long the socket may stay without a ping from Slack.
	pingTimeout = 30 * time.Second
	// readLimit bounds one frame; recorded envelopes have up to 67 kB.
	readLimit = 1 << 20
	// ackOnWire is how long an acknowledgement may take to be handed over.
	ackOnWire = 2 * time.Second
)

// socket is Socket Mode by slack-go. It reconnects by itself. It belongs to one call of run.
// slack-go reads on goroutines of its own and hands events over by the channel Events, from
// which run takes them one at a time.
type socket struct {
	client *socketmode.Client
	log    *slog.Logger
	health *health

	odd   int            // messages that were no envelopes
	after sync.WaitGroup // what follows acknowledgements
	busy  chan struct{}  // holds one for each of it
}

// maxAfter bounds what follows acknowledgements at the same time.
const maxAfter = 8

// newSocket makes a socket that is not connected yet. The dialer is ours for heardConn's sake;
// slack-go's own log is off, since run reports what matters.
func newSocket(cfg Config, l *slog.Logger, h *health) *socket {
	opts := []slack.Option{slack.OptionAppLevelToken(cfg.AppToken), slack.OptionHTTPClient(newOpener(l))}
	if cfg.APIURL != "" {
		opts = append(opts, slack.OptionAPIURL(strings.TrimRight(cfg.APIURL, "/")+"/"))
	}
	dialer := &websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: 20 * time.Second,
		WriteBufferSize:  32 << 10, // as slack-go: answers must not be split into frames
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return heardConn{c, h}, nil
		},
	}
	return &socket{
		client: socketmode.New(slack.New(cfg.BotToken, opts...), socketmode.OptionDialer(dialer), socketmode.OptionReadLimit(readLimit),
			socketmode.OptionPingInterval(pingTimeout), socketmode.OptionLog(log.New(io.Discard, "", 0))),
		log: l, health: h, busy: make(chan struct{}, maxAfter),
	}
}

// heardConn notes when anything came over the connection, pings included.
type heardConn struct {
	net.Conn
	health *health
}

// Read may be called by slack-go's goroutine while others ask for the health, which has a lock.
func (c heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.health.heard(time.Now())
	}
	return n, err
}

// run hands deliveries to handle, one after another, until ctx ends or Slack
// refuses the token. connected is called after each connect.
func (s *socket) run(ctx context.Context, handle func(context.Context, envelope) answer, connected func()) error {
	defer s.after.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		for failures := 0; ; failures++ {
			err := s.client.RunContext(ctx)
			if ctx.Err() == nil && errors.Is(err, context.Canceled) {
				continue // of one connection, not of ours
			}
			// slack-go ends at a 404 too, which Slack does not give and a proxy may.
			if e := wrap("apps.connections.open", err); ctx.Err() == nil && !isFinal(e) {
				s.log.Warn("no connection to Slack", "error", e, "attempt", failures)
				if retry.Sleep(ctx, identifyBackoff.Wait(failures)) == nil {
					continue
				}
			}
			ended <- err
			return
		}
	}()
	defer s.health.disconnected()
	for {
		select {
		case err := <-ended:
			return wrap("apps.connections.open", err)
		case evt := <-s.client.Events:
			if err := s.event(ctx, evt, handle, connected); err != nil {
				cancel()
				<-ended //nolint:errcheck // it ends because of cancel; err is the cause
				return err
			}
		}
	}
}

// event acts on one event of slack-go. An error ends the connection for good.
func (s *socket) event(ctx context.Context, evt socketmode.Event, handle func(context.Context, envelope) answer, connected func()) error {
	switch evt.Type {
	case socketmode.EventTypeConnecting:
		s.health.disconnected()
	case socketmode.EventTypeConnected:
		s.health.connected(time.Now())
		s.log.Info("connected to Slack")
		connected()
	case socketmode.EventTypeConnectionError:
		if e, ok := evt.Data.(*slack.ConnectionErrorEvent); ok {
			err := wrap("apps.connections.open", e.ErrorObj)
			if refused(err) || IsCode(err, "missing_scope") {
				return err // slack-go would go on trying
			}
			if ctx.Err() != nil {
				return nil
			}
			s.log.Warn("no connection to Slack", "error", err, "attempt", e.Attempt, "next_in", e.Backoff.Round(time.Millisecond))
		}
	case socketmode.EventTypeErrorWriteFailed:
		s.log.Warn("an acknowledgement was not sent; Slack delivers the event again")
	case socketmode.EventTypeErrorBadMessage:
		// slack-go could not type it. Perhaps we can; in any case it must be acknowledged.
		if bad, ok := evt.Data.(*socketmode.ErrorBadMessage); ok {
			var r socketmode.Request
			if err := json.Unmarshal(bad.Message, &r); err != nil || r.EnvelopeID == "" {
				if s.odd++; s.odd == 1 {
					s.log.Warn("Slack sent something that is no envelope; more are not named", "bytes", len(bad.Message))
				}
				return nil
			}
			s.dispatch(ctx, &r, handle)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive:
		s.dispatch(ctx, evt.Request, handle)
	}
	return nil
}

// dispatch hands a delivery over and acknowledges it only if it was stored. Without an
// acknowledgement Slack delivers it again, to this socket or to another of the app. An answer's
// payload goes along where the envelope says that it may.
func (s *socket) dispatch(ctx context.Context, r *socketmode.Request, handle func(context.Context, envelope) answer) {
	a := handle(ctx, envelope{kind: r.Type, payload: r.Payload, attempt: r.RetryAttempt, reason: r.RetryReason})
	if !a.ack {
		return
	}
	payload := a.payload
	if !r.AcceptsResponsePayload {
		payload = nil
	}
	acking, cancel := context.WithTimeout(ctx, ackOnWire)
	defer cancel()
	if err := s.client.AckCtx(acking, r.EnvelopeID, payload); err != nil {
		s.log.Warn("an acknowledgement was not sent; Slack delivers the event again", "error", fmt.Errorf("acknowledge: %w", err))
	}
	if a.then == nil {
		return
	}
	select {
	case s.busy <- struct{}{}:
		s.after.Go(func() {
			defer func() { <-s.busy }()
			a.then(ctx)
		})
	default: // too many at once: it is an extra
		s.log.Warn("too much follows acknowledgements at the moment; a form is not opened")
	}
}
