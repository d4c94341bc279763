// Package runprocessor turns the spans of a Go program into MLflow runs. In come
// spans as they start and end, out go whole traces as OTLP into an outbox on
// disk (package spool), from which package deliver brings them to MLflow as
// runs, metrics, params, tags, artifacts and traces.
//
//	processor, err := runprocessor.New(ctx)
//	if err != nil {
//		log.Print(err) // the processor then does nothing, and the program goes on
//	}
//	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
//	defer func() {
//		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
//		defer cancel()
//		_ = provider.Shutdown(end)
//	}()
//
// The context of Shutdown is a fresh one: a provider given one that has ended reaches
// none of its processors. What is finished does not depend on it, see At the end of
// the program.
//
// Register it before other processors: a provider shuts down its processors one
// after the other on one deadline. Wrap the sampler in [sdktrace.AlwaysRecord]
// to get a run of every trace, also of those that are not sampled; such spans
// become runs, and only sampled ones are sent to MLflow as traces (bit 0x01 of
// a span's OTLP flags).
//
// # What a program pays
//
// OnStart and OnEnd do no I/O and take no lock that I/O holds: 0.2 to 0.4 µs and
// 0.17 allocations a span over a processor that does nothing. Converting, writing
// and sending happen in goroutines of the processor. Nothing here blocks a
// program or makes it fail: what cannot be kept is dropped, counted (see Metrics)
// and reported once.
//
// # When a trace is complete
//
// A trace is complete when the number of its open spans falls to 0.
//
//	case                                  rule
//	span ends normally, in a panic too    complete with the last one
//	span starts after that                a further part of the trace, counted as late
//	remote parent                         a local root; overlapping ones are one part, sequential ones a part each
//	parent put into the context by hand   a local root too
//	root dropped by the sampler           each child is a trace's part of its own; AlwaysRecord avoids it, WithLinger joins them
//	span dropped in the middle            its children belong to the part all the same
//	recorded but not sampled              written like any other, without the sampled flag
//	links, WithNewRoot                    a trace of its own, the link kept
//	processor registered late             an end without a start is ignored and counted
//	span never ends                       after WithMaxAge the trace is written, open spans say mlflowattr.UnfinishedKey: the run is KILLED
//	it ends after that                    a further part with the true span, which corrects the run
//	its root has HandedBackKey            not written; its RUNNING run is left to the process that takes it over
//	ForceFlush                            waits for complete traces; open ones stay
//	Shutdown                              writes open traces like those too old, then delivers what it can
//	span ends during or after Shutdown    ignored and counted
//	OnEnd that starts spans               allowed: no lock of the SDK or of this package is held
//	trace with very many spans            cut into parts of 1,000 spans or 4 MiB; the last one is marked complete
//	many big traces at once               beyond 64 MiB the largest are cut
//	very many open spans                  beyond the same bound the oldest trace is given up as if too old
//	disk slower than the program          parts beyond the queue (1,024, or as many bytes again) are dropped; Flush tells
//
// The last 8,192 complete traces are remembered; a span that starts later than
// that begins its trace anew.
//
// # At the end of the program
//
// A trace goes to the disk when its last span ends, without a batch or a timer, unless
// WithLinger asks for one. It takes the time of converting and writing one file, a few
// milliseconds, in a goroutine of the processor; Flush waits for it. A program that is
// killed, panics or calls os.Exit after that has lost nothing: the next start delivers
// the trace. Killed before, it loses what was not written yet, and what is still open.
//
// # Goroutines and locks
//
// A processor has four writers, each with a lane of parts (those of one trace stay
// in order), and one keeper, which looks at the clock: it sweeps old traces, ends
// lingering ones and announces long-running roots. With delivery there are two
// more: one runs the deliver.Queue, which starts its own, and one shows the
// announced roots. OnStart and OnEnd run on the program's goroutines.
//
// One mutex guards all that is known of spans and of the lanes. It is never held
// during I/O or conversion, and no other lock is taken under it, so there is no
// order of locks; outbox and queue have their own, which this package's never
// wraps. Nobody is called back either: writers and keeper fetch from channels.
// Shutdown ends the goroutines, and returns after them unless its time is up.
//
// # Log records
//
// Messages and details of model calls that a library writes as log records join the
// spans that they name: give [SpanProcessor.LogProcessor] to the logger provider.
// See package logrecords for what becomes of them.
//
// # Outbox
//
// The default folder is otel-mlflow/<OTEL_SERVICE_NAME or name of the
// executable> in $XDG_STATE_HOME, else in ~/.local/state (macOS: ~/Library/Application
// Support, Windows: AppData\Local). Where that cannot be written it is in the first folder
// of $STATE_DIRECTORY, which systemd sets for a service with StateDirectory=, and else
// in otel-mlflow-<user id> in the temporary folder, with a warning; what lies there is
// taken over by the next start that has a better one. A second process of the program uses
// the sibling <name>-2, and so on; what it leaves there the next start of any of
// them takes over. A container without a volume loses what is in the folder when
// it goes; Shutdown therefore tries to deliver.
//
// A trace that waits belongs to the server and the experiment, the workspace and the parent run,
// that the process was told which made it. A later process that is told another experiment of
// the same server delivers it where it belongs, and ends there what was left RUNNING. One that is told another server
// leaves it where it is, says so once and counts it (state elsewhere), until a process of
// that server comes, or somebody redirects it (spool.Redirect, commentator outbox retry --here).
// Addresses that differ in spelling alone are one server (mlflow.SameServer). What is wrong
// with one experiment, as that it is deleted, is noted beside its traces and keeps no others
// waiting.
//
// # Failures in the background
//
// What New, Flush, Wait and Shutdown cannot return goes to the logger of
// [WithLogger], and without one to otel.Handle: spans that were dropped, a server
// that does not answer, traces that it refused for good, parts of traces that it does
// not take, trouble of the outbox. Each reason is reported once, each outage, and each
// part again after 20 traces in a row had it; the metrics count all.
//
// # Metrics
//
// All are read when metrics are collected; recording spans costs nothing for them.
// The first two are those of the semantic conventions (otel.sdk.*, v1.43.0), with
// otel.component.name and otel.component.type on them.
//
//	name                                kind     unit     attributes
//	otel.sdk.processor.span.processed   counter  {span}   error.type if dropped (below); none: on disk
//	otel.sdk.processor.span.queue.size  updown   {span}   ended, not on disk yet
//	mlflow.processor.span.open          updown   {span}   started, not ended
//	mlflow.processor.span.late          counter  {span}   started after their trace was complete
//	mlflow.processor.span.unfinished    counter  {span}   written before they ended
//	mlflow.processor.log_record.processed  counter  {record}  error.type if dropped: not_stored, trace_not_tracked; none: on disk
//	mlflow.processor.trace.open         updown   {trace}  with spans in memory
//	mlflow.processor.trace.completed    counter  {trace}
//	mlflow.processor.trace.given_up     counter  {trace}  by age, memory or shutdown
//	mlflow.processor.part.cut           counter  {part}   reason: size, memory
//	mlflow.processor.memory             updown   By       estimate for spans in memory
//	mlflow.processor.start.lost         counter  {span}   roots that were not shown while they ran
//	mlflow.outbox.parts                 updown   {part}   state: pending, elsewhere (see Outbox), dead, bad
//	mlflow.outbox.size                  updown   By       pending parts on disk
//	mlflow.outbox.capacity              updown   By       which they may take; beyond, parts are refused
//	mlflow.outbox.age                   gauge    s        of the oldest pending trace
//	mlflow.outbox.stored                counter  {part}
//	mlflow.outbox.removed               counter  {part}   delivered, or dropped on request
//	mlflow.outbox.refused               counter  {part}   reason: outbox_full, no_space, error
//	mlflow.outbox.buried                counter  {part}   moved to dead/
//	mlflow.outbox.damaged               counter  {part}   moved to bad/
//	mlflow.delivery.traces              counter  {trace}  outcome: delivered, retried (attempts), buried
//	mlflow.delivery.refused_spans       counter  {span}   refused by the server, their traces otherwise delivered
//	mlflow.delivery.incomplete          counter  {trace}  delivered but for what the server does not take; part: trace, run_data, artifacts
//	mlflow.delivery.server_down         gauge    1        1 while the server does not answer
//
// error.type: queue_full (the disk cannot keep up), outbox_full, no_space,
// already_shutdown, start_not_seen, error.
//
// # Environment
//
//	MLFLOW_TRACKING_URI       address of the server (http://127.0.0.1:5000)
//	MLFLOW_EXPERIMENT_NAME    experiment, made when missing (Default)
//	MLFLOW_EXPERIMENT_ID      experiment, which must exist; wins over the name
//	MLFLOW_ENABLE_TRACKING    runs (true)
//	MLFLOW_ENABLE_TRACING     traces (true); with both off the processor does nothing
//	MLFLOW_ENABLE_ARTIFACTS   files of runs (true)
//	MLFLOW_RUN_ID             run under which the runs are put, which must exist
//
//	MLFLOW_HTTP_REQUEST_MAX_RETRIES  attempts at a trace on a server that is well (120)
//
// and those of package mlflow for credentials and TLS. A name that is not that of
// the id's experiment is reported. With an id that the server does not know, every
// trace goes to the outbox's dead letters, where it stays until somebody gives the
// right id and puts it back (package spool).
package runprocessor
