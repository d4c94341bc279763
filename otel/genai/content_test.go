package genai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai"
)

func TestContentIsMaskedWhereverItIsRecorded(t *testing.T) {
	seen := map[attribute.Key]bool{}
	mask := genai.WithMask(func(key attribute.Key, text string) string {
		seen[key] = true
		return strings.ReplaceAll(text, "s3cret", "***")
	})
	const secret = "the s3cret"
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		with := []genai.Option{genai.WithContent(true), mask}
		_, a := genai.StartAgent(ctx, tr, genai.AgentRequest{
			Instructions: secret, Messages: []genai.Message{{Role: "user", Content: secret}},
			Tools: []genai.ToolDefinition{{Name: "t", Description: secret, Parameters: map[string]string{"description": secret}}},
		}, with...)
		a.End(genai.AgentResponse{Content: secret})
		_, c := genai.StartChat(ctx, tr, genai.ChatRequest{Messages: []genai.Message{{Role: "user", Content: secret}}}, with...)
		c.End(genai.ChatResponse{Content: secret})
		_, tool := genai.StartTool(ctx, tr, "t", "", map[string]string{"q": secret}, with...)
		tool.End(secret)
		_, r := genai.StartRetrieval(ctx, tr, "", secret, with...)
		r.End([]genai.Document{{Content: secret}})
		_, w := genai.StartWorkflow(ctx, tr, "", "w", with...)
		w.Messages(secret, secret)
		w.End()
	})
	masked := 0
	for _, s := range spans {
		for _, kv := range s.Attributes {
			if v := kv.Value.String(); strings.Contains(v, "s3cret") {
				t.Errorf("%s: %s is %s", s.Name, kv.Key, v)
			} else if strings.Contains(v, "***") {
				masked++
			}
		}
	}
	if masked != 12 || len(seen) != 10 {
		t.Errorf("%d attributes are masked, for the keys %v", masked, seen)
	}
}

func TestAMaskThatPanicsHidesTheText(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, tool := genai.StartTool(ctx, tr, "t", "", "text", genai.WithContent(true), genai.WithMask(func(attribute.Key, string) string { panic("no") }))
		tool.End(nil)
	})
	if got := attributes(spans[0])["gen_ai.tool.call.arguments"]; got != "" {
		t.Errorf("recorded is %q", got)
	}
}

func TestContentHasABound(t *testing.T) {
	long := strings.Repeat("é", 400)
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		with := []genai.Option{genai.WithContent(true), genai.WithMaxContent(101)}
		_, a := genai.StartAgent(ctx, tr, genai.AgentRequest{
			Messages: []genai.Message{{Role: "system", Content: "Be kind."}, {Role: "user", Content: long}},
			Tools:    []genai.ToolDefinition{{Name: "short"}, {Name: "long", Description: long}},
		}, with...)
		a.End(genai.AgentResponse{})
		_, tool := genai.StartTool(ctx, tr, "t", "", long, with...)
		tool.End(nil)
		_, tool = genai.StartTool(ctx, tr, "t", "", long, genai.WithContent(true), genai.WithMaxContent(0))
		tool.End(nil)
	})
	m := attributes(spans[0])
	want := `[{"role":"system","parts":[{"type":"text","content":"Be kind."}]},` +
		`{"role":"user","parts":[{"type":"text","content":"` + strings.Repeat("é", 46) + `"}]}]`
	if m["gen_ai.input.messages"] != want {
		t.Errorf("messages are %v", m["gen_ai.input.messages"])
	}
	if m["gen_ai.tool.definitions"] != `[{"type":"function","name":"short"}]` {
		t.Errorf("tools are %v", m["gen_ai.tool.definitions"])
	}
	if got := attributes(spans[1])["gen_ai.tool.call.arguments"]; got != strings.Repeat("é", 50) {
		t.Errorf("arguments are %v", got)
	}
	if got := attributes(spans[2])["gen_ai.tool.call.arguments"]; got != long {
		t.Errorf("no bound cuts to %v", got)
	}
}

func TestToolsKeepTheirSchemas(t *testing.T) {
	spans := record(t, func(ctx context.Context, tr trace.Tracer) {
		_, a := genai.StartAgent(ctx, tr, genai.AgentRequest{Tools: []genai.ToolDefinition{
			{Name: "a", Parameters: json.RawMessage(`{"type":"object"}`)}, {Name: "b", Parameters: "no JSON"},
		}}, genai.WithContent(true))
		a.End(genai.AgentResponse{})
	})
	want := `[{"type":"function","name":"a","parameters":{"type":"object"}},{"type":"function","name":"b"}]`
	if got := attributes(spans[0])["gen_ai.tool.definitions"]; got != want {
		t.Errorf("tools are %v", got)
	}
}

func TestErrorsHaveFewNames(t *testing.T) {
	for want, err := range map[string]error{
		"context.Canceled":    fmt.Errorf("call: %w", context.Canceled),
		"timeout":             fmt.Errorf("call: %w", os.ErrDeadlineExceeded),
		"io.ErrUnexpectedEOF": io.ErrUnexpectedEOF,
		"connection_refused":  &net.OpError{Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"connection_reset":    &net.OpError{Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		"dns":                 &net.DNSError{Name: "a.example"},
		"*errors.errorString": errors.New("any other"),
	} {
		if got := genai.ErrorType(err); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
	}
}
