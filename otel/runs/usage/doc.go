// Package usage counts what traces used while they come in: in go spans of any dialect, a few at a time and in any order; out come
// the model calls among them, each once, with its tokens and cost. It goes by the table of dialects and the
// rules of counting of package runs, which has whole traces instead.
//
//	for _, s := range usage.Read(td) {
//		traces[s.TraceID()].Add(s) // of the trace, made with usage.NewTrace
//	}
//	// when nothing came for a while
//	for _, call := range trace.Count(table) {
//		...
//	}
//
// # Counting once, in pieces
//
// A span around a model call repeats its numbers, and two instrumentations describe one call twice. Which span counts is seen
// from the spans around it, some of which come later: a span is sent when it ends, an agent's after its calls'. So a [Trace] keeps
// what it was given, without prompts and answers, and Count looks at all of it each time, and returns calls that it did not
// return before. What was returned stands:
//
//   - an agent, or a wrapper, that comes after its calls counts for nothing;
//   - of calls that come after a span around them was counted for them, none counts again;
//   - of two reports of one call the one that came first stays;
//   - a span that comes again counts once, and one that has not ended when it ends.
//
// All that is forgotten with the Trace. A span that comes after that is judged by itself: a call counts, and a span
// around calls that are not there counts for them.
package usage
