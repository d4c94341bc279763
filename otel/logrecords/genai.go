package logrecords

import (
	"iter"
	"strings"
)

// EventNameKey is the attribute by which instrumentations name an event that do not use
// OTLP's field for it.
const EventNameKey = "event.name"

const (
	genAIPrefix = "gen_ai."
)

// IsGenAI reports whether a log record has to do with GenAI: an event of the GenAI
// conventions or of a coding agent that is known here, or one with an attribute of the
// conventions. event is the record's event name ([EventName]), keys are those of its
// attributes.
func IsGenAI(event string, keys iter.Seq[string]) bool {
	if strings.HasPrefix(event, genAIPrefix) || agentOf(event) != nil {
		return true
	}
	for key := range keys {
		if strings.HasPrefix(key, genAIPrefix) {
			return true
		}
	}
	return false
}

// EventName gives the name of a record's event: the field of OTLP, else the attribute
// event.name. The attribute counts before a field that is no name, as with Codex, which
// has a line of its source there, and the body where it is the whole name, as with Claude
// Code, whose event.name is "api_request" and whose body "claude_code.api_request".
func EventName(field, attribute, body string) string {
	if agentOf(body) != nil && !strings.ContainsAny(body, " \n") && (attribute == "" || strings.HasSuffix(body, "."+attribute)) {
		return body
	}
	if field == "" || attribute != "" && strings.ContainsAny(field, " /") {
		return attribute
	}
	return field
}

// DetailsEvent is the event of the GenAI conventions that holds all of a model call: what
// its attributes say counts as the span's, of a span's event as of a log record.
const DetailsEvent = "gen_ai.client.inference.operation.details"

// IsMessage reports whether an event of a span, or a log record, is one message of a
// conversation, as the GenAI conventions had it up to 1.36.
func IsMessage(event string) bool {
	return event == "gen_ai.choice" || strings.HasPrefix(event, genAIPrefix) && strings.HasSuffix(event, ".message")
}
