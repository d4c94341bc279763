// Package count adds up what a trace used, counting everything once. In goes a
// tree of spans, out comes a Tally: for each span what it counts for itself, what
// it and all below it add up to, and what only its surroundings say about it.
//
// Spans around a model call repeat its numbers, or sum them over an agent's whole
// life, and two instrumentations describe one call twice. So:
//
//   - a call is counted on the innermost span that describes it (Tally.add);
//   - steps inside a call that repeat its usage are its parts (Tally.lookAbove);
//   - of two reports side by side one counts (findDuplicates);
//   - an error that rises through its parents is one error.
//
// It is the second phase of reading a trace. The tree is not changed: a kind that
// was guessed wrongly, or a cost that only the duplicate knows, is corrected in the
// tally.
package count
