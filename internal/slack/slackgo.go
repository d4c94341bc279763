package slack

import (
	"bytes"
	"cmp"
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
	c     *slack.Client
	http  *http.Client
	base  string // of the methods, with a slash at its end
	token string // the bot's
}

// callTimeout bounds one call of the Web API. slack-go sets none of its own.
const callTimeout = 20 * time.Second

// newWebAPI makes the API. apiURL is empty for Slack itself.
func newWebAPI(botToken, appToken, apiURL string) *webAPI {
	h := &http.Client{Timeout: callTimeout}
	opts := []slack.Option{slack.OptionHTTPClient(answersOnly{h}), slack.OptionAppLevelToken(appToken)}
	base := slack.APIURL
	if apiURL != "" {
		base = strings.TrimRight(apiURL, "/") + "/"
		opts = append(opts, slack.OptionAPIURL(base))
	}
	return &webAPI{c: slack.New(botToken, opts...), http: h, base: base, token: botToken}
}

// Identity asks auth.test. The scopes come in a header of the answer, X-OAuth-Scopes, separated
// by commas.
func (a *webAPI) Identity(ctx context.Context) (Identity, error) {
	r, err := a.c.AuthTestContext(ctx)
	if err != nil {
		return Identity{}, wrap("auth.test", err)
	}
	if r.UserID == "" {
		return Identity{}, wrap("auth.test", errForeign)
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

// Name asks users.info. A person is shown in Slack by the display name, or by the full name where
// there is none (docs.slack.dev/reference/objects/user-object).
func (a *webAPI) Name(ctx context.Context, user string) (string, error) {
	u, err := a.c.GetUserInfoContext(ctx, user)
	if err != nil {
		return "", wrap("users.info", err)
	}
	return cmp.Or(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name), nil
}

// Channel asks conversations.info, which also tells whether the bot is a member.
func (a *webAPI) Channel(ctx context.Context, id string) (ChannelInfo, error) {
	c, err := a.c.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	if err != nil {
		return ChannelInfo{}, wrap("conversations.info", err)
	}
	if c.ID != id {
		return ChannelInfo{}, wrap("conversations.info", errForeign)
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
		return &Error{Method: responseURL, Code: "invalid_url"}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return wrap(responseURL, err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
	if resp.StatusCode >= 300 {
		return wrap(responseURL, slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status})
	}
	return nil
}
