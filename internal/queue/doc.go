// Package queue is the durable store and queue of the worker.
//
// In go events, as [Store.Accept]: what was said in Slack, reduced to links
// and tasks. They are on disk when Accept returns, each link exactly once
// however often the event comes. Out come calls of the handlers given to
// [Store.Run], at most one at a time for a link across all processes, until
// one says that the link is done.
//
// The store keeps beside it what must survive a crash: results of costly
// stages (checkpoints), the state of each post to Slack (deliveries), links
// seen before, mutes and feedback.
//
// Scheduling is River's: SQLite in one file by default, Postgres when the URL
// says so. River retries and fetches; who may work on a link is decided by
// the row in commentator_links, which carries the owner and the number of
// attempts that ended. River's own attempt counter is not used: an attempt
// cut by a crash is run again under the same number.
//
// # Crashes
//
// Each process that works is an instance. On SQLite it holds a lock on a file
// next to the database, which the kernel drops with the process; on Postgres
// it writes a heartbeat every 3 s and stops its own jobs when it could not
// for 10 s. Work of an instance whose lock is free, or whose heartbeat is
// older than 15 s, is handed back by whoever notices first; all look every 3 s.
package queue
