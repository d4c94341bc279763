package comment

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Limits of Slack: 3,000 characters in a section's text and 50 blocks in a
// message (docs.slack.dev, Block Kit reference); about 13,200 characters in
// all blocks of a message (slackapi/bolt-js#2509). Ours keep a distance.
const (
	// In characters after escaping: of a section's text, and of all blocks of a
	// message; then the number of blocks, and the characters of a message's
	// text outside of its blocks, which notifications and screen readers use.
	maxSection = 2900
	maxMessage = 12000
	maxBlocks  = 45
	maxText    = 1500
)

// message is a job.Message before its blocks are JSON.
type message struct {
	text   string
	blocks []slack.Block
}

// Messages renders a reply for Slack: one message, or more when a comment is
// too long for one, to be posted in their order. There is always at least one.
// Below a comment are the buttons by which people judge it, in its last message.
// Why there is no comment always fits into one.
func Messages(r job.Reply) []job.Message {
	all := messages(newDocument(r))
	if r.Outcome == job.OutcomeSuccess {
		last := &all[len(all)-1]
		last.blocks = append(last.blocks, feedbackBlock())
	} else {
		all = all[:1]
	}
	out := make([]job.Message, len(all))
	for i, m := range all {
		blocks, err := json.Marshal(m.blocks)
		if err != nil { // all values are strings; the text says the same
			blocks = nil
		}
		out[i] = job.Message{Text: m.text, Blocks: blocks}
	}
	return out
}

// messages packs blocks into messages, in their order, each as full as the
// limits allow. There is always at least one: a document without any text
// becomes a message of its fallback. From the second on, each begins with a
// note that it continues.
func messages(d document) []message {
	blocks := d.blocks()
	var packs [][]slack.Block
	var pack []slack.Block
	n := 0
	for _, b := range blocks {
		// A block alone is below maxMessage, so that no message stays empty.
		// One block is kept free of maxBlocks and Slack's limit for the note.
		if len(pack) > 0 && (n+b.size > maxMessage || len(pack) == maxBlocks) {
			packs, pack, n = append(packs, pack), nil, 0
		}
		pack, n = append(pack, b.Block), n+b.size
	}
	if len(pack) > 0 {
		packs = append(packs, pack)
	}
	out := make([]message, 0, max(len(packs), 1))
	for i, p := range packs {
		m := message{blocks: p}
		if i == 0 {
			m.text = d.fallback(d.Lead)
		} else {
			note := fmt.Sprintf("continued, %d of %d", i+1, len(packs))
			m.text = text.Shorten(d.name()+" ("+note+")", maxText)
			m.blocks = append([]slack.Block{contextBlock(note)}, p...)
		}
		out = append(out, m)
	}
	if len(out) == 0 {
		text := d.fallback(d.Lead)
		out = append(out, message{text, []slack.Block{sectionBlock(text)}})
	}
	return out
}

// sized is a block and the characters that Slack counts in it.
type sized struct {
	slack.Block
	size int
}

// blocks lays a document out in blocks, each within the limit of a section.
func (d document) blocks() []sized {
	var out []sized
	add := func(block func(string) slack.Block, s string) {
		if strings.TrimSpace(s) != "" {
			out = append(out, sized{block(s), size(s)})
		}
	}
	// The title is bold as a whole, its link included.
	if len(d.Title) > 0 {
		head := make([]span, len(d.Title))
		for i, s := range d.Title {
			s.Bold = true
			head[i] = s
		}
		add(sectionBlock, mrkdwn(head))
	}
	add(sectionBlock, mrkdwn(d.Intro))
	for _, s := range d.Sections {
		for _, part := range s.parts() {
			add(sectionBlock, part)
		}
	}
	var small []string
	for _, n := range d.Notes {
		small = append(small, mrkdwn(n))
	}
	for _, l := range d.Links {
		small = append(small, mrkdwn([]span{l}))
	}
	// Small print of all kinds shares blocks, so that it takes one line where
	// it fits.
	for _, group := range join(small, "  ·  ", maxSection) {
		add(contextBlock, group)
	}
	return out
}

// parts are the texts of a section's blocks: one, or more when it is long. The
// heading stands in the first only. An item is cut where it is longer than a
// block; the rest of it has no bullet of its own.
func (s section) parts() []string {
	var lines []string
	if s.Heading != "" {
		lines = append(lines, "*"+slackutilsx.EscapeMessage(s.Heading)+"*")
	}
	if len(s.Items) == 0 {
		lines = append(lines, none)
	}
	for _, item := range s.Items {
		// 100 less than a section: for the bullet and for spaces around marks.
		for i, piece := range split(item, maxSection-100) {
			mark := ""
			if s.List && i == 0 {
				mark = "• "
			}
			lines = append(lines, mark+mrkdwn(piece))
		}
	}
	return join(lines, "\n", maxSection)
}

