// Package replaytest is what the tests of SDKs, in modules of their own, have in common: a stand-in for vendors' servers
// that answers with the recordings of genaihttp, cases, and their table in a README.
package replaytest

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// SDK is one that is tested.
type SDK struct {
	Name   string // of the module
	Cases  []Case
	Llamas []LlamaCase // against a real llama.cpp
}

// Case is a call that an SDK makes, and what is recorded of it.
type Case struct {
	What    string
	Answers []string // recordings, see NewKit
	Call    func(*Kit) error
	Spans   []string // name, tokens in and out, and where there is one the finish reason or error
}

// LlamaCase is a call of a model at a server's address. It returns the tokens that the SDK tells.
type LlamaCase struct {
	What string
	Call func(k *Kit, url, model string) (in, out int64, err error)
}

// Run makes the calls of all cases, with the recordings below the folder testdata, and compares the spans.
func Run(t *testing.T, testdata string, sdks ...SDK) {
	for _, s := range sdks {
		for _, c := range s.Cases {
			t.Run(s.Name+"/"+c.What, func(t *testing.T) {
				k := NewKit(t, testdata, c.Answers...)
				if err := c.Call(k); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, span := range k.Spans.Ended() {
					got = append(got, summary(span))
				}
				if strings.Join(got, "\n") != strings.Join(c.Spans, "\n") {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.Spans, "\n"))
				}
			})
		}
	}
}

func summary(s sdktrace.ReadOnlySpan) string {
	text := s.Name()
	if in := Value(s, "gen_ai.usage.input_tokens"); in != "" {
		text += " " + in + "→" + Value(s, "gen_ai.usage.output_tokens")
	}
	text += " " + Value(s, "gen_ai.response.finish_reasons")
	if s.Status().Code == codes.Error {
		text += " " + Value(s, "error.type")
	}
	if n := Value(s, "http.request.resend_count"); n != "" {
		text += " resend " + n
	}
	if end := Value(s, "genaihttp.body.end"); end != "" {
		text += " " + end
	}
	return strings.TrimSpace(text)
}
