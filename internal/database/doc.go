// Package database is the database of the worker: SQLite in one file by
// default, Postgres when the URL says so. In goes SQL that both understand,
// written with $1 placeholders, times as Unix milliseconds and JSON as text; out
// come rows. What the two do differently (locking rows, changing the schema,
// waiting for other processes) is a method here, so that the packages which keep
// something in the database (queue, posts, people, membership) need not ask
// which one it is.
//
// The schema of all tables of ours stands here too: they change together, by one
// version number. Each table has one package that writes it:
//
//	queue        commentator_links, _inbox, _seen, _checkpoints, _unreadable, _peers, _locks
//	posts        commentator_deliveries
//	people       commentator_mutes, _feedback
//	membership   commentator_instances, _marks
//
// # The clock
//
// Times that are stored or compared are on the one clock that all processes of a
// database share, [DB.Now]. It may be wrong. Where the clock was last believed is
// kept as a mark; [DB.CheckClock] compares. By a clock that is a week and more
// ahead of its mark nothing is forgotten: what deletes by age, or asks whether
// something was long ago, goes by [DB.SafeNow]. What was written while the clock
// was ahead is corrected once it is right, by [Redate] and by the queue.
//
// # Poolers and outages
//
// On Postgres nothing rests on the state of a session, so that PgBouncer in
// transaction mode may stand in between. It must allow two connections to the
// server while a schema is changed, and one otherwise. Whether LISTEN works is
// found out ([DB.Listens]). An error that may pass by itself is an
// [UnavailableError]: the server is away, starts, or has no connection left.
//
// # Goroutines and locks
//
// A [DB] starts no goroutine and is safe for concurrent use. SQLite is used
// through one connection, so a transaction keeps all others of the process
// waiting: nothing that takes long, and no second query on the DB, belongs
// inside [DB.InTx]. There are three mutexes, of the channel behind [DB.Changed], of
// the last look at a server's clock, and of what is known of the clock; none is
// held during a query or together with another.
package database
