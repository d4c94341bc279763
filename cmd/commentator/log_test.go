package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
)

func testLogger(t *testing.T, out *bytes.Buffer, format string) *slog.Logger {
	t.Helper()
	log, err := newLogger(streams{err: out, mask: config.NewMasker(testKey)}, config.Telemetry{LogLevel: "DEBUG", LogFormat: format})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestLogMasksSecretsInValuesOfEveryKind(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			log := testLogger(t, &out, format).With("bound", testKey).WithGroup("g")
			log.Error("message with "+testKey, "string", testKey, "error", errors.New(testKey), "list", []string{"a", testKey}, "map",
				map[string]string{"k": testKey},
				"struct", struct{ S string }{testKey}, "valuer", config.NewSecret(testKey), slog.Group("group", "inner", testKey), "number", 7)
			if got := out.String(); strings.Contains(got, testKey) || strings.Count(got, "***") != 9 || !strings.Contains(got, "7") {
				t.Errorf("the log has %s", got)
			}
			if format == "json" && !json.Valid(out.Bytes()) {
				t.Error("the line is no JSON")
			}
		})
	}
}

func TestLogKeepsTheFormOfValuesWithoutSecrets(t *testing.T) {
	var out bytes.Buffer
	testLogger(t, &out, "json").Info("m", "list", []string{"a", "b"})
	var line struct{ List []string }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || len(line.List) != 2 {
		t.Errorf("%v: %s", err, &out)
	}
}

func TestLogNamesTheSpanOfTheContext(t *testing.T) {
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	var out bytes.Buffer
	log := testLogger(t, &out, "text").With("k", "v")
	log.InfoContext(trace.ContextWithSpanContext(context.Background(), sc), "in a span")
	log.Info("in none")
	in, none, _ := strings.Cut(out.String(), "\n")
	if !strings.Contains(in, "trace_id="+sc.TraceID().String()) || !strings.Contains(in, "span_id="+sc.SpanID().String()) ||
		!strings.Contains(in, "k=v") {
		t.Errorf("in a span: %s", in)
	}
	if strings.Contains(none, "trace_id") {
		t.Errorf("in none: %s", none)
	}
}

func TestLogFormatFollowsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		format   string
		terminal bool
		json     bool
	}{{"auto", true, false}, {"auto", false, true}, {"text", false, false}, {"json", true, true}} {
		var out bytes.Buffer
		log, err := newLogger(streams{err: &out, terminal: c.terminal}, config.Telemetry{LogFormat: c.format})
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("below the level")
		log.Info("m")
		if json.Valid(out.Bytes()) != c.json || strings.Contains(out.String(), "below") {
			t.Errorf("%+v: %s", c, &out)
		}
	}
	if _, err := newLogger(streams{}, config.Telemetry{LogLevel: "loud"}); err == nil {
		t.Error("no error for an unknown level")
	}
}

// What libraries report in the background would go to standard error.
func TestWhatLibrariesSayIsLoggedWithoutSecrets(t *testing.T) {
	for name, say := range map[string]func(string){
		"OpenTelemetry":        func(s string) { otel.Handle(errors.New(s)) },
		"the standard library": func(s string) { log.Print(s) },
	} {
		var out bytes.Buffer
		logLibraries(testLogger(t, &out, "text"))
		t.Cleanup(func() { logLibraries(discardLogger()) })
		say("traces export: 401, your key " + testKey)
		if got := out.String(); strings.Contains(got, testKey) || !strings.Contains(got, "traces export: 401, your key ***") {
			t.Errorf("%s: the log has %q", name, got)
		}
	}
}
