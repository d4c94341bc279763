package replaytest

import (
	"strings"

	"github.com/technoshare/commentator/otel/genaihttp/internal/stream/streamtest"
)

// EventStream frames lines of "name {json}" as AWS does; a name that ends in Exception is an error.
func EventStream(lines string) string {
	var out strings.Builder
	for line := range strings.Lines(lines) {
		event, payload, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		out.WriteString(streamtest.EventMessage(event, payload))
	}
	return out.String()
}
