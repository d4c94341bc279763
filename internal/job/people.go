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

// Feedback is what a person said of a comment. Name is what was judged and Value the verdict,
// as MLflow's assessments have them. One person has one verdict for each name of a job: a
// later one replaces the earlier.
type Feedback struct {
	JobID, User, Name, Value string
}
