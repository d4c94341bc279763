// Package logrecords joins log records to the spans they belong to. Some
// instrumentations put messages, tool calls, tokens or cost into log records and leave
// their spans bare; coding agents write log records and no spans at all.
//
// Whatever stores and delivers traces handles spans only. So a record travels as a
// carrier: a span that stands for it, below the span that the record names, and so
// never a root. [Carriers] makes carriers of OTLP log data, and [Join] puts what they
// carry where it belongs, just before a trace is read:
//
//   - messages and the details of a model call become attributes of its span, under the
//     names of the GenAI conventions, where the span does not say the same itself;
//   - other records become events of their span;
//   - of a span that never came there is one made of its records, marked as unfinished;
//   - the records of a coding agent that sends no spans become spans: a session, its
//     prompts, and below them model calls and tools.
//
// Records of other kinds are not taken: the log of an ordinary program would bloat its
// traces. See [IsGenAI].
//
// Both functions are pure, and neither changes its argument. A carrier's id is derived
// from its record, so that records may come twice, in any order and in any number of
// requests, before or after their spans.
package logrecords
