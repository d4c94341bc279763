// Package analysis turns the evidence of one page into the few texts that a
// comment is made of. In goes a [job.Evidence]; out comes a [job.Comment] that
// the embedded JSON schema has accepted, inside a [job.Analysis] that says how
// it came about: analyst, model, prompt, tokens, cost, calls, raw answer. The
// analysis is returned beside an error too, as far as it came.
//
// Two analysts exist. [NewOpenAI] makes one Chat Completions call to any
// OpenAI-compatible server, and one more only when the answer broke the schema.
// [NewOffline] needs no model: it picks sentences of the page itself, and
// proposes nothing. Both may be used by several goroutines; [Limit] bounds how
// many calls are made at once.
//
// # What a server has to know
//
// Servers differ in what they take. The analyst begins with the strictest form
// and steps down when the server refuses it: json_schema with bounded strings
// (a server that compiles the schema into a grammar, such as llama.cpp, can
// then not run away), json_schema with the keywords that OpenAI's strict mode
// permits, json_object, plain text from which the JSON is cut out. The form
// that worked is remembered by the analyst, hence per base URL and model. What
// arrives is validated here in every case.
//
// # Untrusted text
//
// The page's text travels in the user message between two marker lines whose
// token is a hash of that very text, so a page cannot contain it and cannot
// close the fence.
//
// # Failures
//
// Every failure of an analysis is an [*Error]: one sentence that says what
// happened, where, and how to repair it, without secrets. It is a retry.Hint
// for callers that schedule jobs. Only a context that ends while [Limit] waits
// gives another error.
package analysis
