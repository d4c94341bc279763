package job

import "time"

// QueueStatus is a picture of the queue. It is read in more than one query and so may be off
// by what happened in between.
type QueueStatus struct {
	Queued, Running, Waiting int
	// Oldest is how long the oldest link that could be worked on has waited.
	Oldest time.Duration
	// Ended counts links by outcome, as far as they are kept.
	Ended map[string]int
	// Rejected counts links refused by this process because the queue was full.
	Rejected int64
	Depth    int // the bound
	// Unreadable counts events that could not be understood.
	Unreadable int
}
