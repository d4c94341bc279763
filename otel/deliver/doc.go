// Package deliver brings finished traces into MLflow. In goes one trace as OTLP;
// out come, on the tracking server, a tree of runs with metrics, params, tags
// and artifacts, the trace itself with its spans, and links between them.
//
//	 Source ──Take──► Queue ──Handle──► Deliverer ──► MLflow
//	(spool,    ▲        │               (one for each
//	 table)    └─Record─┘                experiment)
//
// A Deliverer does one delivery; what becomes what is decided by package runs, a
// pure projection. A Queue decides when: it takes what is due out of a Source,
// hands it to a Handler, and tells the Source what became of it. NewSpoolQueue
// empties a spool; any other store of traces implements Source and Work, and any
// choice between several Deliverers is a Handler.
//
// # The order of the calls
//
//  1. The experiment is looked up by name, made if there is none, and given its
//     tags and views the first time. Later it is looked at again, by its id, when the
//     server was away or was not asked for 30 s: its database may have been swapped or
//     restored, and what is remembered is checked before anything is written by it.
//  2. The server is asked what it can do, once (mlflow.Client.Capabilities).
//  3. Where an earlier attempt may have left something, runs are searched by the
//     tags otel.trace_id and otel.span_id. Of a span that has several one stays.
//  4. Runs are created, parents first; the first run is linked to the logged model
//     of the program's version. Then the experiment is looked at again: without any
//     failed request there may be another database, in which its id is a stranger's.
//  5. Metrics, params and tags go in one batch a run. What is refused of a batch is
//     found by halving it, and left out.
//  6. The trace goes by the best way that the server has (see below), and is linked
//     to its prompts and its runs; the run that its info names lists it without a link.
//  7. Artifacts go one by one: first the attachments of the trace (MLflow 3.12 and
//     newer), to which its spans refer, then files of runs, children first. While the
//     store behind the server is known to be away they come last of all.
//  8. Runs get their status and end, children first.
//
// Runs are ended whatever becomes of the trace and of artifacts. Everything but
// creating a run is an upsert, so a delivery may be cut off at any call and begun anew. A
// create that was not answered may still be processed: the next attempt waits until the
// server has certainly given up (21 s after the request), and searches.
//
// # The ways of a trace
//
//	server                        spans                                    info
//	3.17 and newer                OTLP, compressed                         before the spans, see below
//	3.6–3.16                      OTLP, compressed from 3.7                after the spans
//	3.2–3.5, Gunicorn, a file     traces.json in the trace's artifacts     before the file
//	store, a closed /v1/traces
//	3.0, 3.1                      the same, by the calls of MLflow 2.14    with the file
//	2.14–2.22                     the same, and files of the first run     with the file
//	older                         files of the first run                   none
//
// Over OTLP roots go last, since a root is what ends a trace. A request that is refused
// is halved until the refused spans stand alone (Result.Poison). Which way it is follows
// from what the server was found to have, and from its answers. The info goes first where
// the server then has less to merge; not for a late part, nor where an earlier attempt may
// have left something.
//
// # Evaluations
//
// A trace whose root links to an evaluation's (runs.Projection.MemberOf) is a row: it has no
// runs of its own and is one of the traces of the evaluation's run. That is looked for
// before the trace's own lock is taken, by the tags of its root span, and made RUNNING where
// there is none; the root's delivery finds and completes it. Of runs that two processes made
// one stays, with the rows of all. Once the root is there rows are counted, and those that
// are missing said in the tag otel.rows_missing; a row that comes later counts again. A
// server without trace info (before MLflow 3.2) gets rows as runs below the evaluation's.
//
// # What a server does not take
//
// It is Result.Missing: artifacts of a store that only others can write, a trace without
// any way, a body beyond the limit of a proxy. All else counts as delivered. The run says so in
// its tag otel.incomplete, and QueueStats counts it, and a spool keeps the
// trace among its dead letters, from where it can be delivered again once the server
// is another.
//
// # Before the root
//
// A trace may be delivered before its root is there (Origin.Unfinished), read by
// runs.ReadOpen as one under way, or as given up. Runs that are Running are not ended and get
// no params, and all runs say in the tag otel.unfinished what is missing. A later delivery
// finds them by their spans, completes those that are still runs, nests them anew, deletes
// the others, and takes the tag back. A root that comes as a late part alone takes in the runs
// with the tag that have no parent.
//
// # Errors
//
// An error of Deliver is one of these:
//
//	                         ask                 what a Queue does
//	IsStopped                the context ended   leaves the work to the next process
//	IsOutage                 nobody gets through keeps the others back, and probes
//	IsPartial                the runs are there  tries again; others go on
//	IsPermanent              retrying is no use  makes a dead letter
//	anything else            about this trace    tries again, WithMaxAttempts times
//
// RetryAfter says for all of them how long to wait at least. While the server is
// down one trace at a time probes it, after a wait that grows (WithBackoff); the
// first success lets all others go on. An outage never counts against a trace, nor does a
// store of artifacts, or a way for traces, that is away.
//
// What MLflow does not answer, as a login of a proxy does with 200, is an outage: nothing
// that was sent counts as there. Spans count as stored when the server says afterwards
// that the trace has some; where their info went first, one look in 30 s is enough, unless
// the server was away since.
//
// # Where a trace goes
//
// NewDestinations makes a Handler that delivers each trace of a spool to the experiment for
// which it was made, also when this process is told another one: by a Deliverer of its own,
// of which 16 are kept. Parts for another server are not taken out of the spool
// (spool.WithReach). An experiment that was deleted, or is closed to this user, is asked again
// after 30 s to 10 min; its traces are postponed, and no others. Before the first delivery
// runs of dead processes are ended in former experiments too.
//
// # Which trace is next
//
// Of a spool's traces the newest that was never tried comes first, and every third time the
// one that has been due for longest: a new trace does not wait behind a backlog, which gets
// on beside it. What comes and goes costs a few comparisons, however much waits. Waits are by
// the monotonic clock; one that an earlier process noted farther ahead than any wait can be
// is that of a clock that was wrong, and does not count.
//
// # Goroutines and locks
//
// Run has a goroutine of its own caller and one for each delivery under way, of
// which WithConcurrency are allowed; it returns when all have ended. A Deliverer
// starts none, and may be used by many.
//
// A Queue's lock comes before a Source's own locks: Source.Pending is called with it,
// everything else without any lock. Observers are called without a lock. A
// Deliverer holds one lock for each trace, so that deliveries of the same trace
// follow each other, then that of the experiment and that of the logged models while
// either is looked up, in this order; the lock of what it remembers is the innermost.
//
// # Bounds
//
// A Queue remembers the last outcome of 4,096 traces for Wait. A Deliverer
// remembers 4,096 live runs (Started), 16,384 traces that failed, as many that are
// delivered, as many that lack only artifacts, and 256 logged models. None of it is needed for correctness across
// processes: there the tags on the runs speak. A request holds up to 1,000 spans
// and 8 MiB; to find refused spans a delivery spends up to 200 further requests.
//
// # What can be observed
//
//	Observer      when                                     QueueStats
//	Delivered     a trace is on the server                 Delivered, Late, Incomplete
//	Retried       an attempt failed                        Retried, LastError
//	Dropped       traces or spans became dead letters      DeadLettered, Poison
//	ServerDown    an outage began                          ServerDown
//	ServerUp      it has ended                             ServerDown
//	              runs of dead processes were ended        Killed
//
// Package runprocessor and the Collector's exporter make metrics of them.
package deliver
