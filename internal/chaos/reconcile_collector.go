//go:build linux

package chaos

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// faulty is what is wrong with a trace in MLflow.
type faulty struct{ lost, doubled, strange, running []string }

func (f faulty) String() string {
	return fmt.Sprintf("lost %v, doubled %v, not its own %v, running %v", f.lost, f.doubled, f.strange, f.running)
}

// sound reports whether nothing is wrong. Of a trace whose storage was damaged for good any part may be lost.
func (f faulty) sound(risked bool) bool {
	return len(f.doubled)+len(f.strange) == 0 && (risked || len(f.lost)+len(f.running) == 0)
}

// snapshot is what MLflow has of all traces.
type snapshot struct {
	runs   map[string][]mlflow.Run // by trace
	traces map[string]mlflowTrace
}

func (w *World) snapshot() (s snapshot, err error) {
	all, err := w.allRuns()
	if err != nil {
		return s, err
	}
	s.runs = map[string][]mlflow.Run{}
	for _, r := range all {
		s.runs[traceOf(r)] = append(s.runs[traceOf(r)], r)
	}
	s.traces, err = w.allTraces()
	return s, err
}

// compare holds a trace against what MLflow has of it.
func (w *World) compare(e expected, s snapshot) (f faulty) {
	seen := map[string]int{}
	for _, r := range s.runs[e.id] {
		id := tags(r)["otel.span_id"]
		switch want := e.runs[id]; {
		case want == "":
			f.strange = append(f.strange, "run of span "+id)
		case r.Info.Status == "RUNNING":
			f.running = append(f.running, "run of span "+id)
		case r.Info.Status != want:
			f.lost = append(f.lost, fmt.Sprintf("the status %s of the run of span %s, which is %s", want, id, r.Info.Status))
		}
		if seen[id]++; seen[id] == 2 {
			f.doubled = append(f.doubled, "run of span "+id)
		}
	}
	for id := range e.runs {
		if seen[id] == 0 {
			f.lost = append(f.lost, "run of span "+id)
		}
	}
	if _, there := s.traces["tr-"+e.id]; !there {
		f.lost = append(f.lost, "the trace")
		return f
	}
	spans := map[string]int{}
	for _, raw := range mlflowtest.Spans(w.t, w.setup.URI, e.id) {
		id := spanID(raw)
		if spans[id]++; spans[id] == 2 {
			f.doubled = append(f.doubled, "span "+id)
		}
		if !slices.Contains(e.spans, id) {
			f.strange = append(f.strange, "span "+id)
		}
	}
	for _, id := range e.spans {
		if spans[id] == 0 {
			f.lost = append(f.lost, "span "+id)
		}
	}
	return f
}

// spanID reads the id of a span as MLflow gives it: protobuf's JSON has bytes in base64.
func spanID(raw json.RawMessage) string {
	var span struct {
		ID string `json:"span_id"`
	}
	_ = json.Unmarshal(raw, &span)
	if b, err := base64.StdEncoding.DecodeString(span.ID); err == nil && len(b) == 8 {
		return hex.EncodeToString(b)
	}
	return strings.TrimPrefix(span.ID, "0x")
}

// traces are what was sent so far.
func (w *CollectorWorld) traces() []*sentTrace {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.sent)
}

// wrong says in words which traces have not been as they should be yet.
func (w *CollectorWorld) wrong() (out []string) {
	s, err := w.snapshot()
	if err != nil {
		return []string{err.Error()}
	}
	for _, one := range w.traces() {
		w.mu.Lock()
		risked, seen := one.risked, one.seen
		w.mu.Unlock()
		if seen {
			continue
		}
		f := w.compare(one.expected, s)
		if !f.sound(risked) {
			out = append(out, one.id+": "+f.String())
			continue
		}
		w.mu.Lock()
		one.seen = one.done // else more of it may come
		w.mu.Unlock()
	}
	return out
}

// Reconcile holds what was sent against what MLflow has. It logs the table, and fails the test for
// each count that is wrong.
func (w *CollectorWorld) Reconcile() {
	w.t.Helper()
	s, err := w.snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	b := &books{table: new(table), World: w.World}
	var lost, doubled, strange, running, risked, spans int
	known := map[string]bool{}
	for _, one := range w.traces() {
		known[one.id] = true
		spans += len(one.spans)
		f := w.compare(one.expected, s)
		if !f.sound(one.risked) {
			w.t.Errorf("trace %s, stored from %s on: %s", one.id, one.first.Format("15:04:05"), f)
		}
		doubled += len(f.doubled)
		strange += len(f.strange)
		if one.risked {
			risked++
			continue
		}
		lost += len(f.lost)
		running += len(f.running)
	}
	for id := range s.traces {
		if !known[strings.TrimPrefix(id, "tr-")] {
			strange++
			w.t.Errorf("trace %s was never sent", id)
		}
	}
	for id := range s.runs {
		if !known[id] {
			strange++
			w.t.Errorf("runs of trace %q, which was never sent", id)
		}
	}
	b.note("traces sent; spans", fmt.Sprintf("%d; %d", len(known), spans))
	b.note("requests, those sent again among them", w.asked)
	b.row("spans, runs and traces lost", lost, 0)
	b.row("spans and runs doubled", doubled, 0)
	b.row("runs still RUNNING", running, 0)
	b.row("spans, runs and traces that nobody sent", strange, 0)
	b.note("traces of which something may be lost, their storage having been damaged for good", risked)
	damages := w.counts[journalDamages]
	said := w.saidDamaged()
	b.row("damages of the journal that no log says", max(damages-said, 0), 0)
	b.memoryRows()
	for _, what := range slices.Sorted(maps.Keys(w.counts)) {
		b.note(what, w.counts[what])
	}
	for peer, p := range w.proxies {
		requests, failed := p.Counts()
		b.note("requests to "+peer+"; of them failed by a fault", fmt.Sprintf("%d; %d", requests, failed))
	}
	w.t.Logf("\n%s", b.table)
	for _, f := range b.fails {
		w.t.Error(f)
	}
}

// saidDamaged counts how often the log says that a storage file was damaged.
func (w *World) saidDamaged() int {
	text, err := os.ReadFile(w.Procs[0].Log)
	if err != nil {
		w.t.Error(err)
	}
	return strings.Count(string(text), "a storage file is damaged;")
}
