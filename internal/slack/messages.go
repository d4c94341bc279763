package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
)

// Messages are read past slack-go: its types leave out what a forwarded message holds
// (message_blocks), and one block that they don't know the form of makes a whole page of history
// an error. Here a message reads as it does in an event.

// pageSize of history and replies; Slack recommends at most 200.
const pageSize = 200

// maxPage bounds an answer, in bytes; a page of 200 long messages has a few MB.
const maxPage = 32 << 20

// page is an answer of conversations.history and conversations.replies.
type page struct {
	OK       bool              `json:"ok"`
	Error    string            `json:"error"`
	Needed   string            `json:"needed"`
	Messages []json.RawMessage `json:"messages"`
	HasMore  bool              `json:"has_more"`
	Metadata struct {
		NextCursor string `json:"next_cursor"`
	} `json:"response_metadata"`
}

// read asks a method for one page of messages. Its errors are *Error.
func (a *webAPI) read(ctx context.Context, method string, args url.Values) (page, error) {
	var p page
	args.Set("include_all_metadata", "1")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+method, strings.NewReader(args.Encode()))
	if err != nil {
		return p, wrap(method, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := a.http.Do(req)
	if err != nil {
		return p, wrap(method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return p, wrap(method, &slack.RateLimitedError{RetryAfter: asked(resp.Header)}) // none: wrap has a least wait
	case resp.StatusCode != http.StatusOK:
		return p, wrap(method, slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status})
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return p, wrap(method, fmt.Errorf("read the answer: %w", err))
	}
	if countValues(body) > maxPageValues {
		return p, wrap(method, errForeign)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return page{}, wrap(method, fmt.Errorf("read the answer: %w", err))
	}
	if !p.OK && p.Error == "" || p.OK && p.Messages == nil {
		return p, wrap(method, errForeign)
	}
	if !p.OK {
		return p, wrap(method, slack.SlackErrorResponse{Err: p.Error, Needed: p.Needed})
	}
	return p, nil
}

// maxPages bounds the pages that are read at once, which may be empty.
const maxPages = 200

// errNoEnd is an answer from which no way leads to what it says that there is beside. It counts as a fault
// of the network: what was not read may be what is looked for.
var errNoEnd = errors.New("it says that there is more, and not where, as an answer out of a cache does")

// pages calls each for the messages of a method's pages until each returns false. It returns nil without that
// only where all were read.
func (a *webAPI) pages(ctx context.Context, method string, args url.Values, each func(Message) bool) error {
	args.Set("limit", strconv.Itoa(pageSize))
	for range maxPages {
		p, err := a.read(ctx, method, args)
		if err != nil {
			return err
		}
		for _, raw := range p.Messages {
			if m, ok := messageOf(raw); ok && !each(m) {
				return nil
			}
		}
		if !p.HasMore {
			return nil
		}
		next := p.Metadata.NextCursor
		if next == "" || next == args.Get("cursor") {
			break
		}
		args.Set("cursor", next)
	}
	return wrap(method, errNoEnd)
}

// Thread reads conversations.replies, which give the oldest first, page by page.
func (a *webAPI) Thread(ctx context.Context, channel, root, oldest string, each func(Message) bool) error {
	args := url.Values{"channel": {channel}, "ts": {root}}
	if oldest != "" {
		args.Set("oldest", oldest)
	}
	return a.pages(ctx, "conversations.replies", args, each)
}

// History reads conversations.history, which gives the newest first, without replies in threads
// but for those that were sent to the channel too.
func (a *webAPI) History(ctx context.Context, channel, oldest string, each func(Message) bool) error {
	args := url.Values{"channel": {channel}}
	if oldest != "" {
		args.Set("oldest", oldest)
	}
	return a.pages(ctx, "conversations.history", args, each)
}

// Message asks for the one message by making it both bounds, the thread's if there is one.
func (a *webAPI) Message(ctx context.Context, channel, ts, thread string) (*Message, error) {
	var found *Message
	pick := func(m Message) bool {
		if m.TS == ts {
			found = &m
		}
		return found == nil
	}
	if thread != "" && thread != ts {
		err := a.Thread(ctx, channel, thread, ts, pick)
		return found, err
	}
	p, err := a.read(ctx, "conversations.history", url.Values{
		"channel": {channel}, "latest": {ts}, "oldest": {ts}, "inclusive": {"1"}, "limit": {"1"}})
	if err != nil {
		return nil, err
	}
	for _, raw := range p.Messages {
		if m, ok := messageOf(raw); ok && !pick(m) {
			return found, nil
		}
	}
	// A reply in a thread is not in the history; asked for by its own ts, Slack
	// answers with the thread it belongs to.
	err = a.Thread(ctx, channel, ts, ts, pick)
	if IsCode(err, "thread_not_found", "message_not_found") {
		return nil, nil
	}
	return found, err
}

// messageOf reads a message of an answer; ok is false for what is none. A key counts only under
// our own type of metadata.
func messageOf(raw json.RawMessage) (m Message, ok bool) {
	var in struct {
		messageEvent
		LatestReply string          `json:"latest_reply"`
		Metadata    json.RawMessage `json:"metadata"`
	}
	if !loose(storable(raw), &in) {
		return Message{}, false
	}
	m = in.message()
	m.LatestReply = in.LatestReply
	var md struct {
		EventType string         `json:"event_type"`
		Payload   map[string]any `json:"event_payload"`
	}
	if loose(in.Metadata, &md) && md.EventType == metadataType {
		m.Key, _ = md.Payload["key"].(string)
	}
	return m, true
}
