// Package otlpredactionprocessor is a Collector processor that takes secrets out of
// everything that OTLP has a place for: attributes of all kinds, nested ones and bytes
// too, and their keys; names of spans, events, links, scopes and metrics; status messages,
// bodies, trace states, schema URLs. The contrib redaction processor looks at values of
// attributes that are texts, and little else.
//
// Within texts, prompts and results of tools above all, secrets are found by patterns, and by what they are called:
// a blocked key is one in JSON that is a text too.
//
// In go traces, logs and metrics, and patterns; out come the same, with a mark in place of
// each secret. A test lists the fields of the protocol by their description, so that one
// that is added to OTLP is looked at or fails the test. Ids are no texts and stay.
//
// A processor is safe for concurrent use, and has no goroutines.
package otlpredactionprocessor

//go:generate go tool -modfile=../internal/tools/go.mod mdatagen metadata.yaml
