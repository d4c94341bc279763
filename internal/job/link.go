package job

import "time"

// LinkState is where a link stands in the queue. It moves queued → running → done or failed,
// by way of waiting when another attempt follows; cancelled can be reached from every state.
// The values are stored.
type LinkState string

// The states of a link. LinkDone, LinkFailed and LinkCancelled are final.
const (
	LinkQueued    LinkState = "queued"
	LinkRunning   LinkState = "running"
	LinkWaiting   LinkState = "waiting" // for the next attempt
	LinkDone      LinkState = "done"
	LinkFailed    LinkState = "failed"
	LinkCancelled LinkState = "cancelled"
)

// Final reports whether nothing will happen to the link any more.
func (s LinkState) Final() bool { return s == LinkDone || s == LinkFailed || s == LinkCancelled }

// LinkSource is what made a link a job.
type LinkSource string

// The sources of links.
const (
	FromMessage  LinkSource = "message"
	FromEdit     LinkSource = "edit"
	FromMention  LinkSource = "mention"
	FromCommand  LinkSource = "command"
	FromShortcut LinkSource = "shortcut"
	FromReaction LinkSource = "reaction"
	FromBackfill LinkSource = "backfill"
	FromQuestion LinkSource = "question" // no link itself, see [Link.Question]
)

// Asked reports whether a person asked for this link explicitly. Such a link is answered even
// where the channel or the domain is muted or the link was seen before, and goes before others
// in the queue.
func (s LinkSource) Asked() bool {
	return s == FromMention || s == FromCommand || s == FromShortcut || s == FromReaction || s == FromQuestion
}

// Link is one link of one message: the unit of work of the queue. It is stored as
// JSON in tasks, under the names of its fields.
type Link struct {
	ID        string
	Team      string
	Channel   string
	MessageTS string
	ThreadTS  string // thread to answer in; empty: under the message
	User      string
	URL       string // as shared, tracking parameters removed
	Canonical string // what makes two links the same
	Domain    string
	Position  int // among the links of the message, from 0
	Revision  int // counts explicit re-runs
	Source    LinkSource
	Origin    string // W3C traceparent of the listener's span

	// Question is what a person asks about links that were answered: the unit of work is then the
	// answer. About are the ids of these links, separated by spaces, URL and Domain those of the
	// first, and SessionTS is the message of the first.
	Question  string `json:",omitempty"`
	About     string `json:",omitempty"`
	SessionTS string `json:",omitempty"`

	State    LinkState
	Outcome  string
	Error    string
	Attempt  int // attempts that ended
	TraceID  string
	Created  time.Time
	Started  time.Time
	Ended    time.Time
	Failures int // attempts that ended in an error nobody asked us to wait out
}

// Thread is the timestamp of the message that replies go under.
func (l Link) Thread() string {
	if l.ThreadTS != "" {
		return l.ThreadTS
	}
	return l.MessageTS
}
