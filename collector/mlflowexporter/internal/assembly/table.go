// Package assembly knows which parts of which traces are stored, and when a
// trace is due for delivery. In go parts as they are stored and the outcome of
// deliveries; out come traces, one at a time, when their time has come. It
// holds no spans and does no I/O.
//
// A trace is due when its root was seen and nothing came for a while, or when it
// waited too long for a root. A delivered trace is kept for the late window:
// a span that comes by then makes it due again, whole.
//
//	            due, Take              Done
//	Assembling ──────────► Delivering ──────► Kept ──late window──► evicted
//	  ▲   ▲                  │  │  ▲           │
//	  │   └──────────────────┘  │  │           │
//	  │     parts came          │  │           │
//	  │     meanwhile     Retry │  │ due       │
//	  │                         ▼  │           │
//	  │                       Waiting          │
//	  └──────────── parts come ────────────────┘
//
// Refuse puts a trace into Refused instead, which is Waiting for hours, bounded in
// number, and Assembling again as soon as more of the trace comes. KeepIncomplete
// puts a delivered trace into Incomplete instead of Kept: it waits for a server that
// can do more (Reopen), makes room for all others, and is bounded as Refused is.
//
// The due times are in a heap, delivered, refused and incomplete traces in lists by
// age, so that no operation looks at all traces but Stats, MakeDue and Load.
package assembly

import (
	"container/heap"
	"container/list"
	"errors"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.opentelemetry.io/otel/trace"
)

// Config is when and how much.
type Config struct {
	WaitAfterRoot time.Duration // quiet time after which a trace with its root is complete
	MaxWait       time.Duration // longest wait for a root, and for quiet
	LateWindow    time.Duration // how long a delivered trace is kept
	MaxTraces     int           // all of these bound what is stored
	MaxSpans      int
	MaxBytes      int64
	TraceSpans    int   // a trace that grows beyond is delivered in pieces
	TraceBytes    int64 // stored
	MaxRefused    int   // traces that the server refuses, wholly or in part
}

// ID of a trace.
type ID = trace.TraceID

// Part is one stored piece of a trace.
type Part struct {
	Number   uint64
	Spans    int
	Bytes    int64
	Rooted   bool
	Received time.Time
}

// State of a trace.
type State int

// The states. Assembling and Waiting are due at some time; Kept is delivered.
const (
	Assembling State = iota
	Waiting          // for the next attempt
	Delivering
	Kept
	Refused    // by the server; tried again rarely
	Incomplete // delivered but for parts that this server does not take
)

// entry is what the table knows of one trace.
type entry struct {
	id          ID
	parts       []Part
	spans       int
	bytes       int64
	rooted      bool
	first, last time.Time // arrival
	state       State
	stale       bool // parts came during delivery
	due         time.Time
	index       int           // in the heap; -1 when not there
	place       *list.Element // in kept, refused or incomplete

	Memo
}

// Memo is what deliveries tell each other about a trace.
type Memo struct {
	Attempts    int       // failed ones since the last success
	FirstTry    time.Time // of them
	SearchFirst bool      // it may be on the server in part
	Delivered   bool      // it was, whole, at least once
	Piecemeal   bool      // too large or too late to be held whole: further parts stand alone
	Runs        map[trace.SpanID]string
	Mark        uint64 // number of the mark in the journal, 0 for none
	Place       string // where it goes, by its first Of parts
	Of          int
}

// ErrFull says that no further trace can be stored now.
var ErrFull = errors.New("the bounds on stored traces are reached")

// maxEvicted is how many ids are remembered after their late window.
const maxEvicted = 65_536

// Table is safe for concurrent use.
type Table struct {
	cfg Config

	mu         sync.Mutex
	traces     map[ID]*entry
	due        dueHeap
	kept       *list.List // oldest first
	refused    *list.List
	incomplete *list.List
	evicted    *lru.Cache[ID, struct{}] // delivered traces that are not kept any more
	stats      Stats
	held       reserved // by stores under way
}

type reserved struct {
	traces, spans int
	bytes         int64
}

// Stats counts what is stored.
type Stats struct {
	Traces, Spans int
	Bytes         int64
	Assembling    int
	Backlog       int // complete, or waiting for a further attempt
	Kept          int
	Refused       int
	Incomplete    int       // delivered but for parts that the server does not take
	Oldest        time.Time // arrival of the oldest that is not delivered
}

// New makes an empty table.
func New(cfg Config) *Table {
	evicted, err := lru.New[ID, struct{}](maxEvicted)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &Table{
		cfg: cfg, traces: map[ID]*entry{}, kept: list.New(), refused: list.New(), incomplete: list.New(), evicted: evicted,
	}
}

// Evicted is a trace that left the table; its parts and its mark are to be
// removed from the journal.
type Evicted struct {
	ID      ID
	Numbers []uint64
	Mark    uint64
	Spans   int
}

// Reserve makes room for parts that are about to be stored. Delivered traces
// make room first. Every Reserve without error is followed by Add or Release.
func (t *Table) Reserve(traces, spans int, bytes int64) ([]Evicted, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Evicted
	for t.exceeds(traces, spans, bytes) {
		e := t.kept.Front()
		if e == nil {
			e = t.incomplete.Front()
		}
		if e == nil {
			return out, ErrFull
		}
		out = append(out, t.drop(e.Value.(*entry)))
	}
	t.held.traces += traces
	t.held.spans += spans
	t.held.bytes += bytes
	return out, nil
}

