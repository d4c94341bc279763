package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/retry"
	"github.com/technoshare/commentator/internal/text"
)

// digestWords are what people say to have a digest.
var digestWords = []string{"digest", "weekly digest"}

const (
	// digestSpan is the time that a digest is about.
	digestSpan = 7 * 24 * time.Hour
	// maxDigest bounds the links of a digest, of maxRanked that compete for it; maxEntry the words of
	// one, and maxEntryTitle its title, in characters. Together they stay below Slack's 50 blocks and
	// 13,200 characters of a message.
	maxDigest, maxRanked    = 12, 200
	maxEntry, maxEntryTitle = 500, 150
	// maxEntryURL is the longest address that is made a link; Slack takes 3000 characters.
	maxEntryURL = 2000
)

// digestDue posts a digest whose time has come. A week without a comment gets none.
func (w *Worker) digestDue(ctx context.Context, d job.DigestDue) error {
	set, err := w.bot.stores.Channels.Settings(ctx, d.Channel)
	if err != nil {
		return retry.Passing(err)
	}
	if !set.Digest.On {
		return nil // switched off meanwhile
	}
	key := "digest/" + d.Channel + "/" + d.At.UTC().Format(time.RFC3339)
	_, err = w.digest(ctx, job.Post{Key: key, JobID: job.Notice, Channel: d.Channel}, d.At, "")
	return err
}

// digestNow posts the digest that somebody asks for: in the thread of the mention, or into the channel
// for who pressed the button in App Home.
func (w *Worker) digestNow(ctx context.Context, t target) error {
	now, err := w.bot.stores.Marks.Now(ctx)
	if err != nil {
		return retry.Passing(err)
	}
	row := job.Post{Key: "digest-now/" + t.Channel + "/" + t.TS + t.Asked, JobID: job.Notice, Channel: t.Channel, ThreadTS: t.Thread}
	by := ""
	if t.Thread == "" {
		by = t.User
	}
	found, err := w.digest(ctx, row, now, by)
	if err != nil || found {
		return err
	}
	return w.notice(ctx, row.Key, t.Channel, t.Thread, "There is no digest: I have commented on nothing here in the last seven days.")
}

// digest posts what was commented on in a channel in the week before to, and reports whether there was
// anything. It is made of what is stored of this channel, and asks no model.
func (w *Worker) digest(ctx context.Context, row job.Post, to time.Time, by string) (found bool, err error) {
	all, more, err := w.bot.stores.Queue.Answered(ctx, row.Channel, to.Add(-digestSpan), to, maxRanked)
	if err != nil {
		return false, retry.Passing(err)
	}
	if len(all) == 0 {
		return false, nil
	}
	slices.SortStableFunc(all, func(a, b job.Answered) int { return (b.Good - b.Bad) - (a.Good - a.Bad) })
	shown := all[:min(len(all), maxDigest)]
	count := countOf(len(all)+more, "link was", "links were")
	from := to.Add(-digestSpan).UTC().Format("2 January")
	about := fmt.Sprintf("%s commented on here from %s to %s.", count, from, to.UTC().Format("2 January 2006"))
	if by != "" {
		about += fmt.Sprintf(" <@%s> asked for this digest.", by)
	}
	blocks := []any{header("Weekly digest"), contextLine(about)}
	for _, a := range shown {
		link, err := w.commentOf(ctx, a.ID)
		if err != nil {
			return true, err
		}
		blocks = append(blocks, entry(a, maxEntry), contextLine(w.aside(ctx, a, link)))
	}
	if left := len(all) + more - len(shown); left > 0 {
		blocks = append(blocks, contextLine(fmt.Sprintf("and %d more", left)))
	}
	raw, err := json.Marshal(blocks)
	if err != nil {
		return true, fmt.Errorf("encode the digest: %w", err)
	}
	_, err = w.bot.poster.post(ctx, row, Outgoing{Text: "Weekly digest: " + about, Blocks: raw})
	return true, err
}

// entry is a link with the words of its comment. Titles and words come from pages and models: in
// rich_text they are text and nothing else.
func entry(a job.Answered, most int) any {
	shown := redact.URL(a.URL)
	title := text.Shorten(text.OneLine(text.Strip(a.Title)), maxEntryTitle)
	if title == "" {
		title = redact.Short(shown)
	}
	bold := map[string]any{"bold": true}
	head := map[string]any{"type": "text", "text": title, "style": bold}
	if len(shown) <= maxEntryURL {
		head = map[string]any{"type": "link", "url": shown, "text": title, "style": bold}
	}
	elements := []any{head}
	if words := inWords(strings.Join(a.TLDR, " "), most); words != "" && most > 0 {
		elements = append(elements, map[string]any{"type": "text", "text": "\n" + words})
	}
	return map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": elements}}}
}

// inWords is a comment's text in at most so many characters, cut between words, without the marks of code,
// which rich_text shows as they are.
func inWords(s string, most int) string {
	s = text.Shorten(text.OneLine(text.Strip(strings.ReplaceAll(s, "`", ""))), most)
	if space := strings.LastIndexByte(s, ' '); strings.HasSuffix(s, "…") && space > len(s)/2 { // some languages have none
		s = s[:space] + " …"
	}
	return s
}

// aside is what stands below an entry. Who shared it is named and not mentioned: a digest calls nobody.
func (w *Worker) aside(ctx context.Context, a job.Answered, comment string) string {
	var parts []string
	if name := w.bot.names.of(ctx, a.User); a.User != "" && name != "" {
		parts = append(parts, "shared by "+slackutilsx.EscapeMessage(name))
	}
	for _, v := range []struct {
		emoji string
		n     int
	}{{"👍", a.Good}, {"👎", a.Bad}} {
		if v.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", v.emoji, v.n))
		}
	}
	if comment != "" {
		parts = append(parts, "<"+linkTarget(comment)+"|comment>")
	}
	if len(parts) == 0 {
		return a.Ended.UTC().Format("2 January")
	}
	return strings.Join(parts, " · ")
}

// countOf is a number with its noun, and a verb where there is one.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
