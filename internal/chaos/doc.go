// Package chaos is the harness in which the worker lives through what nobody has
// thought of; only tests import it. In goes a seed, out comes a [Plan]: how many
// links are shared, by which processes they are worked on, on which database, and a
// timetable of faults. [World.Run] carries it out with processes of the built program, a
// real MLflow, a stand-in for Slack and one for the model, which keeps a ledger. Then
// everything is well again, and [World.Reconcile] holds what went in against what
// Slack, the queue, MLflow and the ledger have in the end.
//
// A [CollectorWorld] is the same for a Collector: programs send it their spans until it says that
// those are stored, and in the end MLflow is held against what was sent.
//
// A seed makes the same plan wherever it runs; when a fault meets which moment of the
// program's work is up to the machine, so a seed that failed is run again some times.
//
// # Promises
//
//   - An innocent link has exactly one reply, which is about that link. It may be an
//     error only where a peer gave a complete wrong answer for it (a login page for
//     the model's answer).
//   - A hostile link has at most one reply, and one or a ⚠️.
//   - MLflow has one run tree and one trace for each attempt, and the attempt that
//     answered has all five runs. What a restored database has lost may be gone.
//   - The model answered each link once, beside calls whose answer could not be kept:
//     their process died, was stopped or had no disk, or the answer was cut.
//   - The outbox is empty but for what a fault put there; that is set aside with a reason.
//   - Processes end only when they are told to. Their memory stays flat.
//   - MLflow has each span that a Collector has taken once, and its trace, with the runs that the
//     projection makes of it. Only of what was stored and not delivered when its storage was damaged
//     for good may something be gone, and then the log tells of the damage.
//
// # Files
//
// plan.go draws plans, fault.go carries out a timetable, and each kind of fault has a
// file fault_*.go. proxy.go stands before each peer. world.go, process.go, people.go,
// pages.go, hostile.go and model.go are the world, collector.go and traffic.go that of a Collector,
// reconcile*.go the books.
package chaos
