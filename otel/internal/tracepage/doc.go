// Package tracepage draws a trace as one page of HTML that a person can read without
// a server: the tree of spans with bars of time, and what each span says. It is for
// MLflow servers that have no page for traces, whose artifact viewer shows it in a
// frame that runs no scripts; so the page has none, nor anything that is loaded from
// elsewhere.
//
// In goes OTLP data, out come bytes: pure, deterministic and bounded. Whatever the
// spans hold is shown as text.
package tracepage
