package job

import "time"

// Mute is a channel or a domain whose links are left alone. Value is a channel's id or a host
// without www, as Scope says; User is who muted it.
type Mute struct {
	Scope string // channel or domain
	Value string
	User  string
	Since time.Time
}

// Reaction is an emoji by which a person judged a comment, or took such a judgement back. Name
// is what was judged and Value the verdict, as MLflow's assessments have them. Version is the
// time of the event in Slack's form: of two about the same emoji of the same person the later
// counts, whichever comes first.
type Reaction struct {
	JobID, User, Emoji, Name, Value string
	Version                         string
	Removed                         bool
}

// FeedbackName is what 👍 and 👎 judge.
const FeedbackName = "helpful"

// The buttons below a comment do what 👍 and 👎 as reactions do: FeedbackAction is the action_id
// of their element, the others are their values. They stand in messages for good.
const (
	FeedbackAction = "feedback"
	FeedbackGood   = "good"
	FeedbackBad    = "bad"
)

// Reason is why a person judged a comment badly, and what would have been right, in the person's
// words; either may be empty. It is given in a form that the button 👎 opens: Version is the time
// of that press in Slack's form. Of two the later counts, whichever comes first.
type Reason struct {
	JobID, User, Name string
	Why, Better       string
	Version           string
}

// Feedback is what stands of people's reactions to a comment. Value is the person's own verdict,
// that of the reaction given last; Newest the verdict that anybody gave last. Both are empty
// where all was taken back. Why and Better are those of the person's [Reason] where the verdict
// is bad.
type Feedback struct {
	JobID, User, Name string
	Value, Newest     string
	Why, Better       string
	UserName          string // what the person is called; empty where that is not known
}
