package slack

import (
	"context"
	"encoding/json"
)

// API is what the bot needs of Slack's Web API. Errors are *Error. webAPI implements it with
// slack-go. Calls are made with the bot's token, but OpenSocket with the app's, and Respond with
// none: its address is the permission.
type API interface {
	// Identity asks who the bot token belongs to.
	Identity(ctx context.Context) (Identity, error)
	// OpenSocket asks for the address of a socket, which the app token must allow.
	OpenSocket(ctx context.Context) error
	// Person describes a person of the workspace.
	Person(ctx context.Context, user string) (Person, error)
	// Conversations lists the channels that a person is in and the bot may know of, archived ones left
	// out; those of the bot where user is empty.
	Conversations(ctx context.Context, user string) ([]ChannelInfo, error)
	// Publish puts blocks, an array, in the place of what a person's App Home shows.
	Publish(ctx context.Context, user string, blocks json.RawMessage) error
	// OpenForm shows a form to the person who has just pressed what gave the trigger, which holds for
	// three seconds.
	OpenForm(ctx context.Context, trigger string, f Form) error
	// Channel describes a channel; one that the bot can't see is an error.
	Channel(ctx context.Context, id string) (ChannelInfo, error)
	// Post posts a message and returns its ts. Its Error says by Unclear whether the message may
	// stand there all the same.
	Post(ctx context.Context, m Outgoing) (ts string, err error)
	// Update puts m in the place of a message of the bot's own, text and blocks together.
	Update(ctx context.Context, ts string, m Outgoing) error
	// Delete removes a message of the bot's own.
	Delete(ctx context.Context, channel, ts string) error
	// Thread calls each for the messages of a thread, its root first, until
	// each returns false. Nothing older than oldest comes, except the root.
	Thread(ctx context.Context, channel, root, oldest string, each func(Message) bool) error
	// History calls each for the messages of a channel newer than oldest, the
	// newest first, until each returns false.
	History(ctx context.Context, channel, oldest string, each func(Message) bool) error
	// Message finds one message, in a thread or not; nil when it isn't there.
	Message(ctx context.Context, channel, ts, thread string) (*Message, error)
	// Permalink is the address of a message for people.
	Permalink(ctx context.Context, channel, ts string) (string, error)
	// React adds a reaction of the bot, Unreact takes one back. One that is there already, or
	// not there, is no error.
	React(ctx context.Context, channel, ts, emoji string) error
	Unreact(ctx context.Context, channel, ts, emoji string) error
	// Respond answers at a response_url, seen by one person only.
	Respond(ctx context.Context, responseURL, text string) error
}

// Identity is who the bot token belongs to. UserID is who mentions name and reactions come
// from; BotID is what messages of the bot carry.
type Identity struct {
	TeamID, Team, UserID, BotID string
	URL                         string
	Scopes                      []string // granted; nil when Slack does not say
}

// ChannelInfo is what is known of a channel. Member says that the bot is in it.
type ChannelInfo struct {
	ID, Name                    string
	Member, IsArchived, Private bool
}

// Person is what is known of a person: the name, empty for who has none; the IANA time zone; and
// whether the person administers or owns the workspace, or is a guest in it.
type Person struct {
	Name, Zone   string
	Admin, Guest bool
}

// Form is a modal. Callback and Metadata come back with what it is filled with; Blocks is an array of
// Block Kit blocks.
type Form struct {
	Callback, Metadata   string
	Title, Submit, Close string // the title up to 24 characters
	Blocks               json.RawMessage
}

// Outgoing is a message to post or to put in the place of another. An empty Thread makes it a
// message of the channel. Text is mrkdwn with Slack's three reserved characters escaped
// already.
type Outgoing struct {
	Channel, Thread string
	Text            string
	Blocks          json.RawMessage // array of Block Kit blocks; empty for none
	// Key marks the message in its metadata, so that it can be found again.
	Key string
}

// Message is a message as it is read back from Slack. Events and the Web API write messages
// differently; this is what the bot needs of both. TS is the id of the message in its channel,
// seconds and microseconds as in 1700000000.000100.
type Message struct {
	TS, ThreadTS, User, BotID, AppID, Subtype string
	ClientMsgID                               string
	Text                                      string
	Blocks, Attachments, Files                json.RawMessage // arrays, or nil
	EditedTS                                  string
	LatestReply                               string // ts of the thread's last reply
	Key                                       string // of a message that this program posted
}

// metadataType is the event_type of the metadata on our messages. Messages in Slack carry it
// for good: renamed, it would make posts of before unfindable.
const metadataType = "technoshare_reply"
