package job

import "time"

// PostState is where a post to Slack stands.
type PostState string

// The states of a post. One that is PostSending may have been made or not: nobody
// knows until Slack was asked.
const (
	PostPlanned PostState = "planned"
	PostSending PostState = "sending"
	PostSent    PostState = "sent"
	// PostAdopted is a post of an earlier revision of the link, to be changed.
	PostAdopted PostState = "adopted"
	PostDeleted PostState = "deleted"
)

// Notice is the job id of posts that belong to no link.
const Notice = "notice"

// Post is one message in Slack, made effectively once. The key is made by the caller before
// anything is sent, and is the same each time the same post is attempted: it is what makes a
// repetition recognisable, here and in Slack.
type Post struct {
	Key       string // also in the message's metadata
	JobID     string
	Part      int // of the replies of a job, from 0
	State     PostState
	Channel   string
	ThreadTS  string
	TS        string // once sent
	Permalink string
	Updated   time.Time
}
