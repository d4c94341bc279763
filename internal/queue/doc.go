// Package queue is the durable queue of the worker. In go submissions, as
// [Queue.Accept]: what was said in Slack, reduced to links and tasks. They are on
// disk when Accept returns, each link exactly once however often the event comes.
// Out come calls of the handlers given to [Queue.Run], at most one at a time for a
// link across all processes, until one says that the link is done.
//
// Beside the links the queue keeps what an attempt must not lose in a crash, the
// results of costly stages: [Queue.Save] and [Queue.Load], which implement
// job.Checkpoints. The evidence of a link that was done outlasts it for a while, so that
// questions about it can be answered: [Queue.KeptEvidence]. A question is stored as a link is.
//
// Scheduling is River's: it retries and fetches. A job of River's is a turn, and the
// link that takes it is chosen when it comes, so that channels share the worker,
// see turns.go. Who may work on a link is decided by the row in commentator_links,
// which carries the owner and the number of attempts that ended. River's own attempt
// counter is not used: an attempt cut by a crash is run again under the same number.
//
// # What counts as an attempt
//
// An attempt counts when it has come to an end of its own. One that had to wait, for
// its turn or for a peer such as Slack or the model server, is put off and does not;
// outages are waited for by the clock, see peers.go. Neither does one that was cut by
// a shutdown or by the death of its process.
//
// # Crashes
//
// A link that ran when its process died is suspected: it is run alone until it has come
// to an end, and given up when the process dies of it again and again, see suspects.go.
//
// Each process that works is a member, see package membership. The work of a
// member that died is handed back by whoever notices first; all look every fifth
// of the time after which a silent member counts as dead. Work that River has lost
// in another way, such as a job whose end could not be written, is found by two
// further looks, see maintain.go.
//
// While the database is away [Queue.Run] waits. A member that others took for dead
// gives up its attempts and joins them as another; an attempt asks by
// [Queue.HandedBack], before it writes anything down, whether it is still this
// member's. Waits that were set while the clock was ahead are corrected by
// [Queue.BringBack].
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
// A turn that nothing may use before something has ended in the process is held by
// its goroutine, for at most a minute.
//
// There are four locks, each held for a look into a map and never while the database
// is asked: that of attempts (what runs in this process), that of linkWorker.next,
// and in hub.go that of the hub and that of each listener. Only the last two are ever
// held together, in this order. A transaction comes before all of them: it may look
// into attempts, and wakes the hub once it is committed. On Postgres, what begins links
// and what changes peers locks the one row of commentator_locks first.
package queue
