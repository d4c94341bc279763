package links

import (
	"encoding/json"
	"slices"
	"strings"
)

// Message is what a message shows, as Slack sends it. The raw fields are arrays; one that is
// missing, or no array, shows nothing.
type Message struct {
	Text        string
	Blocks      json.RawMessage
	Attachments json.RawMessage
	Files       json.RawMessage
	// Own are the ids of users and bots whose forwarded messages are not read, such as that of
	// the program itself: its comments name links that it has read already.
	Own []string
}

// Found is what a message shows of links. No list has two spellings of one link.
type Found struct {
	// Links are those that can be read, in the order in which they are shown.
	Links []Link
	// Left are those that are not taken, with the reason for each.
	Left []Left
}

// Left is a link that is not taken. Domain is empty where none could be made out; the rest of
// an address may be a secret and is not kept.
type Left struct{ Domain, Reason string }

// maxShown bounds the links of one message that are looked at. Slack cuts messages at 40,000
// characters, and a reader answers a handful of them.
const maxShown = 500

// shown is a link as it stands in a message. reason says why it is not to be taken, "" when it
// is.
type shown struct {
	raw, reason string
	quoted      bool
}

// Extract returns the links of a message in the order in which a reader sees them: those of its
// blocks, of messages that it forwards or quotes, of tables and cards below it, and of files
// that lie elsewhere. Where blocks are shown, the text is not, and may say something else; it
// counts for messages without blocks, as older clients send them, and where no block of it has
// a link. Links in code are not meant to be followed, and a preview of a link is not a second
// link.
func Extract(m Message) Found {
	s := &scan{own: m.Own}
	s.content(m.Blocks, m.Text)
	s.attachments(m.Attachments, 0)
	s.files(m.Files)
	f := sorted(s.all)
	f.Left = append(f.Left, s.left...)
	return f
}

// Parse cleans links and drops those that can't be fetched and repetitions. Two spellings of
// one link are a repetition; the first one stays. The result is nil for none.
func Parse(raw ...string) []Link {
	var all []shown
	for _, r := range raw {
		all = append(all, shown{raw: r})
	}
	return sorted(all).Links
}

// sorted tells the links to read from the others. What is shown twice counts where it is the
// message's own, rather than where another message is quoted.
func sorted(all []shown) Found {
	var out Found
	at, left := map[string]int{}, map[Left]bool{}
	leave := func(l Left) {
		if !left[l] {
			left[l] = true
			out.Left = append(out.Left, l)
		}
	}
	for _, s := range all {
		l, err := New(s.raw)
		if err != nil {
			leave(Left{Reason: err.Error()})
			continue
		}
		if s.reason == "" && insideSlack(l) {
			s.reason = "leads into Slack"
		}
		if s.reason != "" {
			leave(Left{l.Domain, s.reason})
			continue
		}
		if i, ok := at[l.Canonical]; ok {
			out.Links[i].Quoted = out.Links[i].Quoted && s.quoted
			continue
		}
		at[l.Canonical] = len(out.Links)
		l.Quoted = s.quoted
		out.Links = append(out.Links, l)
	}
	return out
}

