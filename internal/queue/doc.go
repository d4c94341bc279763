// Package queue is the durable queue of the worker. In go submissions, as
// [Queue.Accept]: what was said in Slack, reduced to links and tasks. They are on
// disk when Accept returns, each link exactly once however often the event comes.
// Out come calls of the handlers given to [Queue.Run], at most one at a time for a
// link across all processes, until one says that the link is done.
//
// Beside the links the queue keeps what an attempt must not lose in a crash, the
// results of costly stages: [Queue.Save] and [Queue.Load], which implement
// job.Checkpoints.
//
// Scheduling is River's: it retries and fetches. Who may work on a link is decided
// by the row in commentator_links, which carries the owner and the number of
// attempts that ended. River's own attempt counter is not used: an attempt cut by
// a crash is run again under the same number.
//
// # Crashes
//
// Each process that works is a member, see package membership. The work of a
// member that died is handed back by whoever notices first; all look every fifth
// of the time after which a silent member counts as dead. Work that River has lost
// in another way, such as a job whose end could not be written, is found by two
// further looks, see maintain.go.
//
// # Goroutines and locks
//
// [Queue.Run] starts one goroutine for maintenance and River's: one producer and
// some services of its leader, and up to [Config.Workers] attempts and four tasks.
// All end before Run returns, but for attempts that do not stop within
// [Config.Grace] and ten seconds. On SQLite River's listener waits on the hub,
// which the process's own commits wake, and asks the database 20 times a second
// whether another process has written.
//
// There are four locks, none held while the database is asked or another of them
// is taken, so there is no order between them: that of attempts (what runs in this
// process), of linkWorker.next, and, in hub.go, of the hub before that of one
// listener, which [hub.inserted] takes in this order. A transaction on SQLite keeps
// all others of the process waiting, so no lock may be waited for inside one; that
// of attempts, held for a look into a map, is the exception.
package queue
