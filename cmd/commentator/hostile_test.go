package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/deliver"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
	"github.com/technoshare/commentator/otel/runprocessor"
	"github.com/technoshare/commentator/otel/spool"
)

// program is any Go program that uses the library, with its spans unbounded.
type program struct {
	*bench
	processor *runprocessor.SpanProcessor
	tracer    trace.Tracer
	client    *mlflow.Client
	uri       string
}

func newProgram(t *testing.T, uri string) *program {
	t.Helper()
	b := newOwnBench(t)
	p := &program{bench: b, uri: uri, client: b.mlflow(uri)}
	var err error
	p.processor, err = runprocessor.New(t.Context(),
		runprocessor.WithConfig(mlflow.Config{URI: uri, ExperimentName: b.experiment, EnableTracking: true, EnableTracing: true}),
		runprocessor.WithSpoolDir(filepath.Join(b.dir, "data", outboxFolder)),
		runprocessor.WithMeterProvider(noop.NewMeterProvider()),
		runprocessor.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	none := sdktrace.SpanLimits{
		AttributeValueLengthLimit: -1, AttributeCountLimit: -1, EventCountLimit: -1, LinkCountLimit: -1,
		AttributePerEventCountLimit: -1, AttributePerLinkCountLimit: -1,
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p.processor), sdktrace.WithRawSpanLimits(none))
	p.tracer = provider.Tracer("hostile")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return p
}

// trace makes a root span with children, and waits until all is delivered.
func (p *program) trace(children func(ctx context.Context)) deliver.Result {
	p.t.Helper()
	ctx, root := p.tracer.Start(p.t.Context(), "root")
	children(ctx)
	root.End()
	wait, cancel := context.WithTimeout(p.t.Context(), 5*time.Minute)
	defer cancel()
	r, err := p.processor.Wait(wait, root.SpanContext().TraceID())
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *program) child(ctx context.Context, name string, kv ...attribute.KeyValue) {
	_, s := p.tracer.Start(ctx, name, trace.WithAttributes(kv...))
	s.End()
}

// storedSpan is a span as MLflow gives it back.
type storedSpan struct {
	Name string `json:"name"`
	raw  string
}

// spans reads a trace's spans back.
func (p *program) spans(traceID trace.TraceID) []storedSpan {
	p.t.Helper()
	stored := mlflowtest.Spans(p.t, p.uri, traceID.String())
	spans := make([]storedSpan, len(stored))
	for i, raw := range stored {
		spans[i].raw = string(raw)
		if err := json.Unmarshal(raw, &spans[i]); err != nil {
			p.t.Fatal(err)
		}
	}
	return spans
}

// run finds a child's run.
func (p *program) run(r deliver.Result, name string) mlflow.Run {
	p.t.Helper()
	for _, id := range r.Runs {
		run, err := p.client.GetRun(p.t.Context(), id)
		if err != nil {
			p.t.Fatal(err)
		}
		if run.Info.Name == name {
			return run
		}
	}
	p.t.Fatalf("no run %q among %v", name, r.Runs)
	return mlflow.Run{}
}

// held is all that a run holds, as text.
func (p *program) held(run mlflow.Run) string {
	p.t.Helper()
	var b strings.Builder
	for k, v := range params(run) {
		b.WriteString(k + "=" + v + "\n")
	}
	for k, v := range tags(run) {
		b.WriteString(k + "=" + v + "\n")
	}
	for k, v := range metrics(run) {
		fmt.Fprintf(&b, "%s=%g\n", k, v)
	}
	for _, path := range artifacts(p.t, p.client, run.Info.RunID, "") {
		body, err := p.client.GetArtifact(p.t.Context(), run.Info.ArtifactRoot(), path)
		if err != nil {
			p.t.Fatal(err)
		}
		b.Write(body)
		b.WriteString("\n")
	}
	return b.String()
}

