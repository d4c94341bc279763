package mlflowid_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/internal/mlflowid"
)

// The ids are known to servers: another derivation would double what is there.
func TestIdsStayAsServersKnowThem(t *testing.T) {
	const digits = "0102030405060708090a0b0c0d0e0f10"
	id, err := trace.TraceIDFromHex(digits)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ got, want string }{
		"trace":      {mlflowid.Trace(id), "tr-" + digits},
		"evaluation": {mlflowid.Evaluation(digits, "0102030405060708", "links"), "a-a0e2818ad1e0e6be486910c3e59a80c8"},
		"feedback":   {mlflowid.Feedback(id, "U1", "thumbs"), "a-9e53bd22b62046f901bd6430a41809cf"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
}
