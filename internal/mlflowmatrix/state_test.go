package mlflowmatrix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// state is all that a server shows of an experiment, a line each, to see whether a
// second delivery changed anything.
func (s *site) state(t *testing.T, experiment string) []string {
	t.Helper()
	id := s.experiment(t, experiment)
	if id == "" {
		return nil
	}
	var out []string
	for _, r := range s.runs(t, id) {
		out = append(out, fmt.Sprintf("run %s %s %s", r.id, r.name, r.status))
		for what, values := range map[string]map[string]string{"tag": r.tags, "param": r.params} {
			for k, v := range values {
				if k == "otel.instance_id" {
					continue // names the process that delivered last
				}
				out = append(out, fmt.Sprintf("run %s %s: %s %s = %q", r.id, r.name, what, k, v))
			}
		}
		for k, v := range r.metrics {
			out = append(out, fmt.Sprintf("run %s %s: metric %s = %v", r.id, r.name, k, v))
		}
		for _, a := range r.artifacts {
			out = append(out, fmt.Sprintf("run %s %s: artifact %s", r.id, r.name, a))
		}
	}
	traces, _ := s.tracesOf(t, id, "")
	for _, info := range traces {
		names, _ := s.spans(t, info)
		out = append(out, fmt.Sprintf("trace %s %s, spans %q", info.ID, info.State, names))
		for what, values := range map[string]map[string]string{"metadata": info.Metadata, "tag": info.Tags} {
			for k, v := range values {
				out = append(out, fmt.Sprintf("trace %s: %s %s = %q", info.ID, what, k, compact(v)))
			}
		}
	}
	slices.Sort(out)
	return out
}

// compact writes JSON without spaces, which servers put where they like.
func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

// contents are the names of all that the runs of a trace have. They are the same on
// every server, but for the files in which a trace is on servers without pages for it.
func (s *site) contents(t *testing.T, k kind, experiment string, want expectation) []string {
	t.Helper()
	id := s.experiment(t, experiment)
	if id == "" {
		return nil
	}
	var out []string
	for _, r := range s.runs(t, id) {
		if r.tags["otel.trace_id"] != want.traceID {
			continue
		}
		name := r.name
		if want.runs[name].parent {
			name = "(parent)" // some have the job's id in their name
		}
		for key := range r.tags {
			out = append(out, name+": tag "+key)
		}
		for key := range r.params {
			out = append(out, name+": param "+key)
		}
		for key := range r.metrics {
			out = append(out, name+": metric "+key)
		}
		for _, a := range r.artifacts {
			if path, _, _ := strings.Cut(a, " ("); !k.tracesAreFiles() || !strings.HasPrefix(path, "trace.") {
				out = append(out, name+": artifact "+path)
			}
		}
	}
	slices.Sort(out)
	return out
}

// changes are the lines that are in one of two states only, as far as a reader needs
// them.
func changes(before, after []string) (out []string) {
	only := func(mark string, a, b []string) {
		for _, line := range a {
			if _, found := slices.BinarySearch(b, line); !found {
				out = append(out, mark+" "+line)
			}
		}
	}
	only("-", before, after)
	only("+", after, before)
	if len(out) > 12 {
		out = append(out[:12], fmt.Sprintf("… %d more", len(out)-12))
	}
	return out
}