// exceeds reports whether the bounds would be exceeded with so much more. What is
// reserved counts as if it were stored.
func (t *Table) exceeds(traces, spans int, bytes int64) bool {
	return len(t.traces)+t.held.traces+traces > t.cfg.MaxTraces ||
		t.stats.Spans+t.held.spans+spans > t.cfg.MaxSpans ||
		t.stats.Bytes+t.held.bytes+bytes > t.cfg.MaxBytes
}

// Release gives back what was reserved for parts that were not stored.
func (t *Table) Release(traces, spans int, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.traces -= traces
	t.held.spans -= spans
	t.held.bytes -= bytes
}

// Piece is a part with the id of its trace.
type Piece struct {
	ID ID
	Part
}

// Add takes over stored parts that were reserved.
func (t *Table) Add(pieces []Piece, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.traces -= len(pieces)
	for _, p := range pieces {
		t.held.spans -= p.Spans
		t.held.bytes -= p.Bytes
		t.add(p, now)
	}
}

// Load takes over parts that an earlier process stored. delivered holds the
// number of marks.
func (t *Table) Load(pieces []Piece, delivered map[uint64]bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	newest := map[ID]uint64{}
	for _, p := range pieces {
		t.add(p, p.Received)
		newest[p.ID] = max(newest[p.ID], p.Number)
	}
	for id, n := range newest {
		tr := t.traces[id]
		tr.SearchFirst = true
		for _, p := range tr.parts {
			if delivered[p.Number] {
				tr.Delivered, tr.Mark = true, p.Number
			}
		}
		if delivered[n] {
			t.keep(tr, now)
		}
	}
}

// add takes in a part. A failed trace keeps its wait: a server that is down is no
// less down because more came.
func (t *Table) add(p Piece, now time.Time) {
	tr := t.traces[p.ID]
	if tr == nil {
		tr = &entry{id: p.ID, first: now, index: -1}
		if t.evicted.Contains(p.ID) { // what was delivered cannot be read back any more
			tr.Memo = Memo{SearchFirst: true, Delivered: true, Piecemeal: true}
		}
		t.traces[p.ID] = tr
	}
	if tr.state == Kept || tr.state == Refused || tr.state == Incomplete {
		tr.first = now
	}
	tr.parts = append(tr.parts, p.Part)
	tr.spans += p.Spans
	tr.bytes += p.Bytes
	tr.rooted = tr.rooted || p.Rooted
	tr.last = now
	t.stats.Spans += p.Spans
	t.stats.Bytes += p.Bytes
	switch tr.state {
	case Delivering:
		tr.stale = true
	case Waiting: // its wait goes on
	default:
		t.assemble(tr, now)
	}
}

// assemble lets a trace wait for more.
func (t *Table) assemble(tr *entry, now time.Time) {
	t.unlink(tr)
	tr.state = Assembling
	limit := tr.first.Add(t.cfg.MaxWait)
	due := limit
	switch {
	case tr.spans >= t.cfg.TraceSpans || tr.bytes >= t.cfg.TraceBytes:
		tr.Piecemeal = true
		due = now
	case tr.rooted || tr.Delivered:
		if due = now.Add(t.cfg.WaitAfterRoot); due.After(limit) {
			due = limit
		}
	}
	t.schedule(tr, due)
}

// schedule makes a trace due at a time, whether it was in the heap or not.
func (t *Table) schedule(tr *entry, due time.Time) {
	tr.due = due
	if tr.index >= 0 {
		heap.Fix(&t.due, tr.index)
	} else {
		heap.Push(&t.due, tr)
	}
}

// unlink takes a trace out of the list it stands in.
func (t *Table) unlink(tr *entry) {
	if tr.place == nil {
		return
	}
	switch tr.state {
	case Kept:
		t.kept.Remove(tr.place)
	case Incomplete:
		t.incomplete.Remove(tr.place)
	default:
		t.refused.Remove(tr.place)
	}
	tr.place = nil
}

// keep holds a delivered trace for the late window. The list stays in the order of
// its ends, as the window is the same for all.
func (t *Table) keep(tr *entry, now time.Time) {
	t.unlink(tr)
	if tr.index >= 0 {
		heap.Remove(&t.due, tr.index)
	}
	tr.state, tr.due = Kept, now.Add(t.cfg.LateWindow)
	tr.place = t.kept.PushBack(tr)
}

// drop evicts a trace; its id is remembered if it was delivered.
func (t *Table) drop(tr *entry) Evicted {
	t.unlink(tr)
	if tr.index >= 0 {
		heap.Remove(&t.due, tr.index)
	}
	if tr.Delivered {
		t.evicted.Add(tr.id, struct{}{})
	}
	delete(t.traces, tr.id)
	t.stats.Spans -= tr.spans
	t.stats.Bytes -= tr.bytes
	e := Evicted{ID: tr.id, Mark: tr.Mark, Spans: tr.spans}
	for _, p := range tr.parts {
		e.Numbers = append(e.Numbers, p.Number)
	}
	return e
}

// Stats is a snapshot.
func (t *Table) Stats(now time.Time) Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Traces, s.Kept, s.Refused, s.Incomplete = len(t.traces), t.kept.Len(), t.refused.Len(), t.incomplete.Len()
	for _, tr := range t.due {
		switch {
		case tr.state == Assembling && tr.due.After(now):
			s.Assembling++
		case tr.state == Assembling || tr.state == Waiting:
			s.Backlog++
		default:
			continue
		}
		if s.Oldest.IsZero() || tr.first.Before(s.Oldest) {
			s.Oldest = tr.first
		}
	}
	return s
}
