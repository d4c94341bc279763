// Package weigh says what an OTLP request will take in memory once it is decoded, and how
// deep it is nested, before anything of it is decoded. In go the bytes of its body, in pieces of any size; out
// comes a count of bytes. It keeps nothing of the body.
//
// What a message costs follows from the protocol's own description, so that a
// message or field that is added to OTLP later is counted too.
package weigh
