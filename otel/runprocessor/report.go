package runprocessor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"

	"github.com/technoshare/commentator/otel/deliver"
)

// otelHandler is a slog handler for programs that gave no logger: it passes
// warnings and errors on to otel.Handle, where the SDK's own processors report,
// and nothing else.
type otelHandler struct{ attrs []slog.Attr }

// Enabled implements slog.Handler.
func (otelHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// WithAttrs implements slog.Handler.
func (h otelHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return otelHandler{slices.Concat(h.attrs, attrs)}
}

// WithGroup implements slog.Handler. Groups are left out: an error is one line.
func (h otelHandler) WithGroup(string) slog.Handler { return h }

// Handle implements slog.Handler. An attribute that is an error stays one, so that
// errors.Is works in an error handler of the program.
func (h otelHandler) Handle(_ context.Context, r slog.Record) error {
	attrs := slices.Clone(h.attrs)
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	var text strings.Builder
	text.WriteString("run processor: " + r.Message)
	var cause error
	for _, a := range attrs {
		if err, ok := a.Value.Any().(error); ok && cause == nil {
			cause = err
			continue
		}
		fmt.Fprintf(&text, ", %s %v", a.Key, a.Value)
	}
	if cause != nil {
		otel.Handle(fmt.Errorf("%s: %w", text.String(), cause))
		return nil
	}
	otel.Handle(errors.New(text.String()))
	return nil
}

// reporter says what goes wrong in the background, each reason once: afterwards
// the metrics count. It belongs to the keeper, and to Shutdown once that ended.
type reporter struct {
	logger   *slog.Logger
	server   string // its address, without credentials
	reported map[string]bool
}

func newReporter(l *slog.Logger, server string) *reporter {
	return &reporter{logger: l, server: server, reported: map[string]bool{}}
}

// once reports a reason for the first time that it holds; again after a time when
// it did not.
func (r *reporter) once(reason string, holds bool, level slog.Level, message string, args ...any) {
	if holds && !r.reported[reason] {
		r.logger.Log(context.Background(), level, message, args...)
	}
	r.reported[reason] = holds
}

// drops reports spans that were lost. The outbox reports its own refusals.
func (r *reporter) drops(s snapshot) {
	r.once("queue", s.droppedQueue > 0, slog.LevelError, "spans dropped: the outbox cannot keep up; further ones are only counted",
		"spans", s.droppedQueue)
	r.once("other", s.droppedOther > 0, slog.LevelError, "spans dropped: they cannot be stored; further ones are only counted",
		"spans", s.droppedOther, "error", s.lastError)
}

// delivery reports an outage of the server, and traces that it refused for good.
func (r *reporter) delivery(q queue) {
	s := q.Stats()
	r.once("server", s.ServerDown, slog.LevelWarn, "MLflow does not answer; traces wait in the outbox until it does",
		"server", r.server, "error", s.LastError)
	r.once("refused", s.DeadLettered > 0, slog.LevelError,
		"traces refused by MLflow lie in the outbox's dead letters; further ones are only counted",
		"traces", s.DeadLettered, "server", r.server, "error", s.LastError)
}

// left reports what waits in an outbox that closes.
func (r *reporter) left(dir string, parts int, q deliver.QueueStats) {
	r.logger.Warn("traces wait in the outbox; the next start delivers them", "dir", dir, "parts", parts, "server", r.server,
		"error", cmp.Or(q.LastError, "no answer came before the program ended"))
}
