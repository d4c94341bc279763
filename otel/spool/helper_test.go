package spool

import (
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func mustOpen(tb testing.TB, dir string, opts ...Option) *Spool {
	tb.Helper()
	s, err := Open(dir, append([]Option{WithLogger(quiet)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func mustPut(tb testing.TB, s *Spool, parts ...Part) {
	tb.Helper()
	for _, p := range parts {
		if err := s.Put(tb.Context(), p); err != nil {
			tb.Fatal(err)
		}
	}
}

// part makes the one part of trace n. Its start grows with n.
func part(n int) Part {
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	return Part{
		TraceID: id, Number: 1, Complete: true,
		Start: time.Unix(1_700_000_000, int64(n)), Data: content(fmt.Sprintf("span %d", n)),
	}
}

func content(name string) *tracepb.TracesData {
	return &tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{
		ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{{
			TraceId: make([]byte, 16), SpanId: []byte("12345678"), Name: name,
			Attributes: []*commonpb.KeyValue{{Key: "text", Value: &commonpb.AnyValue{
				Value: &commonpb.AnyValue_StringValue{StringValue: name + strings.Repeat(" lorem ipsum", 100)},
			}}},
		}}}},
	}}}
}

func nameIn(td *tracepb.TracesData) string {
	return td.ResourceSpans[0].ScopeSpans[0].Spans[0].Name
}

func ids(entries []Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}
