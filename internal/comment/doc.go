// Package comment gives a reply its forms: Slack messages, Markdown and an HTML
// page for MLflow, text for a terminal.
//
// In: a [job.Reply]. Out: messages as chat.postMessage takes them, or text. All
// forms come from one document, so they say the same. Everything is a pure
// function of the reply: the same reply gives the same bytes.
//
// Text of models and pages is data here. It can't mention anybody, can't forge
// a link or hide where one leads, can't break out of its place, and what is
// invisible or turns the direction of writing is taken out of it. Nothing is
// cut silently: a comment too long for one message goes on in the next.
//
// A text goes through three steps: clean takes out what nobody sees, inline
// reads its Markdown into spans (plain text with bold, code or a link), and
// each form writes the spans in its own syntax, with everything else in them
// escaped.
//
// The poster switches unfurling off, and never sets link_names or parse.
package comment
