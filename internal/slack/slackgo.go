package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// webAPI is API by slack-go. It is safe for concurrent use. slack-go's own retries are off, so
// that each failure is seen by the caller, who knows whether to repeat it.
type webAPI struct {
	c    *slack.Client
	http *http.Client
}

// pageSize of history and replies; Slack recommends at most 200.
const pageSize = 200

// callTimeout bounds one call of the Web API. slack-go sets none of its own.
const callTimeout = 20 * time.Second

// newWebAPI makes the API. apiURL is empty for Slack itself.
func newWebAPI(botToken, appToken, apiURL string) *webAPI {
	h := &http.Client{Timeout: callTimeout}
	opts := []slack.Option{slack.OptionHTTPClient(h), slack.OptionAppLevelToken(appToken)}
	if apiURL != "" {
		opts = append(opts, slack.OptionAPIURL(strings.TrimRight(apiURL, "/")+"/"))
	}
	return &webAPI{c: slack.New(botToken, opts...), http: h}
}

// Identity asks auth.test. The scopes come in a header of the answer, X-OAuth-Scopes, separated
// by commas.
func (a *webAPI) Identity(ctx context.Context) (Identity, error) {
	r, err := a.c.AuthTestContext(ctx)
	if err != nil {
		return Identity{}, wrap("auth.test", err)
	}
	id := Identity{TeamID: r.TeamID, Team: r.Team, UserID: r.UserID, BotID: r.BotID, URL: r.URL}
	if s := r.Header.Get("X-OAuth-Scopes"); s != "" {
		for scope := range strings.SplitSeq(s, ",") {
			id.Scopes = append(id.Scopes, strings.TrimSpace(scope))
		}
	}
	return id, nil
}

// OpenSocket throws the address away: that there is one says that the app token is good.
func (a *webAPI) OpenSocket(ctx context.Context) error {
	_, _, err := a.c.StartSocketModeContext(ctx)
	return wrap("apps.connections.open", err)
}

// Channel asks conversations.info, which also tells whether the bot is a member.
func (a *webAPI) Channel(ctx context.Context, id string) (ChannelInfo, error) {
	c, err := a.c.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	if err != nil {
		return ChannelInfo{}, wrap("conversations.info", err)
	}
	return ChannelInfo{ID: c.ID, Name: c.Name, Member: c.IsMember, IsArchived: c.IsArchived}, nil
}

// rawBlock is a block that is JSON already. slack-go would take blocks apart into its own
// types and leave out fields that those don't have.
type rawBlock struct{ json.RawMessage }

func (rawBlock) BlockType() slack.MessageBlockType { return "" }
func (rawBlock) ID() string                        { return "" }

// rawBlocks takes an array of blocks apart. What is no array has none: the text
// of the message says the same.
func rawBlocks(array json.RawMessage) []slack.Block {
	var each []json.RawMessage
	if json.Unmarshal(array, &each) != nil {
		return nil
	}
	blocks := make([]slack.Block, len(each))
	for i, b := range each {
		blocks[i] = rawBlock{b}
	}
	return blocks
}

// options are what posts and changes have in common. Previews are off: the reply is about the
// link that the message above shows already.
func options(m Outgoing) []slack.MsgOption {
	opts := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false), // package comment has escaped it
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
	if blocks := rawBlocks(m.Blocks); len(blocks) > 0 {
		opts = append(opts, slack.MsgOptionBlocks(blocks...))
	}
	if m.Key != "" {
		opts = append(opts, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"key": m.Key}}))
	}
	return opts
}

// Post posts a message and returns its ts. An answer without one leaves open whether it was
// posted.
func (a *webAPI) Post(ctx context.Context, m Outgoing) (string, error) {
	opts := options(m)
	if m.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(m.Thread))
	}
	_, ts, err := a.c.PostMessageContext(ctx, m.Channel, opts...)
	if err != nil {
		return "", wrap("chat.postMessage", err)
	}
	if ts == "" {
		return "", &Error{Method: "chat.postMessage", Code: codeNetwork, Unclear: true, retryable: true,
			cause: errors.New("the answer has no ts")}
	}
	return ts, nil
}

// Update keeps the key in the metadata, so that the message is still found by it.
func (a *webAPI) Update(ctx context.Context, ts string, m Outgoing) error {
	_, _, _, err := a.c.UpdateMessageContext(ctx, m.Channel, ts, options(m)...)
	return wrap("chat.update", err)
}

func (a *webAPI) Delete(ctx context.Context, channel, ts string) error {
	_, _, err := a.c.DeleteMessageContext(ctx, channel, ts)
	return wrap("chat.delete", err)
}

