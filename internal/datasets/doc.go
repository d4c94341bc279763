// Package datasets keeps examples for evaluations of comments in MLflow's own evaluation
// datasets: a row is a page, with the evidence that was found there once, and what people
// would have it say. In go traces of jobs with people's feedback, or a file; out come rows
// that an evaluation runs without fetching anything.
//
// A row's content is its link and its evidence; one with the same content is the same row,
// whenever and wherever it came from, so that everything here may run twice. Nothing in a row
// names a person, a channel or a message: see [Scrub].
//
// The functions hold no state and are safe for concurrent use, with each other too: of two who
// write one row at the same time the last counts.
package datasets
