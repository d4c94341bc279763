package runprocessor

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/deliver"
)

func TestWhatAServerDoesNotTakeIsLoggedOnceAPart(t *testing.T) {
	without := func(part deliver.Part, reason string) deliver.Result {
		return deliver.Result{Missing: []deliver.Missing{{Part: part, Count: 2, Reason: reason}}}
	}
	artifacts, noTrace := without(deliver.PartArtifacts, "no store"), without(deliver.PartTrace, "no route")
	poison := deliver.Result{Poison: make([]*tracepb.Span, 3), PoisonReason: "too long"}
	repeat := func(n int, r deliver.Result) []deliver.Result {
		var all []deliver.Result
		for range n {
			all = append(all, r)
		}
		return all
	}
	join := func(lists ...[]deliver.Result) []deliver.Result {
		var all []deliver.Result
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	whole := deliver.Result{}
	for name, c := range map[string]struct {
		results []deliver.Result
		want    map[string]int // lines with this text
		lines   int
	}{
		"all there":        {repeat(3, whole), nil, 0},
		"one part":         {repeat(50, artifacts), map[string]int{`part=artifacts`: 1, `reason="no store"`: 1}, 1},
		"two parts":        {join(repeat(5, artifacts), repeat(5, noTrace)), map[string]int{`part=artifacts`: 1, `part=trace`: 1}, 2},
		"another reason":   {join(repeat(2, artifacts), repeat(2, without(deliver.PartArtifacts, "too large"))), map[string]int{"too large": 0}, 1},
		"now and then":     {join(repeat(1, artifacts), repeat(wholeAgain-1, whole), repeat(1, artifacts)), nil, 1},
		"mended and again": {join(repeat(1, artifacts), repeat(wholeAgain, whole), repeat(2, artifacts)), map[string]int{"no store": 2}, 2},
		"spans":            {repeat(4, poison), map[string]int{`part=spans`: 1, `reason="3 spans: too long"`: 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			w := newIncompleteWatch(slog.New(slog.NewTextHandler(&log, nil)))
			for _, r := range c.results {
				w.Delivered(r, 0)
			}
			if n := strings.Count(log.String(), "\n"); n != c.lines {
				t.Errorf("%d lines, want %d\n%s", n, c.lines, log.String())
			}
			for text, n := range c.want {
				if got := strings.Count(log.String(), text); got != n {
					t.Errorf("%q is there %d times, want %d\n%s", text, got, n, log.String())
				}
			}
		})
	}
}

func TestTracesWithoutAPartAreCounted(t *testing.T) {
	hermetic(t)
	server := newTracking(t)
	t.Setenv("MLFLOW_TRACKING_URI", server.URL)
	reader := metric.NewManualReader()
	p := mustNew(t, WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))), WithLogger(slog.New(slog.DiscardHandler)))
	for range 3 {
		p.outbound.incomplete.Delivered(deliver.Result{Missing: []deliver.Missing{
			{Part: deliver.PartRunData, Count: 7, Reason: "too long"}, {Part: deliver.PartArtifacts, Count: 1, Reason: "no store"},
		}}, 0)
	}
	got := collect(t, reader)
	for name, want := range map[string]float64{
		"mlflow.delivery.incomplete{part=run_data}": 3, "mlflow.delivery.incomplete{part=artifacts}": 3,
		"mlflow.delivery.incomplete{part=trace}": 0,
	} {
		if v, there := got[name]; !there || v != want {
			t.Errorf("%s = %v, want %v", name, v, want)
		}
	}
}
