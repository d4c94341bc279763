// Package runprocessor turns the spans of a Go program into MLflow runs. In come
// spans as they start and end, out go whole traces as OTLP into an outbox on
// disk (package spool), from which package deliver brings them to MLflow as
// runs, metrics, params, tags, artifacts and traces.
//
//	processor, err := runprocessor.New(ctx)
//	if err != nil { … }
//	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
//	defer provider.Shutdown(context.Background())
//
// Register it before other processors: a provider shuts down its processors one
// after the other on one deadline. Wrap the sampler in [sdktrace.AlwaysRecord]
// to get a run of every trace, also of those that are not sampled; such spans
// become runs, and only sampled ones are sent to MLflow as traces (bit 0x01 of
// a span's OTLP flags).
//
// # What a program pays
//
// OnStart and OnEnd do no I/O and take no lock that I/O holds: about 0.3 µs and
// 0.2 allocations a span over a processor that does nothing. Converting, writing
// and sending happen in goroutines of the processor. Nothing here blocks a
// program or makes it fail: what cannot be kept is dropped, counted (see observe
// for the metrics) and logged once.
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
//	span never ends                       after WithMaxAge the trace is written, open spans marked mlflowattr.UnfinishedKey: the run is KILLED
//	it ends after that                    a further part with the true span, which mends the run
//	its root says mlflowattr.HandedBackKey      not written; its RUNNING run is left to the process that takes it over
//	ForceFlush                            waits for complete traces; open ones stay
//	Shutdown                              writes open traces like those too old, then delivers what it can
//	span ends during or after Shutdown    ignored and counted
//	OnEnd that starts spans               allowed: no lock of the SDK or of this package is held
//	trace with very many spans            cut into parts of 1,000 spans or 4 MiB; the last one is marked complete
//	many big traces at once               beyond 64 MiB the fattest are cut
//	very many open spans                  beyond the same bound the oldest trace is given up as if too old
//	disk slower than the program          parts beyond the queue (1,024, or as many bytes again) are dropped; Flush tells
//
// The last 8,192 complete traces are remembered; a span that starts later than
// that begins its trace anew.
//
// # Outbox
//
// The default folder is otel-mlflow/<OTEL_SERVICE_NAME or name of the
// executable> in $XDG_STATE_HOME, else in ~/.local/state (macOS: ~/Library/Application
// Support, Windows: AppData\Local). A second process of the program uses
// the sibling <name>-2, and so on; what it leaves there the next start of any of
// them takes over. A container without a volume loses what is in the folder when
// it goes; Shutdown therefore tries to deliver.
//
// # Environment
//
//	MLFLOW_TRACKING_URI       address of the server (http://127.0.0.1:5000)
//	MLFLOW_EXPERIMENT_NAME    experiment (technoshare_commentator)
//	MLFLOW_ENABLE_TRACKING    runs (true)
//	MLFLOW_ENABLE_TRACING     traces (true); with both off the processor does nothing
//
// and those of package mlflow for credentials and TLS.
package runprocessor
