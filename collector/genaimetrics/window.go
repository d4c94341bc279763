package genaimetrics

import (
	"container/list"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/technoshare/commentator/otel/genai/prices"
	"github.com/technoshare/commentator/otel/runs/usage"
)

// window is the traces that are remembered. It has no lock.
type window struct {
	wait, remember time.Duration
	maxSpans       int
	prices         *prices.Table

	traces map[trace.TraceID]*held
	due    *list.List // of *held: what waits to be counted, the longest first
	recent *list.List // of *held: all, that of which nothing came for longest first
	spans  int
}

// held is one trace that is remembered.
type held struct {
	*usage.Trace
	id       trace.TraceID
	countAt  time.Time // when it is due
	came     time.Time // its last span
	due      *list.Element
	recently *list.Element
}

func newWindow(cfg *Config, table *prices.Table) *window {
	return &window{
		wait: cfg.Wait, remember: cfg.Remember, maxSpans: cfg.MaxSpans, prices: table,
		traces: map[trace.TraceID]*held{}, due: list.New(), recent: list.New(),
	}
}

// add takes spans in. It returns how many had come before as they are, and of the traces for which there was no room any more how many they
// were and what had not been counted of them.
func (w *window) add(spans []*usage.Span, now time.Time) (duplicates, forgotten int, calls []usage.Call) {
	for _, s := range spans {
		h := w.traces[s.TraceID()]
		if h == nil {
			h = &held{Trace: usage.NewTrace(s.TraceID()), id: s.TraceID()}
			h.recently = w.recent.PushBack(h)
			w.traces[h.id] = h
		}
		h.came = now
		w.recent.MoveToBack(h.recently)
		switch h.Add(s) {
		case usage.First:
			w.spans++
		case usage.Repeated:
			duplicates++
		}
		if h.due == nil {
			h.countAt = now.Add(w.wait)
			h.due = w.due.PushBack(h)
		}
		for w.spans > w.maxSpans {
			oldest := w.recent.Front().Value.(*held)
			calls = append(calls, oldest.Count(w.prices)...)
			w.forget(oldest)
			forgotten++
		}
	}
	return duplicates, forgotten, calls
}

// count returns the calls of all that has waited long enough.
func (w *window) count(now time.Time) (calls []usage.Call) {
	for e := w.due.Front(); e != nil && !e.Value.(*held).countAt.After(now); e = w.due.Front() {
		calls = append(calls, w.countOne(e)...)
	}
	return calls
}

// countAll returns the calls of all that waits.
func (w *window) countAll() (calls []usage.Call) {
	for e := w.due.Front(); e != nil; e = w.due.Front() {
		calls = append(calls, w.countOne(e)...)
	}
	return calls
}

func (w *window) countOne(e *list.Element) []usage.Call {
	h := w.due.Remove(e).(*held)
	h.due = nil
	return h.Count(w.prices)
}

// expire forgets traces of which nothing came for long.
func (w *window) expire(now time.Time) {
	for e := w.recent.Front(); e != nil; e = w.recent.Front() {
		h := e.Value.(*held)
		if h.due != nil || now.Sub(h.came) < w.remember {
			return
		}
		w.forget(h)
	}
}

func (w *window) forget(h *held) {
	delete(w.traces, h.id)
	w.recent.Remove(h.recently)
	if h.due != nil {
		w.due.Remove(h.due)
	}
	w.spans -= h.Len()
}
