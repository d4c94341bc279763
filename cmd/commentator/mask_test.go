package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/pipeline"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/spool"
)

const (
	testKey   = "sk-Walnut9Cedar8"
	testShort = "ollama" // as people set it for a server that wants no key
)

// ended gives the spans that a masked processor passes on.
func ended(t *testing.T, work func(ctx context.Context, tracer *sdktrace.TracerProvider)) tracetest.SpanStubs {
	t.Helper()
	memory := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(newMaskedProcessor(sdktrace.NewSimpleSpanProcessor(memory),
		config.NewMasker(testKey, testShort))))
	work(t.Context(), provider)
	stubs := memory.GetSpans()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stubs
}

func TestSpansAreMaskedWhenTheyEnd(t *testing.T) {
	spans := ended(t, func(ctx context.Context, p *sdktrace.TracerProvider) {
		_, s := p.Tracer("t").Start(ctx, "failed")
		s.SetAttributes(attribute.String("content", "about "+testShort+" and "+testKey), attribute.StringSlice("list", []string{"a",
			testKey}), attribute.Int("n", 7),
			job.ErrorKey.String(testShort+" is wrong"))
		s.AddEvent("first")
		s.RecordError(errors.New(testShort + " and " + testKey + " are wrong"))
		s.SetStatus(codes.Error, testShort+" is wrong")
		s.End()
	})
	if len(spans) != 1 {
		t.Fatalf("%d spans", len(spans))
	}
	s := spans[0]
	got := map[attribute.Key]string{}
	for _, a := range s.Attributes {
		got[a.Key] = a.Value.String()
	}
	for key, want := range map[attribute.Key]string{
		"content": "about ollama and ***", "list": `["a","***"]`, "n": "7", job.ErrorKey: "*** is wrong",
	} {
		if got[key] != want {
			t.Errorf("%s is %s, want %s", key, got[key], want)
		}
	}
	if s.Status.Description != "*** is wrong" || s.Status.Code != codes.Error {
		t.Errorf("status %+v", s.Status)
	}
	if len(s.Events) != 2 || s.Events[0].Name != "first" {
		t.Fatalf("events %+v", s.Events)
	}
	for _, a := range s.Events[1].Attributes {
		if a.Key == "exception.message" && a.Value.AsString() != "*** and *** are wrong" {
			t.Errorf("exception %q", a.Value.AsString())
		}
	}
}

func TestSpansWithoutSecretsArePassedOnAsTheyAre(t *testing.T) {
	var passed sdktrace.ReadOnlySpan
	p := newMaskedProcessor(recorder(func(s sdktrace.ReadOnlySpan) { passed = s }), config.NewMasker(testKey))
	span := tracetest.SpanStub{Name: "s", Attributes: []attribute.KeyValue{attribute.String("k", "v")}}.Snapshot()
	p.OnEnd(span)
	if _, wrapped := passed.(maskedSpan); wrapped || passed == nil {
		t.Errorf("another span was passed on: %T", passed)
	}
}

// The run processor writes spans that never ended, which no OnEnd has seen.
func TestUnfinishedSpansReachTheOutboxWithoutSecrets(t *testing.T) {
	newBench(t)
	dir := t.TempDir()
	tel, err := newTelemetry(t.Context(), config.Settings{
		MLflow:  config.MLflow{TrackingURI: "http://127.0.0.1:1", EnableTracking: true, EnableTracing: true},
		Storage: config.Storage{DataDir: dir},
	}, discardLogger(), config.NewMasker(testKey, testShort))
	if err != nil {
		t.Fatal(err)
	}
	tracer := tel.provider.Tracer("t")
	ctx, root := tracer.Start(t.Context(), "job")
	_, stage := tracer.Start(ctx, "stage")
	for _, s := range []trace.Span{root, stage} {
		s.SetAttributes(attribute.String("content", "about "+testShort+" and "+testKey), job.ErrorKey.String(testShort+" and "+testKey))
		s.RecordError(errors.New(testShort + " and " + testKey))
		s.SetStatus(codes.Error, testShort+" and "+testKey)
	}
	stage.End()
	if err := tel.close(shutdownTime); err != nil { // the job did not stop in time
		t.Fatal(err)
	}
	outbox, err := spool.Open(filepath.Join(dir, outboxFolder))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = outbox.Close() }()
	stored := ""
	for _, e := range outbox.Entries() {
		td, err := outbox.Read(e.ID)
		if err != nil {
			t.Fatal(err)
		}
		stored += td.String()
	}
	if strings.Contains(stored, testKey) {
		t.Errorf("the outbox holds the secret: %s", stored)
	}
	// Error of the job, exception and status; the content keeps its common word.
	if errs, content := strings.Count(stored, "*** and ***"), strings.Count(stored, "about ollama and ***"); errs != 2*3 || content != 2 {
		t.Errorf("%d texts of errors and %d of content are left in %s", errs, content, stored)
	}
	if !strings.Contains(stored, string(mlflowattr.UnfinishedKey)) {
		t.Errorf("nothing unfinished in %s", stored)
	}
}

// recorder is a processor that looks at spans that end.
type recorder func(sdktrace.ReadOnlySpan)

func (recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (r recorder) OnEnd(s sdktrace.ReadOnlySpan)                 { r(s) }
func (recorder) Shutdown(context.Context) error                  { return nil }
func (recorder) ForceFlush(context.Context) error                { return nil }

// typed is an error with a kind.
type typed struct{ text string }

func (e *typed) Error() string { return e.text }

// failing is every stage, and fails in all.
type failing struct{ err error }

func (f failing) Retrieve(context.Context, string) (*job.Evidence, error) {
	return &job.Evidence{Errors: []string{"note: " + f.err.Error()}}, f.err
}
func (f failing) Analyze(context.Context, *job.Evidence) (*job.Analysis, error) {
	return new(job.Analysis), f.err
}
func (failing) Describe() job.AnalystSettings { return job.AnalystSettings{} }
func (f failing) Post(context.Context, job.Job, []job.Message) (job.Posted, error) {
	return job.Posted{}, f.err
}

func TestErrorsOfStagesAreMaskedAndKeepTheirType(t *testing.T) {
	f := failing{&typed{"the server says " + testKey}}
	s := maskStages(pipeline.Stages{Retriever: f, Analyst: f, Poster: f}, config.NewMasker(testKey))
	ev, retrieval := s.Retriever.Retrieve(t.Context(), "")
	_, analysis := s.Analyst.Analyze(t.Context(), nil)
	_, post := s.Poster.Post(t.Context(), job.Job{}, nil)
	for stage, err := range map[string]error{"retrieval": retrieval, "analysis": analysis, "post": post} {
		var kind *typed
		if err == nil || err.Error() != "the server says ***" || !errors.As(err, &kind) {
			t.Errorf("%s: %v", stage, err)
		}
	}
	if got := strings.Join(ev.Errors, ""); got != "note: the server says ***" {
		t.Errorf("evidence notes %q", got)
	}
}

func TestErrorsWithoutSecretsAreLeftAlone(t *testing.T) {
	plain := errors.New("plain")
	if got := maskError(plain, config.NewMasker(testKey)); got != plain { //nolint:errorlint // the very same error, not one around it
		t.Errorf("got %v", got)
	}
	if got := maskError(nil, config.NewMasker(testKey)); got != nil {
		t.Errorf("got %v", got)
	}
	if s := maskStages(pipeline.Stages{Retriever: failing{}, Analyst: failing{}}, nil); s.Poster != nil {
		t.Error("a poster where there was none")
	}
}