// insideSlack reports whether the link leads to a message, file or screen of Slack, which
// nobody without an account can read. slack.com/blog is a page like any other,
// team.slack.com/archives/… is not.
func insideSlack(l Link) bool {
	if l.Domain == "app.slack.com" || l.Domain == "files.slack.com" || l.Domain == "slack-files.com" {
		return true
	}
	if l.Domain != "slack.com" && !strings.HasSuffix(l.Domain, ".slack.com") {
		return false
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(l.Canonical, "https://"), "/")
	for _, p := range []string{"archives/", "files/", "shortcuts/", "team/", "docs/", "canvas/", "lists/"} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// scan collects the links of one message. quoted is set while it reads a message that is only
// quoted by the preview of a link to it.
type scan struct {
	all    []shown
	left   []Left // messages that are not read
	own    []string
	quoted bool
}

// add takes a link as it is shown.
func (s *scan) add(raw, reason string) {
	if len(s.all) < maxShown {
		s.all = append(s.all, shown{raw, reason, s.quoted})
	}
}

// content reads the blocks of a message, or its text.
func (s *scan) content(blocks json.RawMessage, text string) {
	before := len(s.all)
	if !s.blocks(blocks, 0) && len(s.all) == before {
		s.mrkdwn(text)
	}
}

// attachment is what stands below a message. Slack makes one for each preview, for a message
// that is forwarded (is_share) or to which a link leads (is_msg_unfurl), and for a table that
// somebody pasted; apps put cards there. The fields are those of
// docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments, and of events.
type attachment struct {
	FromURL       string          `json:"from_url"`
	OriginalURL   string          `json:"original_url"`
	AppUnfurlURL  string          `json:"app_unfurl_url"`
	IsShare       bool            `json:"is_share"`
	IsMsgUnfurl   bool            `json:"is_msg_unfurl"`
	AuthorID      string          `json:"author_id"`
	BotID         string          `json:"bot_id"`
	Pretext       string          `json:"pretext"`
	AuthorLink    string          `json:"author_link"`
	TitleLink     string          `json:"title_link"`
	Text          string          `json:"text"`
	Blocks        json.RawMessage `json:"blocks"`
	MessageBlocks json.RawMessage `json:"message_blocks"`
	Fields        json.RawMessage `json:"fields"`
	Actions       json.RawMessage `json:"actions"`
	Attachments   json.RawMessage `json:"attachments"`
	Files         json.RawMessage `json:"files"`
}

// attachments reads what stands below a message. A preview shows again what its link leads to,
// so it is passed over, with the links in it.
func (s *scan) attachments(list json.RawMessage, depth int) {
	if depth > maxDepth {
		return
	}
	for _, raw := range array(list) {
		var a attachment
		if !object(raw, &a) {
			continue
		}
		switch {
		case a.IsShare || a.IsMsgUnfurl:
			s.message(a, depth)
		case a.FromURL == "" && a.OriginalURL == "" && a.AppUnfurlURL == "":
			s.card(a, depth)
		}
	}
}

// message reads a message that is forwarded, or quoted since a link leads to it.
func (s *scan) message(a attachment, depth int) {
	if s.isOwn(a) {
		s.left = append(s.left, Left{Reason: "this bot's own message is forwarded"})
		return
	}
	defer func(outer bool) { s.quoted = outer }(s.quoted)
	s.quoted = s.quoted || !a.IsShare
	before, rich := len(s.all), false
	for _, raw := range array(a.MessageBlocks) {
		var b quotedMessage
		if object(raw, &b) {
			rich = s.blocks(b.Message.Blocks, depth+1) || rich
			s.attachments(b.Message.Attachments, depth+1)
		}
	}
	rich = s.blocks(a.Blocks, depth+1) || rich
	if !rich && len(s.all) == before {
		s.mrkdwn(a.Text)
	}
	s.attachments(a.Attachments, depth+1)
	s.files(a.Files)
}

// quotedMessage is an element of message_blocks.
type quotedMessage struct {
	Message struct {
		User        string          `json:"user"`
		BotID       string          `json:"bot_id"`
		Blocks      json.RawMessage `json:"blocks"`
		Attachments json.RawMessage `json:"attachments"`
	} `json:"message"`
}

// isOwn reports whether a forwarded or quoted message is by the program itself.
func (s *scan) isOwn(a attachment) bool {
	authors := []string{a.AuthorID, a.BotID}
	for _, raw := range array(a.MessageBlocks) {
		var b quotedMessage
		if object(raw, &b) {
			authors = append(authors, b.Message.User, b.Message.BotID)
		}
	}
	return slices.ContainsFunc(authors, func(id string) bool { return id != "" && slices.Contains(s.own, id) })
}

// card reads what an app, or somebody who pasted a table, put below a message.
func (s *scan) card(a attachment, depth int) {
	s.mrkdwn(a.Pretext)
	for _, u := range []string{a.AuthorLink, a.TitleLink} {
		if isHTTPLink.MatchString(u) {
			s.add(unescape(u), "")
		}
	}
	s.content(a.Blocks, a.Text)
	for _, raw := range array(a.Fields) {
		var f struct {
			Value string `json:"value"`
		}
		if object(raw, &f) {
			s.mrkdwn(f.Value)
		}
	}
	for _, raw := range array(a.Actions) {
		s.node(raw, depth+1)
	}
	s.attachments(a.Attachments, depth+1)
	s.files(a.Files)
}

// files reads the addresses of files that are not in Slack, such as documents of Google Drive.
func (s *scan) files(list json.RawMessage) {
	for _, raw := range array(list) {
		var f struct {
			External   bool   `json:"is_external"`
			URL        string `json:"external_url"`
			URLPrivate string `json:"url_private"`
		}
		if !object(raw, &f) || !f.External {
			continue
		}
		for _, u := range []string{f.URL, f.URLPrivate} {
			if isHTTPLink.MatchString(u) {
				s.add(unescape(u), "")
				break
			}
		}
	}
}

// array takes an array apart; anything else has no elements.
func array(raw json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

// object reads an object and reports whether raw is one. A field of another type than expected
// stays empty and keeps none of the others from being read.
func object(raw json.RawMessage, into any) bool {
	raw = []byte(strings.TrimSpace(string(raw)))
	if len(raw) == 0 || raw[0] != '{' {
		return false
	}
	_ = json.Unmarshal(raw, into)
	return true
}
