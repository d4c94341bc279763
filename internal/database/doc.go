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
// # Goroutines and locks
//
// A [DB] starts no goroutine and is safe for concurrent use. SQLite is used
// through one connection, so a transaction keeps all others of the process
// waiting: nothing that takes long, and no second query on the DB, belongs
// inside [DB.InTx]. The mutex of the DB guards the channel behind [DB.Changed]
// only and is never held during a query.
package database
