package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/slack/links"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// envelope is one delivery from Slack, by socket or by HTTP. The kinds are the types of Socket
// Mode's envelopes; HTTP requests are given them.
type envelope struct {
	kind    string // events_api, slash_commands, interactive
	payload []byte
	attempt int // of Slack's deliveries, 0 first
	reason  string
}

// answer is what Slack gets back. Without ack, it delivers again. What comes then is done after
// the answer was sent; it has a bound of its own.
type answer struct {
	ack     bool
	payload any
	then    func(context.Context)
}

// ackWithin is less than the 3 s that Slack waits.
const ackWithin = 2700 * time.Millisecond

// handle stores what follows from a delivery, then lets it be acknowledged. It goes on when
// ctx ends: what Slack delivered shall not be lost on the way out. The socket calls it for one
// delivery after another, HTTP for several at a time.
func (b *Bot) handle(ctx context.Context, self Identity, e envelope) answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWithin)
	defer cancel()
	b.health.heard(b.now())
	e.payload = storable(e.payload)
	if e.attempt > 0 {
		b.log.Info("Slack delivers again", "kind", e.kind, "attempt", e.attempt, "reason", e.reason)
	}
	switch e.kind {
	case "events_api":
		return b.handleEvent(ctx, self, e)
	case "slash_commands":
		var c slashCommand
		if err := json.Unmarshal(e.payload, &c); err != nil {
			return b.unreadable(ctx, e, err)
		}
		text, err := b.command(ctx, c)
		if err != nil {
			b.log.Error("slash command", "error", err)
			text = "That did not work: the queue does not answer at the moment. Please try again."
		}
		return answer{ack: true, payload: map[string]any{"response_type": "ephemeral", "text": text}}
	case "interactive":
		var in interaction
		if err := json.Unmarshal(e.payload, &in); err != nil {
			return b.unreadable(ctx, e, err)
		}
		switch in.Type {
		case "block_actions":
			p := b.reader(self).readAction(in)
			a := b.accept(ctx, p)
			if a.ack && p.form != nil {
				a.then = func(ctx context.Context) { b.openForm(ctx, *p.form) }
			}
			return a
		case "view_submission":
			return b.accept(ctx, readForm(in))
		}
		return b.accept(ctx, b.reader(self).readShortcut(in))
	}
	// A kind that is new to us: to refuse it would only make Slack deliver it again.
	return answer{ack: true}
}

// handleEvent handles a delivery of the Events API.
func (b *Bot) handleEvent(ctx context.Context, self Identity, e envelope) answer {
	p, err := b.reader(self).read(e.payload)
	if err != nil {
		return b.unreadable(ctx, e, err)
	}
	if p.revoked {
		b.health.report(fmt.Sprintf("Slack took the app's tokens away (%s): install the app again", p.why))
		b.log.Error("Slack took the app's tokens away: install the app again", "event", p.why)
	}
	if p.missed {
		b.log.Warn("Slack left out events because there were too many; they are looked up later")
		b.health.missed.Store(true)
	}
	return b.accept(ctx, p)
}

// accept stores a plan. A failure is not acknowledged, so that Slack delivers it again, here
// or to another listener. The span of the listener is linked from the traces of the jobs that
// follow. It is no run of its own in MLflow.
func (b *Bot) accept(ctx context.Context, p plan) answer {
	if p.empty() {
		b.log.Debug("event without consequences", "why", p.why)
		b.reportLeft(p.chanID, p.ts, p.left)
		b.health.note(p.chanID, p.ts)
		return answer{ack: true}
	}
	ctx, span := b.tracer.Start(ctx, "slack.receive "+p.event.Kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("messaging.system", "slack"), attribute.String("messaging.operation.type", "receive"),
		attribute.String("messaging.message.id", p.event.Keys[0]), mlflowattr.Run(false)))
	defer span.End()
	from := origin(ctx)
	for i := range p.event.Links {
		p.event.Links[i].Origin = from
	}
	if p.ts != "" && !b.gaps.in(p.chanID) {
		p.event.Mark, p.event.MarkValue = seenMark(p.chanID), p.ts
	}
	a, err := b.stores.Queue.Accept(ctx, p.event)
	if err != nil {
		span.SetStatus(codes.Error, "not stored")
		b.health.failures.Add(1)
		b.log.Error("an event was not stored; Slack delivers it again", "event", p.event.Keys[0], "error", err)
		return answer{}
	}
	b.report(p, a)
	return answer{ack: true}
}

// report says in the log what became of an event that was stored.
func (b *Bot) report(p plan, a job.Accepted) {
	if a.Duplicate {
		b.log.Debug("event known already", "event", p.event.Keys[0])
		return
	}
	for _, l := range a.Links {
		b.log.Info("link "+string(l.Admission), "job_id", l.ID, "domain", l.Domain,
			"channel", l.Channel, "message_ts", l.MessageTS, "source", l.Source)
	}
	channel, ts := p.chanID, p.ts
	if len(a.Links) > 0 {
		channel, ts = a.Links[0].Channel, a.Links[0].MessageTS
	}
	b.reportLeft(channel, ts, p.left)
	if len(a.Links) == 0 {
		b.log.Info("event stored", "kind", p.event.Kind, "event", p.event.Keys[0])
	}
}

// maxReported bounds the links of one message that the log names as not taken.
const maxReported = 10

// reportLeft says in the log which links of a message are not taken, and why.
func (b *Bot) reportLeft(channel, ts string, left []links.Left) {
	for _, l := range left[:min(len(left), maxReported)] {
		b.log.Info("link not taken", "reason", l.Reason, "domain", l.Domain, "channel", channel, "message_ts", ts)
	}
	if n := len(left) - maxReported; n > 0 {
		b.log.Info("more links not taken", "count", n, "channel", channel, "message_ts", ts)
	}
}

// unreadable stores a payload that makes no sense, and acknowledges it:
// delivered again it would make no more.
func (b *Bot) unreadable(ctx context.Context, e envelope, cause error) answer {
	id := hash(e.payload)
	b.log.Error("an event can't be understood; it is stored in the table commentator_unreadable", "event", id, "error", cause)
	if err := b.stores.Queue.SaveUnreadable(ctx, id, cause.Error(), e.payload); err != nil {
		b.log.Error("it could not be stored either", "event", id, "error", err)
		return answer{}
	}
	return answer{ack: true}
}

// Run is the listening half: it connects by Socket Mode and stores what comes, until ctx ends.
// It returns a *SettingsError when Slack refuses a token. After ctx has ended it returns nil,
// once the socket is closed and the look back has stopped.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.cfg.checkTokens(true); err != nil {
		return err
	}
	self, err := b.identify(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fill := b.startBackfill(ctx, self)
	// In the order in which they run: cancel, so that the look back ends, then wait for it.
	defer fill.wait()
	defer cancel()
	err = newSocket(b.cfg, b.log, &b.health).run(ctx, func(ctx context.Context, e envelope) answer { return b.handle(ctx, self, e) }, fill.now)
	switch {
	case ctx.Err() != nil:
		return nil
	case refused(err):
		return b.refusal("SLACK_APP_TOKEN", err)
	}
	return err
}
