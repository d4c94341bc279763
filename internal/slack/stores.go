package slack

import (
	"context"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

// Stores are what the bot keeps, in memory of what Slack and it have said. They
// may be one thing or several.
type Stores struct {
	Queue    Queue
	Posts    Posts
	People   People
	Channels Channels
	Marks    Marks
	Database Database
}

// Queue takes links and tasks in and knows how they stand. The bot's half that
// works is called by the queue, see [Worker.Handlers].
type Queue interface {
	// Accept stores a submission, once. When it returns without error, Slack's
	// event may be acknowledged.
	Accept(ctx context.Context, s job.Submission) (job.Accepted, error)
	// SaveUnreadable stores an event that could not be understood.
	SaveUnreadable(ctx context.Context, id, reason string, payload []byte) error
	// BroughtBack reports whether a later version of a message than the given one has put a link
	// into it.
	BroughtBack(ctx context.Context, channel, messageTS, canonical, version string) (bool, error)
	// Link finds a link by its id; nil when there is none.
	Link(ctx context.Context, id string) (*job.Link, error)
	// LinksOf lists the links of a message, each in its last revision, in order.
	LinksOf(ctx context.Context, channel, messageTS string) ([]job.Link, error)
	// InThread lists the links of a thread and of the message above it that were not withdrawn, each
	// in its last revision.
	InThread(ctx context.Context, channel, thread string) ([]job.Link, error)
	// Revisions lists all revisions of a link, the newest first.
	Revisions(ctx context.Context, l job.Link) ([]job.Link, error)
	// Answered lists the links of a channel that were answered in a span of time, the newest first and
	// most at most; more is how many there are beside.
	Answered(ctx context.Context, channel string, from, to time.Time, most int) (out []job.Answered, more int, err error)
	// Activity says by channel how links stand, those that ended since a time and those that have not.
	Activity(ctx context.Context, since time.Time) (map[string]job.ChannelActivity, error)
	// Recent lists at most n links of a channel, newest first.
	Recent(ctx context.Context, channel string, n int) ([]job.Link, error)
	// Cancel withdraws a link that has not ended; running says that an attempt
	// has not stopped yet.
	Cancel(ctx context.Context, id string) (running bool, err error)
	// Withdraw withdraws a link that has ended.
	Withdraw(ctx context.Context, id string) error
	// Status is a picture of the queue, for people and health checks.
	Status(ctx context.Context) (job.QueueStatus, error)
}

// Posts keep where each post stands, so that it is made effectively once. A post is named by
// its key. The functions that record something fail for a key that was never begun.
type Posts interface {
	// Begin records that a post is about to be made, and returns it as it was
	// before. The error is job.ErrCancelled or job.ErrNotOurs when it may not be.
	Begin(ctx context.Context, p job.Post) (before job.Post, err error)
	// MarkSent records that the post stands in Slack as ts.
	MarkSent(ctx context.Context, key, ts string) error
	// MarkSending records that a post which was begun is made once more, because
	// Slack did not have it when the post was as before. mine is false, and nothing is recorded,
	// where somebody else has changed it since; the error may be one of Begin's.
	MarkSending(ctx context.Context, before job.Post) (mine bool, err error)
	// MarkUnsent records that the post certainly did not take effect.
	MarkUnsent(ctx context.Context, key string) error
	// MarkDeleted records that the message is gone.
	MarkDeleted(ctx context.Context, key string) error
	// SetPermalink keeps the address of a post, to be asked for once only.
	SetPermalink(ctx context.Context, key, permalink string) error
	// OfJob lists the posts of a job, by part.
	OfJob(ctx context.Context, jobID string) ([]job.Post, error)
	// At finds the post that stands as that message; nil when it is none of ours.
	At(ctx context.Context, channel, ts string) (*job.Post, error)
	// NoticesIn lists the notices that stand in a thread, or may.
	NoticesIn(ctx context.Context, channel, thread string) ([]job.Post, error)
	// Adopt lets l take over the posts of an earlier revision of the same link.
	Adopt(ctx context.Context, l job.Link, key func(part int) string) error
	// WaitTurn waits until the links before l in its message have their posts.
	WaitTurn(ctx context.Context, l job.Link, atMost time.Duration) error
}

// People keep what people want and think. Package people implements it.
type People interface {
	// Mute leaves a channel or a domain alone; a second time is no error.
	Mute(ctx context.Context, m job.Mute) error
	// Unmute takes a mute away; existed reports whether there was one.
	Unmute(ctx context.Context, scope, value string) (existed bool, err error)
	// Mutes lists all mutes.
	Mutes(ctx context.Context) ([]job.Mute, error)
	// SaveReaction keeps a reaction, or that it was taken back, unless a later event was kept.
	SaveReaction(ctx context.Context, r job.Reaction) error
	// Feedback is what stands of the reactions to a job's comment.
	Feedback(ctx context.Context, jobID, user, name string) (job.Feedback, error)
	// SaveReason keeps why a person judged as it did, unless that of a later press was kept.
	SaveReason(ctx context.Context, r job.Reason) error
	// Reason is what the person said last; without words where that was nothing.
	Reason(ctx context.Context, jobID, user, name string) (job.Reason, error)
}

// Channels keep what is set for channels, and what they cost. Package channels implements it.
type Channels interface {
	// Settings are what holds for a channel now, Defaults what holds where nothing is set.
	Settings(ctx context.Context, channel string) (job.ChannelSettings, error)
	Defaults() job.ChannelSettings
	// Change sets what a person wants.
	Change(ctx context.Context, c job.ChannelChange) error
	// Spent is what the models cost in this month, by channel; that of all where none is named.
	Spent(ctx context.Context, channel string) (month string, spent map[string]job.Spend, err error)
}

// Marks are values that only rise, and names that one process has for a while. Values are
// compared as text. A lease that is not released ends by itself after d.
type Marks interface {
	// Mark reads a value; empty when there is none yet.
	Mark(ctx context.Context, name string) (string, error)
	// RaiseMark sets a value unless the one that is there is as great.
	RaiseMark(ctx context.Context, name, value string) error
	// Now is the time on the clock that all who keep marks share. It does not leap ahead.
	Now(ctx context.Context) (time.Time, error)
	// Lease takes a name for d, and reports whether it is this process's now.
	Lease(ctx context.Context, name string, d time.Duration) (bool, error)
	// Release gives a name back before its time.
	Release(ctx context.Context, name string) error
}

// Database is where all of that stands.
type Database interface {
	// Ping returns an error when the database can't be written.
	Ping(ctx context.Context) error
}