func TestHostileSpansAreStoredWholeAndStandInNobodysWay(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	var many []attribute.KeyValue
	for i := range 1000 {
		many = append(many, attribute.String("k"+strconv.Itoa(i), "value-"+strconv.Itoa(i)+"."))
	}
	large := "begin-of-large " + strings.Repeat("0123456789abcde\n", 5<<20/16) + " end-of-large"
	for name, c := range map[string]struct {
		kv []attribute.KeyValue
		// inRun and inTrace are to be found whole.
		inRun, inTrace []string
		cut            string // key of a tag that says it was shortened
	}{
		"1000 attributes": {kv: many, inRun: values(many), inTrace: values(many)},
		"5 MB attribute":  {kv: []attribute.KeyValue{attribute.String("large", large)}, inRun: []string{large}, inTrace: []string{strings.ReplaceAll(large, "\n", `\n`)}},
		"6000 characters": {kv: []attribute.KeyValue{attribute.String("mlflow.run.tag.long", "begin "+strings.Repeat("x", 6000)+" end")},
			inRun: []string{"begin " + strings.Repeat("x", 6000) + " end"}, inTrace: []string{"begin " + strings.Repeat("x",
				6000) + " end"}, cut: "long"},
		"long session": {kv: []attribute.KeyValue{attribute.String("session.id", strings.Repeat("s", 1000)), attribute.String("k", "v-session")},
			inRun: []string{strings.Repeat("s", 1000)}, inTrace: []string{"v-session", strings.Repeat("s", 250)}},
		"forbidden keys": {
			kv: []attribute.KeyValue{
				attribute.String("curly{brace}", "v-curly"), attribute.String("..", "v-dots"), attribute.String("../../etc/passwd",
					"v-up"), attribute.String("/", "v-slash"),
				attribute.String("a//b", "v-double"), attribute.String("a/./b", "v-dot"), attribute.String("schlüssel",
					"v-umlaut"), attribute.String("🔑", "v-emoji"), attribute.String("line\nbreak", "v-break"),
				attribute.String("nul\x00", "v-nul"), attribute.String(strings.Repeat("k", 1000), "v-long"), attribute.String("a%b",
					"v-percent"), attribute.String(" ", "v-blank"),
				attribute.String("mlflow.parentRunId", "v-parent"), attribute.String("mlflow.run.tag.mlflow.parentRunId",
					"v-steered"), attribute.Int("metric<1>", 4711),
				attribute.String("mlflow.run.artifact.../../../escape.txt", "v-escape"), attribute.String("mlflow.run.param.a b*c", "v-param"),
			},
			inRun: []string{"v-curly", "v-dots", "v-up", "v-slash", "v-double", "v-dot", "v-umlaut", "v-emoji", "v-break", "v-nul", "v-long",
				"v-percent", "v-blank", "4711", "v-escape", "v-param"},
			inTrace: []string{"v-curly", "v-dots", "v-up", "v-slash", "v-double", "v-dot", "v-umlaut", "v-emoji", "v-break", "v-nul", "v-long",
				"v-percent", "v-blank", "4711", "v-escape",
				"v-param", "v-parent", "v-steered", strings.Repeat("k", 1000)},
		},
		"invalid UTF-8": {
			kv: []attribute.KeyValue{
				attribute.String("half", "before \xe2\x82 after"), attribute.String("key\xff", "v-key"), attribute.StringSlice("list",
					[]string{"a\xc3", "v-list"}),
				attribute.String("lone", "\xed\xa0\x80 v-surrogate"), attribute.ByteSlice("bytes", []byte{0xff, 0xfe}),
			},
			inRun: []string{"before \ufffd after", "v-key", "v-list", "v-surrogate"}, inTrace: []string{`before \ufffd after`, "v-key", "v-list", "v-surrogate"},
		},
		"odd numbers": {
			kv: []attribute.KeyValue{
				attribute.Float64("nan", math.NaN()), attribute.Float64("up", math.Inf(1)), attribute.Float64("down",
					math.Inf(-1)), attribute.Float64Slice("list", []float64{1.5, math.NaN()}),
				attribute.Int64("most", math.MaxInt64), attribute.Int64("least", math.MinInt64), attribute.Float64("huge",
					math.MaxFloat64), attribute.Float64("tiny", 5e-324),
			},
			inRun:   []string{"NaN", "+Inf", "-Inf", "1.5", "most=9.223372", "least=-9.223372", "1.7976931348623157e+308", "5e-324"},
			inTrace: []string{"NaN", "+Inf", "-Inf", "1.5", "9223372036854775807", "-9223372036854775808", "1.7976931348623157e+308", "5e-324"},
		},
		"": {kv: []attribute.KeyValue{attribute.String("k", "v-unnamed")}, inRun: []string{"v-unnamed"},
			inTrace: []string{"v-unnamed"}},
		"name \xff /../ {} \x00": {kv: []attribute.KeyValue{attribute.String("k", "v-named")}, inRun: []string{"v-named"},
			inTrace: []string{"v-named"}},
	} {
		t.Run(strconv.QuoteToASCII(name), func(t *testing.T) {
			p := newProgram(t, server.URI(t))
			r := p.trace(func(ctx context.Context) {
				p.child(ctx, "before", attribute.String("k", "v-before"))
				p.child(ctx, name, c.kv...)
				p.child(ctx, "after", attribute.String("k", "v-after"))
			})
			if len(r.Poison) > 0 {
				t.Errorf("MLflow refused it: %s", r.PoisonReason)
			}
			if len(r.Runs) != 4 {
				t.Fatalf("runs %v", r.Runs)
			}
			for _, sibling := range []string{"before", "after"} {
				if run := p.run(r, sibling); run.Info.Status != "FINISHED" || tags(run)["k"] != "v-"+sibling {
					t.Errorf("%s: %s, tags %v", sibling, run.Info.Status, tags(run))
				}
			}
			var odd mlflow.Run
			for _, id := range r.Runs {
				run, err := p.client.GetRun(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if n := run.Info.Name; n != "before" && n != "after" && n != "root" {
					odd = run
				}
			}
			if odd.Info.Status != "FINISHED" || tags(odd)["mlflow.parentRunId"] != r.ParentRunID {
				t.Errorf("run %q is %s, its parent %s", odd.Info.Name, odd.Info.Status, tags(odd)["mlflow.parentRunId"])
			}
			missing(t, "the run", p.held(odd), c.inRun)
			if c.cut != "" && !strings.Contains(tags(odd)[c.cut], "shortened") {
				t.Errorf("tag %s does not say that it is shortened: %.80s", c.cut, tags(odd)[c.cut])
			}
			spans := p.spans(r.TraceID)
			if len(spans) != 4 {
				t.Errorf("%d spans in MLflow, want 4", len(spans))
			}
			for _, s := range spans {
				if s.Name != "root" && s.Name != "before" && s.Name != "after" {
					missing(t, "the trace", s.raw, c.inTrace)
				}
			}
		})
	}
}

func values(kv []attribute.KeyValue) []string {
	out := make([]string, len(kv))
	for i, a := range kv {
		out[i] = a.Value.String()
	}
	return out
}

func missing(t *testing.T, where, text string, want []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not hold %.60q", where, w)
		}
	}
}

func TestDeepAndWideTracesAreStoredWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	p := newProgram(t, server.URI(t))
	deep := p.trace(func(ctx context.Context) {
		var all []trace.Span
		for i := range 200 {
			var s trace.Span
			ctx, s = p.tracer.Start(ctx, "level "+strconv.Itoa(i))
			all = append(all, s)
		}
		for _, s := range slices.Backward(all) {
			s.End()
		}
	})
	wide := p.trace(func(ctx context.Context) {
		for i := range 2000 {
			p.child(ctx, "child "+strconv.Itoa(i), attribute.String("k", "v-"+strconv.Itoa(i)+"."))
		}
	})
	for name, c := range map[string]struct {
		result deliver.Result
		spans  int
		folded string // the run that tells of spans without a run
		last   string
	}{
		"deep": {deep, 201, "level 0", "level 199"},
		"wide": {wide, 2001, "root", "v-1999."},
	} {
		if len(c.result.Poison) > 0 || len(c.result.Runs) < 2 || len(c.result.Runs) > 51 {
			t.Errorf("%s: %d runs, %d spans refused", name, len(c.result.Runs), len(c.result.Poison))
		}
		if spans := p.spans(c.result.TraceID); len(spans) != c.spans {
			t.Errorf("%s: %d spans in MLflow, want %d", name, len(spans), c.spans)
		}
		missing(t, name+": the run", p.held(p.run(c.result, c.folded)), []string{c.last})
	}
}

// A span that MLflow itself refuses with 422: its cost is no object
// (sqlalchemy_store.py, span_cost_values.get).
func TestPoisonSpanIsKeptAndItsSiblingsGetThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	p := newProgram(t, server.URI(t))
	r := p.trace(func(ctx context.Context) {
		p.child(ctx, "before")
		p.child(ctx, "poison", attribute.String("mlflow.llm.cost", "free"), attribute.String("k", "v-poison"))
		p.child(ctx, "after")
	})
	if len(r.Poison) != 1 || r.Poison[0].GetName() != "poison" || !strings.Contains(r.PoisonReason, "422") {
		t.Fatalf("refused: %v, %s", r.Poison, r.PoisonReason)
	}
	var got []string
	for _, s := range p.spans(r.TraceID) {
		got = append(got, s.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"after", "before", "root"}) {
		t.Errorf("spans in MLflow: %v", got)
	}
	missing(t, "the poison's run", p.held(p.run(r, "poison")), []string{"v-poison"})

	code, out, errs := p.bench.run("outbox", "list", "--json")
	var e outboxEntry
	if err := json.Unmarshal([]byte(out), &e); err != nil || code != exitOK {
		t.Fatalf("outbox list: exit code %d, %v\n%s%s", code, err, out, errs)
	}
	if e.TraceID != r.TraceID.String() || e.State != "dead" || !strings.Contains(e.Reason, `"poison"`) || !strings.Contains(e.Reason, "422") {
		t.Errorf("outbox list shows %+v", e)
	}
	td, err := spool.Load(filepath.Join(p.dir, "data", outboxFolder), e.ID)
	if err != nil || !strings.Contains(td.String(), "v-poison") {
		t.Errorf("dead letter: %v", err)
	}
}
