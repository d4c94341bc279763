// Package slackbot is the worker's side of Slack.
//
// The listening half, [Bot.Run] (Socket Mode) or [Bot.Handler] (HTTP events),
// takes events in and puts what follows from them into jobs.Store before it
// acknowledges: links to answer, and small tasks. The working half,
// [Worker.Run], takes links out of the store, has them processed by the
// pipeline, and talks to people: replies, reactions, notices. The halves share
// nothing but the store and may run in different processes.
//
// Replies are posted effectively once, see [Poster].
package slackbot
