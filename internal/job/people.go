package job

import "time"

// Mute is a channel or a domain whose links are left alone.
type Mute struct {
	Scope string // channel or domain
	Value string
	User  string
	Since time.Time
}

// Feedback is what a person said of a comment.
type Feedback struct {
	JobID, User, Name, Value string
}
