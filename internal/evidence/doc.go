// Package evidence turns a link that somebody shared into evidence that a
// comment may rest on.
//
// In: a URL, or the bytes of a page. Out: an *Evidence: what the page is, its
// text, and snippets that cover it, each with where it comes from; or one clear
// sentence, an *Error, when there is nothing usable. What could not be had is
// said in Coverage and Errors, never papered over.
package evidence
