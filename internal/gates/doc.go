// Package gates decides whether a comment may be posted.
//
// In: the evidence that retrieval found, and the result that the analyst made
// of it. Out: a [job.Report], one verdict a gate, each with a sentence that a
// person can act on. Everything here is a pure function of its arguments: no
// clock, no network, no model, so the same comment gets the same verdict in
// the worker, in the evaluation and in a replay.
//
// A gate is one function of an input. The table in [Gates] lists them all;
// adding one is one file for the function and one line in the table.
//
// Three questions are asked:
//
//   - Is it formed as agreed? Three sentences, a paragraph, bullets.
//   - Is it true to the evidence? Links, names and numbers of the comment must
//     be in the evidence. Spelling, script, language and unit may differ: 1,000
//     is 1k, 四百一十二 is 412, an hour and a half is 90 minutes, Zürich is Zurich,
//     AWS is Amazon Web Services, Маск is Musk.
//   - Did the page lead the model astray, or did the model fail? Orders on
//     the page that were followed, mentions, secrets, placeholders, loops, the
//     wrong language; and whatever the comment asks its readers to do, to buy,
//     to pay or to believe of somebody that the page is not about. A comment
//     on a how-to or a recall is full of calls, and they vouch for one another.
//
// Where a rule must guess, it guesses in favour of the comment: a gate that
// cries wolf is switched off by its users. A blocking gate blocks what is
// certainly wrong. What is only in doubt, such as a sum that a reader may have
// worked out or a translated name, makes its result advisory: it is reported and
// blocks nothing. How often each gate is right is measured on the comments of
// testdata/labelled, and held by a test; so is how many attacks they hold back, with testdata/attacks.
package gates
