// Package genaimetrics is a Collector connector that makes metrics of GenAI spans: in go traces of any dialect, over any
// pipeline; out come, every so often, the metrics of the GenAI conventions for models' tokens and durations, and what the calls cost.
//
//	ConsumeTraces ──► usage.Read ──► window: spans of traces, for a while ──► usage.Trace.Count ──► registry: series
//	                  (no content)   (bounded, in memory)                     (each call once)      (bounded)
//	                                                                                                  │ flush_interval
//	                                                                             next consumer ◀──────┘
//
// Which span counts for a call is seen from those around it, so that spans of a trace wait for one another, a few seconds. They
// are remembered beyond that, so that what comes late does not count again; package usage has the rules.
//
// # Goroutines and locks
//
// A started connector has one goroutine, which counts what has waited, forgets what is old and flushes; it ends in Shutdown, which
// counts and flushes the rest. One lock guards window and registry; it is not held while spans are read, nor while metrics are
// consumed.
//
// # Metrics of its own
//
// documentation.md lists them, and is made of metadata.yaml as the code that records them is.
package genaimetrics

//go:generate go tool -modfile=../internal/tools/go.mod mdatagen metadata.yaml
