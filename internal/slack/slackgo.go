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
	h := newHTTPClient()
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

// Person asks users.info. A person is shown in Slack by the display name, or by the full name where
// there is none (docs.slack.dev/reference/objects/user-object).
func (a *webAPI) Person(ctx context.Context, user string) (Person, error) {
	u, err := a.c.GetUserInfoContext(ctx, user)
	if err != nil {
		return Person{}, wrap("users.info", err)
	}
	return Person{
		Name: cmp.Or(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name), Zone: u.TZ,
		Admin: u.IsAdmin || u.IsOwner, Guest: u.IsRestricted || u.IsUltraRestricted,
	}, nil
}

// maxConversations bounds the channels of a person that are looked at; pages of 999 are the largest.
const maxConversations = 5000

// Conversations asks users.conversations. Of another person's it has the public ones, and the private
// ones that the bot is in too (docs.slack.dev/reference/methods/users.conversations). The kinds are asked
// for one by one, since each has a scope of its own, of which one is enough.
func (a *webAPI) Conversations(ctx context.Context, user string) ([]ChannelInfo, error) {
	var out []ChannelInfo
	for _, kind := range []string{"public_channel", "private_channel"} {
		args := slack.GetConversationsForUserParameters{UserID: user, Types: []string{kind}, Limit: 999, ExcludeArchived: true}
		for pages := 0; len(out) < maxConversations && pages < maxPages; pages++ {
			found, next, err := a.c.GetConversationsForUserContext(ctx, &args)
			if err = wrap("users.conversations", err); IsCode(err, "missing_scope") {
				break
			}
			if err != nil {
				return nil, err
			}
			for _, c := range found {
				out = append(out, ChannelInfo{ID: c.ID, Name: c.Name, Private: c.IsPrivate})
			}
			if next == "" || next == args.Cursor {
				break
			}
			args.Cursor = next
		}
	}
	return out, nil
}

// Publish calls views.publish without a hash: of two views the one that comes last stays.
func (a *webAPI) Publish(ctx context.Context, user string, blocks json.RawMessage) error {
	view := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: rawBlocks(blocks)}}
	_, err := a.c.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
	return wrap("views.publish", err)
}

// OpenForm calls views.open.
func (a *webAPI) OpenForm(ctx context.Context, trigger string, f Form) error {
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, true, false)
	}
	_, err := a.c.OpenViewContext(ctx, trigger, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: f.Callback, PrivateMetadata: f.Metadata,
		Title: plain(f.Title), Submit: plain(f.Submit), Close: plain(f.Close), Blocks: slack.Blocks{BlockSet: rawBlocks(f.Blocks)},
	})
	return wrap("views.open", err)
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
	return ChannelInfo{ID: c.ID, Name: c.Name, Member: c.IsMember, IsArchived: c.IsArchived, Private: c.IsPrivate}, nil
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

// Post posts a message and returns its ts. An answer without one, or of another channel, leaves open
// whether it was posted.
func (a *webAPI) Post(ctx context.Context, m Outgoing) (string, error) {
	opts := options(m)
	if m.Thread != "" {
		opts = append(opts, slack.MsgOptionTS(m.Thread))
	}
	channel, ts, err := a.c.PostMessageContext(ctx, m.Channel, opts...)
	if err != nil {
		return "", wrap("chat.postMessage", err)
	}
	// What is posted to a person stands in a channel that has another id.
	if !timestamp.MatchString(ts) || channel != m.Channel && strings.HasPrefix(m.Channel, "C") {
		return "", &Error{Method: "chat.postMessage", Code: codeNetwork, Unclear: true, retryable: true,
			cause: errors.New("the answer does not name the message that was posted")}
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
