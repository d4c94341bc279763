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
// Servers differ in what they take. The analyst begins with what vendors write
// down of a server and a model, else with the strictest form: json_schema with
// bounded strings (a server that compiles the schema into a grammar, such as
// llama.cpp, can then not run away), the instruction in a system message. A
// refusal takes away all that it names, at once: bounds, json_schema,
// json_object, a parameter, the system role; the text of a role that a model
// does not have goes into the user's message. A second refusal takes everything
// that can be refused, so that a server not met before answers the third call
// at the latest. Refused calls are not paid for.
//
// The form that worked is remembered for the base URL and the model, also on
// disk ([OpenAIConfig].FormFile), for a week; for a day where the refusal named
// nothing and it was guessed. One that ceases to work is forgotten.
//
// # What an answer may look like
//
// The text is found in each shape of Chat Completions: one text, a list of
// parts (Mistral), arguments of a call, a stream that nobody asked for. JSON that
// is nearly right is repaired by a library, and right JSON in other clothes
// undressed, where it is certain what was meant; neither costs a call. An answer
// that was cut is not repaired. What arrives is validated here in every case.
//
// # Untrusted text
//
// The page's text travels in the user message between two marker lines whose
// token is a hash of that very text, so a page cannot contain it and cannot
// close the fence.
//
// # Failures
//
// A content filter, in an error or in an answer, ends the analysis at once, and
// is named. Every failure of an analysis is an [*Error]: one sentence that says
// what happened, where, and how to repair it, without secrets. It is a
// retry.Hint for callers that schedule jobs. Only a context that ends while
// [Limit] waits gives another error.
package analysis
