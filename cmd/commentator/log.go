package main

import (
	"context"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
)

// newLogger writes to standard error: text on a terminal, JSON elsewhere,
// with trace ids, and without the secrets of the settings.
func newLogger(std streams, t config.Telemetry) (*slog.Logger, error) {
	level, err := t.Level()
	if err != nil {
		return nil, err
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: maskAttr}
	if t.LogFormat == "json" || (t.LogFormat == "auto" && !std.terminal) {
		return slog.New(traceHandler{slog.NewJSONHandler(std.err, opts)}), nil
	}
	return slog.New(traceHandler{slog.NewTextHandler(std.err, opts)}), nil
}

func discardLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// traceHandler adds the ids of the span in the context.
type traceHandler struct{ slog.Handler }

func (h traceHandler) Handle(ctx context.Context, r slog.Record) error {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		r.AddAttrs(slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traceHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return traceHandler{h.Handler.WithAttrs(a)}
}
func (h traceHandler) WithGroup(n string) slog.Handler { return traceHandler{h.Handler.WithGroup(n)} }

func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(mask(v))
	case error:
		a.Value = slog.StringValue(mask(v.Error()))
	}
	return a
}

// mask replaces the secrets of the settings in a text.
func mask(s string) string {
	for _, secret := range config.Secrets() {
		s = strings.ReplaceAll(s, secret, "***")
	}
	return s
}
