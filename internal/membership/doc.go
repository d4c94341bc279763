// Package membership says which workers of a database are alive, so that the work
// of a dead one is taken over and that of a living one is left alone. In goes one
// worker, out come the ids of those that died, each handed to one survivor.
//
// On SQLite a member holds a lock on a file next to the database, which the
// kernel drops with the process, however that ends. On Postgres it writes a
// heartbeat, on the database's clock, a fifth of [Config].DeadAfter apart, and
// stops its own work when it could not for two thirds of that; others take it for
// dead after the whole. The clock of the member itself is asked only for how long
// ago that was, and goes on while the process is stopped.
//
// The package also keeps what members agree on: [Members.Lease], a name that one
// of them has for a while, and marks, values that only rise.
//
// A [Members] is safe for concurrent use. It starts no goroutine: whoever works
// calls [Members.Beat] and [Members.TakeOver] every [Config.Every].
package membership
