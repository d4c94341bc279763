package spool

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

func TestNameHoldsStartTraceAndPart(t *testing.T) {
	p := Part{TraceID: trace.TraceID{0xab, 15: 1}, Number: 3, Complete: true, Start: time.Unix(1, 5)}
	const want = "00000000001000000005-ab000000000000000000000000000001-000003c"
	if got := nameOf(p).String(); got != want {
		t.Errorf("name %s, want %s", got, want)
	}
	for _, start := range []time.Time{{}, time.Unix(-5, 0)} {
		if got := nameOf(Part{Start: start}).start; got != 0 {
			t.Errorf("start %v gives %d", start, got)
		}
	}
}

func FuzzParseName(f *testing.F) {
	f.Add(nameOf(part(0)).String())
	f.Add("00000000001000000005-ab000000000000000000000000000001-000003c")
	f.Add("00000000001000000005-AB000000000000000000000000000001-000003")
	f.Add("1-ab000000000000000000000000000001-1c")
	f.Add("../../../etc/passwd")
	f.Add("-0000000000000000005-ab000000000000000000000000000001-000003cc")
	f.Fuzz(func(t *testing.T, id string) {
		n, err := parseName(id)
		if err != nil {
			if !strings.Contains(err.Error(), "parse id") {
				t.Errorf("error %q does not say what failed", err)
			}
			return
		}
		if n.String() != id {
			t.Errorf("%q parses as %q", id, n)
		}
		if filepath.Base(id) != id || n.part < 1 || n.start < 0 {
			t.Errorf("%q parses as %+v", id, n)
		}
	})
}
