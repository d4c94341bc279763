package slack

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/slack/links"
	"github.com/technoshare/commentator/internal/text"
)

// usage are the slash command's words, a line each.
const usage = "• `/technoshare run &lt;link&gt;` comments on a link\n" +
	"• `/technoshare status` shows what waits and what was done\n" +
	"• `/technoshare mute [domain]` leaves this channel, or a site, alone; `unmute [domain]` ends that"

var (
	// commandLink matches a link as Slack escapes it in commands, <https://a.b/c> or
	// <https://a.b/c|a.b/c>; domainPattern matches a.b and x.a.b, but no single word.
	commandLink   = lazyregexp.New(`^<([^|>]+)(?:\|[^>]*)?>$`)
	domainPattern = lazyregexp.New(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

const (
	// maxDomain is the length of the longest name in DNS, in characters. A longer one mutes nothing, and blocks do not hold it.
	maxDomain = 253
	// maxListed bounds a status in bytes: Socket Mode takes answers of up to 20,480, in which some characters are longer.
	maxListed = 8000
)

// command does a slash command and returns what its author sees. What takes
// longer than the 3 s that Slack waits becomes a task.
func (b *Bot) command(ctx context.Context, c slashCommand) (string, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(c.Text), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(verb) {
	case "run":
		return b.commandRun(ctx, c, rest)
	case "status":
		return b.commandStatus(ctx, c.ChannelID)
	case "mute", "unmute":
		return b.commandMute(ctx, c, strings.ToLower(verb) == "mute", rest)
	case "", "help":
		return usage, nil
	}
	return fmt.Sprintf("I don't know %q. This I know:\n%s", slackutilsx.EscapeMessage(text.Shorten(verb, maxDomain)), usage), nil
}

// commandRun stores the request as a task: to post takes longer than the command's author may
// wait. The trigger id names the request, so that a second delivery of it does nothing.
func (b *Bot) commandRun(ctx context.Context, c slashCommand, words string) (string, error) {
	var raw []string
	for word := range strings.FieldsSeq(words) {
		if m := commandLink.FindStringSubmatch(word); m != nil {
			word = m[1]
		}
		// People also type a.example/page, of which Slack makes no link in a command.
		if !strings.Contains(word, "://") {
			word = "https://" + word
		}
		raw = append(raw, strings.ReplaceAll(word, "&amp;", "&"))
	}
	ls := links.Parse(raw...)
	if len(ls) == 0 {
		return "Give a link to read, such as `/technoshare run https://example.com/article`.", nil
	}
	ls = ls[:min(len(ls), b.cfg.MaxLinks)]
	t := target{Channel: c.ChannelID, User: c.UserID, Asked: c.TriggerID, Respond: c.ResponseURL}
	for _, l := range ls {
		t.URLs = append(t.URLs, l.URL)
	}
	_, err := b.stores.Queue.Accept(ctx, job.Submission{
		Kind: "command", Keys: []string{"command/" + c.TriggerID}, Tasks: []job.Task{{Kind: taskCommand, Payload: t}},
	})
	if err != nil {
		return "", err
	}
	return "On it.", nil
}

// commandStatus describes the queue, the last links of the channel, and the mutes that concern
// it.
func (b *Bot) commandStatus(ctx context.Context, channel string) (string, error) {
	st, err := b.stores.Queue.Status(ctx)
	if err != nil {
		return "", err
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%d waiting, %d running, %d to be tried again", st.Queued, st.Running, st.Waiting)
	if st.Oldest > time.Minute {
		fmt.Fprintf(&s, "; the oldest has waited %s", st.Oldest.Round(time.Second))
	}
	fmt.Fprintf(&s, ". Done: %d", st.Ended["success"])
	if n := st.Ended["gate_failed"]; n > 0 {
		fmt.Fprintf(&s, ", %d failed a quality gate", n)
	}
	if n := st.Ended["error"]; n > 0 {
		fmt.Fprintf(&s, ", %d ended in an error", n)
	}
	recent, err := b.stores.Queue.Recent(ctx, channel, 5)
	if err != nil {
		return "", err
	}
	for _, l := range recent {
		state := string(l.State)
		if l.State.Final() {
			state = l.Outcome
		}
		fmt.Fprintf(&s, "\n• %s: %s", slackutilsx.EscapeMessage(redact.Short(l.URL)), state)
	}
	mutes, err := b.stores.People.Mutes(ctx)
	if err != nil {
		return "", err
	}
	more := 0
	for _, m := range mutes {
		switch {
		case m.Scope != "domain" && m.Value != channel:
		case s.Len() > maxListed || len(m.Value) > maxDomain:
			more++
		default:
			fmt.Fprintf(&s, "\nMuted: %s, by <@%s>", muteName(m.Scope, m.Value), m.User)
		}
	}
	if more > 0 {
		fmt.Fprintf(&s, "\n… and %d more", more)
	}
	return s.String(), nil
}

// muteName is what people call a mute.
func muteName(scope, value string) string {
	if scope == "channel" {
		return "this channel"
	}
	return slackutilsx.EscapeMessage(value)
}

// commandMute mutes or unmutes the channel, for nothing or "here", or a site, which may be
// written as a domain or as any link to it. It is done at once: it takes one statement.
func (b *Bot) commandMute(ctx context.Context, c slashCommand, mute bool, what string) (string, error) {
	scope, value := "channel", c.ChannelID
	if what != "" && what != "here" {
		d := strings.ToLower(what)
		if m := commandLink.FindStringSubmatch(d); m != nil {
			d = m[1]
		}
		if u, err := url.Parse(d); err == nil && u.Host != "" {
			d = u.Hostname()
		}
		d = strings.TrimPrefix(d, "www.")
		if !domainPattern.MatchString(d) || mute && len(d) > maxDomain {
			return fmt.Sprintf("%q is no domain: write one such as `example.com`, or nothing for this channel.",
				slackutilsx.EscapeMessage(text.Shorten(what, maxDomain))), nil
		}
		scope, value = "domain", d
	}
	name := muteName(scope, value)
	if mute {
		if err := b.stores.People.Mute(ctx, job.Mute{Scope: scope, Value: value, User: c.UserID}); err != nil {
			return "", err
		}
		return fmt.Sprintf("Muted %s: links get no comment unless somebody asks for one. `/technoshare unmute` takes it back.", name), nil
	}
	existed, err := b.stores.People.Unmute(ctx, scope, value)
	if err != nil {
		return "", err
	}
	if !existed {
		return fmt.Sprintf("%s was not muted.", upperFirst(name)), nil
	}
	return fmt.Sprintf("Unmuted %s.", name), nil
}