// Thread reads conversations.replies, which give the oldest first, page by page. A cursor that
// repeats itself ends it, so that a fault of the server can't keep it going for ever.
func (a *webAPI) Thread(ctx context.Context, channel, root, oldest string, each func(Message) bool) error {
	p := slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: root, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true}
	for {
		msgs, more, next, err := a.c.GetConversationRepliesContext(ctx, &p)
		if err != nil {
			return wrap("conversations.replies", err)
		}
		for _, m := range msgs {
			if !each(fromSlack(m)) {
				return nil
			}
		}
		if !more || next == "" || next == p.Cursor {
			return nil
		}
		p.Cursor = next
	}
}

// History reads conversations.history, which gives the newest first, without replies in threads.
func (a *webAPI) History(ctx context.Context, channel, oldest string, each func(Message) bool) error {
	p := slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true}
	for {
		r, err := a.c.GetConversationHistoryContext(ctx, &p)
		if err != nil {
			return wrap("conversations.history", err)
		}
		for _, m := range r.Messages {
			if !each(fromSlack(m)) {
				return nil
			}
		}
		next := r.ResponseMetaData.NextCursor
		if !r.HasMore || next == "" || next == p.Cursor {
			return nil
		}
		p.Cursor = next
	}
}

// Message asks for the one message by making it both bounds, the thread's if there is one.
func (a *webAPI) Message(ctx context.Context, channel, ts, thread string) (*Message, error) {
	var found *Message
	if thread != "" && thread != ts {
		err := a.Thread(ctx, channel, thread, ts, func(m Message) bool {
			if m.TS == ts {
				found = &m
			}
			return found == nil
		})
		return found, err
	}
	r, err := a.c.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Latest: ts, Oldest: ts, Inclusive: true, Limit: 1})
	if err != nil {
		return nil, wrap("conversations.history", err)
	}
	for _, m := range r.Messages {
		if m.Timestamp == ts {
			f := fromSlack(m)
			return &f, nil
		}
	}
	// A reply in a thread is not in the history; asked for by its own ts, Slack
	// answers with the thread it belongs to.
	err = a.Thread(ctx, channel, ts, ts, func(m Message) bool {
		if m.TS == ts {
			found = &m
		}
		return found == nil
	})
	if IsCode(err, "thread_not_found", "message_not_found") {
		return nil, nil
	}
	return found, err
}

func (a *webAPI) Permalink(ctx context.Context, channel, ts string) (string, error) {
	link, err := a.c.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: ts})
	return link, wrap("chat.getPermalink", err)
}

func (a *webAPI) React(ctx context.Context, channel, ts, emoji string) error {
	err := wrap("reactions.add", a.c.AddReactionContext(ctx, emoji, slack.NewRefToMessage(channel, ts)))
	if IsCode(err, "already_reacted") {
		return nil
	}
	return err
}

func (a *webAPI) Unreact(ctx context.Context, channel, ts, emoji string) error {
	err := wrap("reactions.remove", a.c.RemoveReactionContext(ctx, emoji, slack.NewRefToMessage(channel, ts)))
	if IsCode(err, "no_reaction") {
		return nil
	}
	return err
}

// Respond posts to the address itself, past slack-go. The address is a secret and in no error.
func (a *webAPI) Respond(ctx context.Context, responseURL, text string) error {
	body, err := json.Marshal(map[string]any{"response_type": "ephemeral", "text": text})
	if err != nil {
		return fmt.Errorf("encode the response: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, responseURL, bytes.NewReader(body))
	if err != nil {
		return &Error{Method: "response_url", Code: "invalid_url"}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return wrap("response_url", err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode >= 300 {
		return wrap("response_url", slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status})
	}
	return nil
}

// fromSlack takes over what the bot uses of a message. Blocks, attachments and files become JSON
// again, and a key counts only under our own type of metadata. slack-go knows no message_blocks,
// so a forwarded message is read by the text of its attachment, which says the same.
func fromSlack(m slack.Message) Message {
	out := Message{
		TS: m.Timestamp, ThreadTS: m.ThreadTimestamp, User: m.User, BotID: m.BotID, Subtype: m.SubType,
		ClientMsgID: m.ClientMsgID, Text: m.Text, LatestReply: m.LatestReply,
	}
	if m.Edited != nil {
		out.EditedTS = m.Edited.Timestamp
	}
	if len(m.Blocks.BlockSet) > 0 {
		out.Blocks = rawJSON(m.Blocks)
	}
	if len(m.Attachments) > 0 {
		out.Attachments = rawJSON(m.Attachments)
	}
	if len(m.Files) > 0 {
		out.Files = rawJSON(m.Files)
	}
	if m.Metadata.EventType == metadataType {
		out.Key, _ = m.Metadata.EventPayload["key"].(string)
	}
	return out
}

// rawJSON is v as JSON, nil when it can't be encoded.
func rawJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return raw
}
