package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
)

// newLogger writes to standard error: text on a terminal, JSON elsewhere, with
// trace ids, and without the secrets that the masker of std knows. Whether it
// is a terminal is asked of standard output, where people look.
func newLogger(std streams, t config.Telemetry) (*slog.Logger, error) {
	level, err := t.Level()
	if err != nil {
		return nil, err
	}
	// ReplaceAttr also gets the message and what is in groups, so that nothing
	// passes unseen.
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return maskAttr(std.mask, a) }}
	if t.LogFormat == "json" || (t.LogFormat == "auto" && !std.terminal) {
		return slog.New(traceHandler{slog.NewJSONHandler(std.err, opts)}), nil
	}
	return slog.New(traceHandler{slog.NewTextHandler(std.err, opts)}), nil
}

// logLibraries sends what OpenTelemetry and the standard library have to say in the background to the log.
// They would print to standard error by themselves, wait for whoever reads it, and quote servers and headers there.
// The setting is of the process, the last call wins.
func logLibraries(log *slog.Logger) {
	slog.SetLogLoggerLevel(slog.LevelWarn) // package log has no levels
	slog.SetDefault(log)
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Error("OpenTelemetry", "error", err) }))
}

// discardLogger is for commands that report faults themselves.
func discardLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// traceHandler adds the ids of the span in the context, so that a line of the
// log leads to the trace and back.
type traceHandler struct{ slog.Handler }

// Handle adds the ids and passes the record on.
func (h traceHandler) Handle(ctx context.Context, r slog.Record) error {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		r.AddAttrs(slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that adds the ids too.
func (h traceHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return traceHandler{h.Handler.WithAttrs(a)}
}

// WithGroup returns a handler that adds the ids too.
func (h traceHandler) WithGroup(n string) slog.Handler { return traceHandler{h.Handler.WithGroup(n)} }

// maskAttr takes secrets out of texts and errors. Values of other kinds keep
// their form unless they show a secret.
// A value that does show one becomes its text: its own form would print it
// again.
func maskAttr(m *config.Masker, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(m.Mask(v))
	case error:
		a.Value = slog.StringValue(m.Mask(v.Error()))
	default:
		if a.Value.Kind() != slog.KindAny {
			break // numbers and times hold no secret
		}
		// The value with all its fields, as a text. A value without a secret in
		// it goes on as it is, so that JSON keeps its structure.
		shown := fmt.Sprintf("%+v", v)
		if masked := m.Mask(shown); masked != shown {
			a.Value = slog.StringValue(masked)
		}
	}
	return a
}
