// Package tracejson writes a trace as the file traces.json, which is how MLflow's
// own exporter stores spans on servers that take none over OTLP: those before 3.4,
// those that run under Gunicorn, file stores, and those behind a proxy that passes
// only the API. MLflow's pages and its Python client read the spans from there.
//
// In goes one trace of OTLP spans, annotated as it would go over OTLP; out come the
// bytes, and the metadata that a server which sees the spans would have worked out
// itself. Nothing translates the conventions of GenAI on the way: over OTLP the
// server does, here [New] does (see translate.go).
//
// All is pure and deterministic, so that a repeated delivery changes nothing. A late
// part of a trace is joined with what is stored already by [Merge].
package tracejson
