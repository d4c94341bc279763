package main

import (
	"fmt"
	"sort"
	"strings"
	"text/tabwriter"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/internal/mlflowview"
	"github.com/technoshare/commentator/internal/text"
	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/namedfile"
	"github.com/technoshare/commentator/otel/runs"
)

// projectCommand is `commentator project`: a way to try rules, and to see what
// a Collector would make of traces, on files.
type projectCommand struct {
	Rules  string   `help:"YAML rules instead of the defaults; 'worker' for the worker's own." placeholder:"FILE"`
	Prices string   `help:"YAML of model prices, before the built-in ones; 'none' for no prices at all." placeholder:"FILE"`
	JSON   bool     `help:"Print one JSON object."`
	File   []string `arg:"" help:"OTLP files, protobuf or JSON; several are merged."`
}

// Bounds of files named on the command line, in bytes.
const (
	maxTraceFile = 256 << 20
	maxRulesFile = 1 << 20
)

// Run is a dry run of the projection: nothing is sent.
func (c *projectCommand) Run(std streams) error {
	rules, err := c.rules()
	if err != nil {
		return usage(err)
	}
	if c.Prices != "none" {
		if rules.Prices, err = prices.Load(c.Prices); err != nil {
			return usage(err)
		}
	}
	var blobs []runs.File
	for _, name := range c.File {
		body, err := namedfile.Read(name, maxTraceFile)
		if err != nil {
			return usage(fmt.Errorf("read trace file: %w", err))
		}
		blobs = append(blobs, runs.File{Name: name, Body: body})
	}
	traces, err := runs.ReadOTLP(blobs...)
	if err != nil {
		return usage(err)
	}
	projections := runs.Read(traces, rules).Project()
	if c.JSON {
		return writeProjectionJSON(std.out, projections)
	}
	return printProjections(std, projections)
}

// rules are those of --rules: none for the defaults of the library, the
// worker's own, or a file.
func (c *projectCommand) rules() (runs.Rules, error) {
	switch c.Rules {
	case "":
		return runs.Rules{}, nil
	case "worker":
		return mlflowview.Rules(), nil
	}
	body, err := namedfile.Read(c.Rules, maxRulesFile)
	if err != nil {
		return runs.Rules{}, fmt.Errorf("read rules: %w", err)
	}
	rules, err := runs.ParseRules(body)
	if err != nil {
		return runs.Rules{}, fmt.Errorf("read rules %s: %w", c.Rules, err)
	}
	return rules, nil
}

// printProjections draws the run trees for people.
// Runs come parents first, so that the depth of a parent is known before that
// of its children.
func printProjections(std streams, ps []runs.Projection) error {
	w := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	for _, p := range ps {
		fmt.Fprintf(w, "trace %s\n", p.TraceID)
		depth := map[trace.SpanID]int{}
		for _, r := range p.Runs {
			d := 0
			if r.ParentSpanID.IsValid() {
				d = depth[r.ParentSpanID] + 1
			}
			depth[r.SpanID] = d
			indent := strings.Repeat("  ", d+1)
			fmt.Fprintf(w, "%s%s\t%s\t%s\n", indent, r.Name, r.Status, shortDuration(r.End.Sub(r.Start)))
			for _, line := range runLines(r) {
				fmt.Fprintf(w, "%s  %s\n", indent, line)
			}
		}
		for _, n := range p.Notes {
			fmt.Fprintf(w, "  note: %s\n", n)
		}
	}
	return w.Flush()
}

// runLines are what a run consists of, a line each, in an order that does not
// change.
func runLines(r runs.Run) []string {
	var lines []string
	add := func(kind string, m map[string]string) {
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			lines = append(lines, fmt.Sprintf("%s %s = %s", kind, k, oneLine(m[k])))
		}
	}
	add("param", r.Params)
	for _, m := range r.Metrics {
		lines = append(lines, fmt.Sprintf("metric %s = %g", m.Key, m.Value))
	}
	add("tag", r.Tags)
	for _, a := range r.Artifacts {
		lines = append(lines, fmt.Sprintf("artifact %s (%d bytes)", a.Path, len(a.Body)))
	}
	return lines
}

// oneLine shortens a value for a line of the listing; the JSON form has all.
func oneLine(s string) string {
	return text.Shorten(text.OneLine(s), 100)
}
