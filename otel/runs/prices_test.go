package runs

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/tracetest"
)

// priced is a job with a call whose cost nobody says, and one whose cost the program says.
func priced() *tracepb.TracesData {
	call := func(name string, from uint64, more map[string]any) tracetest.Span {
		attrs := map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-2024-08-06",
			"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}
		for k, v := range more {
			attrs[k] = v
		}
		return tracetest.Span{Name: name, Parent: "job", From: from, To: from + 5, Attrs: attrs}
	}
	return tracetest.Trace(tracetest.Span{Name: "job", To: 99}, call("listed", 1, nil), call("said", 11, map[string]any{"gen_ai.usage.cost": 0.5}))
}

func TestACostThatNobodySaysIsThatOfTheListAndSaysSo(t *testing.T) {
	read := Read(priced(), Rules{Prices: prices.BuiltIn()})
	for _, r := range read.Project()[0].Runs {
		want, source := map[string]float64{"job": 0.5035, "listed": 0.0035, "said": 0.5}[r.Name], "list prices: openai 2026-11-20"
		if r.Name == "said" {
			source = ""
		}
		wantMetrics(t, r, map[string]float64{"total_cost_usd": want})
		if got := r.Tags["cost_source"]; got != source {
			t.Errorf("%s: cost_source %q, want %q", r.Name, got, source)
		}
	}
	if got := read.Project()[0].Trace.Cost; got != `{"input_cost":0.5025,"output_cost":0.001,"total_cost":0.5035}` {
		t.Errorf("the trace costs %s", got)
	}
	for _, s := range otlp.Spans(read.Annotated()) {
		attrs := map[string]string{}
		for _, kv := range s.GetAttributes() {
			attrs[kv.GetKey()] = kv.GetValue().GetStringValue()
		}
		want := map[string]string{"listed": `{"input_cost":0.0025,"output_cost":0.001,"total_cost":0.0035}`,
			"said": `{"input_cost":0.5,"output_cost":0,"total_cost":0.5}`}[s.GetName()]
		if attrs["mlflow.llm.cost"] != want {
			t.Errorf("%s costs %s, want %s", s.GetName(), attrs["mlflow.llm.cost"], want)
		}
		if listed := strings.HasPrefix(attrs["mlflow.llm.cost.source"], "list prices: openai"); listed != (s.GetName() == "listed") {
			t.Errorf("%s: source %q", s.GetName(), attrs["mlflow.llm.cost.source"])
		}
	}
	for _, r := range Read(priced(), Rules{}).Project()[0].Runs {
		if r.Name == "listed" {
			wantMetrics(t, r, map[string]float64{"total_cost_usd": -1})
		}
	}
}

// A price that changes at midnight between two calls of a job: each costs what held when it began, whenever the trace is read.
func TestACallCostsWhatItsDaySays(t *testing.T) {
	const hour = 3600 * 1000
	midnight := time.Unix(0, int64(tracetest.At(48*hour))).UTC().Truncate(24 * time.Hour) //nolint:gosec // the year is 2026
	ms := uint64(midnight.UnixNano()-int64(tracetest.At(0))) / 1e6                        //nolint:gosec // later than that
	day := midnight.Format(time.DateOnly)
	table, err := prices.Parse("list", []byte("models:\n  gpt-4o: [{input: 1}, {from: "+day+", input: 10}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	call := func(name string, from uint64) tracetest.Span {
		return tracetest.Span{Name: name, Parent: "job", From: from, To: from + 5, Attrs: map[string]any{"gen_ai.operation.name": "chat",
			"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 1}}
	}
	data := tracetest.Trace(tracetest.Span{Name: "job", To: ms + 9}, call("before", ms-1), call("at", ms), call("without a start", ms+1))
	for _, s := range otlp.Spans(data) {
		if s.GetName() == "without a start" {
			s.StartTimeUnixNano = 0
		}
	}
	look := func(t *testing.T) {
		for _, r := range Read(data, Rules{Prices: table}).Project()[0].Runs {
			want := map[string]float64{"job": 21, "before": 1, "at": 10, "without a start": 10}[r.Name]
			wantMetrics(t, r, map[string]float64{"total_cost_usd": want})
			source, known := map[string]string{"job": "list prices: list, list (from " + day + ")", "before": "list prices: list"}[r.Name]
			if !known {
				source = "list prices: list (from " + day + ")"
			}
			if got := r.Tags["cost_source"]; got != source {
				t.Errorf("%s: cost_source %q, want %q", r.Name, got, source)
			}
		}
	}
	look(t)
	synctest.Test(t, look) // where it is the year 2000
}

// What was annotated is read again: by a Collector that gets the spans of one.
func TestAComputedCostIsReadAgainAsItIs(t *testing.T) {
	once := Read(priced(), Rules{Prices: prices.BuiltIn()}).Annotated()
	for _, r := range Read(once, Rules{}).Project()[0].Runs {
		if r.Name == "job" {
			wantMetrics(t, r, map[string]float64{"total_cost_usd": 0.5035})
		}
	}
}

func TestPricesAreNoKeyOfRules(t *testing.T) {
	for _, text := range []string{"prices: {}", "\"-\": {}"} {
		if _, err := ParseRules([]byte(text)); err == nil || !strings.Contains(err.Error(), "unknown key") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
