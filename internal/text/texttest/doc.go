// Package texttest has what tests of readers of foreign text share: texts that
// are dear to read, and a clock that tells what reading them costs.
//
// A reader must take time in proportion to its input whatever the input is, so
// that a page harms nobody but itself. [Kinds] lists texts by what they repeat:
// the marks, words and near-matches on which readers are known to go back or
// ahead. [CPU] measures one call, and [Grows] compares it with one on twice as
// much.
//
// It is for tests only.
package texttest