// join puts as many lines into each text as fit into most characters with sep
// between them. A line that is longer than most becomes a text of its own.
func join(lines []string, sep string, most int) []string {
	var out []string
	text := ""
	for _, l := range lines {
		if text != "" && size(text)+size(sep)+size(l) > most {
			out = append(out, text)
			text = ""
		}
		if text != "" {
			text += sep
		}
		text += l
	}
	if text != "" {
		out = append(out, text)
	}
	return out
}

// split cuts spans into pieces that take at most so many characters in Slack,
// between words where it can. Links and their labels stay whole, unless one
// alone is too long for a piece. Each round of the inner loop either places the
// span, makes it shorter, takes its link away or ends the piece, so that the
// loop ends.
func split(spans []span, most int) [][]span {
	var out [][]span
	var piece []span
	left := most
	for _, s := range spans {
		for {
			// What surely does not fit is not written to be measured: a long text would be, once for each of its pieces.
			if len(s.Text) <= left*utf8.UTFMax {
				// 2 for the invisible spaces that mrkdwn may put around a mark.
				if n := size(mrkdwn([]span{s})) + 2; n <= left {
					piece, left = append(piece, s), left-n
					break
				}
			}
			if s.Link != "" && len(piece) == 0 {
				s.Link = "" // an address as long as a section is text
				continue
			}
			if s.Link == "" {
				if head, tail := cut(s, left); head.Text != "" {
					piece, s = append(piece, head), tail
				}
			}
			if len(piece) > 0 {
				out = append(out, piece)
			}
			piece, left = nil, most
		}
	}
	if len(piece) > 0 {
		out = append(out, piece)
	}
	return out
}

// cut parts a span before the last word that no longer fits into room
// characters, or within a word that is longer than that. The head is empty when
// not even one character fits, the tail when all does. The sizes are those
// after escaping; 4 are kept for the marks of bold or code.
func cut(s span, room int) (head, tail span) {
	head, tail = s, s
	n, space := 0, 0
	for i, r := range s.Text {
		w := size(slackutilsx.EscapeMessage(string(r)))
		if n+w > room-4 {
			if space > 0 {
				i = space
			}
			head.Text, tail.Text = s.Text[:i], strings.TrimPrefix(s.Text[i:], " ")
			return head, tail
		}
		n += w
		if r == ' ' {
			space = i
		}
	}
	return head, span{}
}

// name is the title, or what stands for it, escaped for Slack.
func (d document) name() string {
	if t := unmarked(d.Title); t != "" {
		return slackutilsx.EscapeMessage(t)
	}
	return "this link"
}

// fallback is what notifications show: lead, title and the first section, at a
// fifth of maxText, since a notification has a line or two. It is escaped and
// never empty; Slack refuses messages without it.
func (d document) fallback(lead string) string {
	body := unmarked(d.Intro)
	if len(d.Sections) > 0 {
		for _, i := range d.Sections[0].Items {
			body += " " + unmarked(i)
		}
	}
	head := lead
	if t := unmarked(d.Title); t != "" {
		head += t + " — "
	}
	s := slackutilsx.EscapeMessage(strings.TrimSpace(text.Shorten(line(head+body), maxText/5)))
	if s == "" {
		return "Nothing to say."
	}
	return s
}

// sectionBlock and contextBlock are verbatim: Slack makes links of nothing
// that is not marked as one.
func sectionBlock(s string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, s, false, true), nil, nil)
}

// contextBlock is small print, which Slack shows smaller and in grey.
func contextBlock(s string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, s, false, true))
}

// feedbackBlock are 👍 and 👎 as buttons, which Slack shows small and without words but to screen
// readers (docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element).
func feedbackBlock() slack.Block {
	button := func(emoji, label, value string) *slack.FeedbackButton {
		return slack.NewFeedbackButton(slack.NewTextBlockObject(slack.PlainTextType, emoji, true, false), value).WithAccessibilityLabel(label)
	}
	return slack.NewContextActionsBlock("", slack.NewFeedbackButtonsBlockElement(job.FeedbackAction,
		button("👍", "This comment was helpful", job.FeedbackGood), button("👎", "This comment was not helpful", job.FeedbackBad)))
}
