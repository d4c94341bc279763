// Package page reads a web page as a careful person would.
//
// In: the bytes of an answer, its content type and address. Out: a Page: the
// text of its main content as readable plain text (headings, lists, tables and
// code kept), what the page says about itself, and a verdict when what came is
// not the page that was asked for (login, consent, bot check, soft 404,
// JavaScript shell, paywall).
//
// Nothing here does I/O. Input is hostile: bytes, nodes and depth are bounded,
// the parsers run under a deadline, and a panic in them is an error here.
package page
