package job

import "time"

// Submission is what follows from one thing that happened in Slack. It is accepted once,
// however often it is handed in. All of it, links, tasks and the mark, is stored in one
// transaction with the keys, so either everything follows from the event or, on an error,
// nothing: Slack then delivers it again.
type Submission struct {
	// Keys name what happened; the first is the id of Slack's event. If any of
	// them is known, the submission is a repetition and nothing follows from it.
	Keys  []string
	Kind  string // for people who look into the inbox
	Links []NewLink
	Tasks []Task
	// Versions are what an event says of links of its message. Slack does not promise the order
	// of events; what a later version has taken out of a message, or with the message, is not
	// brought back by an earlier one that comes after it.
	Versions Versions
	// Mark, if set, is a mark raised to MarkValue in the same transaction.
	Mark, MarkValue string
}

// Versions tell older from newer events about the same message. The zero value is for what is
// no event about a message: its links are taken whatever was said before.
type Versions struct {
	Channel, MessageTS string
	// Version is the time of the change in Slack's form, seconds and microseconds; that of the
	// message itself where it was never edited.
	Version string
	Removed []string // canonical links that this version took out
	Deleted bool     // the whole message
}

// NewLink is a link that a submission brings. The two flags differ in what they overrule:
// Again that this very message's link is done, Fresh that another message of the channel
// shared the same link.
type NewLink struct {
	Link
	// Again makes a further revision of a link of this message that ended.
	Again bool
	// Fresh answers the link even if the channel has seen it before.
	Fresh bool
}

// Admission is what the queue did with a link.
type Admission string

// The admissions.
const (
	Admitted Admission = "admitted"
	Known    Admission = "known"   // this link of this message is a job already
	Shared   Admission = "shared"  // seen in this channel before; a task points there
	Muted    Admission = "muted"   // the channel or the domain is muted
	Unasked  Admission = "unasked" // the channel's links are answered on request only
	// Elsewhere: another channel has seen it; a task points there, or admits the link.
	Elsewhere Admission = "seen elsewhere"
	Rejected  Admission = "rejected" // the queue is full; a task says so
	Outdated  Admission = "outdated" // the message was deleted, or edited, since
)

// AcceptedLink is a link with what became of it. Its id and revision are set even where it was
// not admitted, for the log.
type AcceptedLink struct {
	Link
	Admission Admission
}

// Accepted is what followed from a submission.
type Accepted struct {
	Duplicate bool
	Links     []AcceptedLink
}

// Seen is the first sharing of a link in a channel. Channel is set where it is another one.
type Seen struct {
	Channel   string    `json:"channel,omitempty"`
	JobID     string    `json:"job_id"`
	User      string    `json:"user"`
	MessageTS string    `json:"message_ts"`
	At        time.Time `json:"at"`
}

// SharedNotice is the payload of the task [TaskShared].
type SharedNotice struct {
	Link Link `json:"link"`
	Seen Seen `json:"seen"`
}

// ElsewhereNotice is the payload of the task [TaskElsewhere]: the sharings of the link in other
// channels, the newest first. Some of these may be private.
type ElsewhereNotice struct {
	Link Link   `json:"link"`
	Seen []Seen `json:"seen"`
}
