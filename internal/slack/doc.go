// Package slack is the worker's side of Slack.
//
// The listening half, [Bot.Run] (Socket Mode) or [Bot.Handler] (HTTP events),
// takes events in and puts what follows from them into queue.Store before it
// acknowledges: links to answer, and small tasks. The working half,
// [Worker.Run], takes links out of the store, has them processed by the
// pipeline, and talks to people: replies, reactions, notices. The halves share
// nothing but the store and may run in different processes.
//
// The links of one message are jobs of their own and run side by side, but
// their replies come in the message's order: one that is ready waits for those
// before it, unless they failed and wait for another attempt, and at most half
// a minute, so that a slow page can't hold up the rest for ever.
//
// Replies are posted effectively once, see [Poster].
package slack
