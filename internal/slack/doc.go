// Package slack is the worker's side of Slack.
//
// The listening half, [Bot.Run] (Socket Mode) or [Bot.Handler] (HTTP events),
// takes events in and puts what follows from them into the [Queue] before it
// acknowledges: links to answer, and small tasks. The working half,
// [Worker.Handlers], is called by the queue for each of them: it has links
// processed by the pipeline, and talks to people by replies, reactions and notices.
// The halves share nothing but what the bot keeps, see [Stores], and may run in
// different processes.
//
// The links of one message are jobs of their own and run side by side, but
// their replies come in the message's order: one that is ready waits for those
// before it, unless they failed and wait for another attempt, and at most half
// a minute, so that a slow page can't hold up the rest for ever.
//
// Replies are posted effectively once, see [Poster]. One that would have to wait long
// for its turn in the channel, or that Slack does not take for now, puts its job off.
//
// Slack does not promise the order of events: what a deletion or an edit took away is
// not brought back by an event that comes after it and is older, see job.Versions.
//
// Below a comment are 👍 and 👎 as buttons. A press is stored like a reaction; 👎 then opens a form
// for the reason and for what would have been right, as an extra: Slack gives three seconds for it.
// What is sent by the form is stored like all else.
//
// In App Home people see how their channels stand and set what holds for these. All of it goes by tasks:
// what was pressed is stored, who may see and change what is asked of Slack when the task is done, and
// the view is then published anew.
//
// # Goroutines and locks
//
// [Bot.Run] has two goroutines beside its own: slack-go's socket, and the one that
// looks up what was missed; and one for each form that is being opened, at most eight.
// Handlers are called by the queue, each on a goroutine of its own; a link's reaction
// is put on another, which ends before the handler does. No lock is held during a call
// of Slack or of the stores, except that of the bot's identity, which is asked for
// once, and the one of [DirectPoster], which posts one job after another. No two locks
// are ever held together.
package slack
