// Package assembly knows which parts of which traces are stored, and when a
// trace is due for delivery. In go parts as they are stored and the outcome of
// deliveries; out come traces, one at a time, when their time has come. It
// holds no spans and does no I/O.
//
// A trace is due when its root was seen and nothing came for a while, or when it
// waited too long for a root. A delivered trace is kept for the late window:
// a span that comes by then makes it due again, whole. One whose root has still not come
// is Open: see open.go.
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
// The due times are in a heap, delivered, open, refused and incomplete traces in lists by
// age, so that no operation looks at all traces but Stats, MakeDue, Close and Load.
package assembly

import (
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
	MaxOpen       time.Duration // longest silence of a trace whose root has not come; 0: it is given up after MaxWait
	Refresh       time.Duration // least time between deliveries of an open trace; 0: none before its end
	IdleEnd       time.Duration // silence that ends a trace with a part of which Part.Idle holds
	MaxTraces     int           // all of these bound what is stored
	MaxSpans      int
	MaxBytes      int64
	TraceSpans    int   // a trace that grows beyond is delivered in pieces
	TraceBytes    int64 // stored
	TraceRaw      int64 // before compression; 0: not bounded
	MaxRefused    int   // traces that the server refuses, wholly or in part
}

// ID of a trace.
type ID = trace.TraceID

// Part is one stored piece of a trace.
type Part struct {
	Number   uint64
	Spans    int
	Bytes    int64
	Raw      int64 // bytes before compression
	Rooted   bool  // with a root that has ended
	Entry    bool  // with a span whose parent is in another process
	Idle     bool  // of a trace without a root of its own, which silence ends
	Received time.Time
}

// State of a trace.
type State int

// The states. Assembling, Waiting and Open are due at some time; Kept and Awaited are
// delivered.
const (
	Assembling State = iota
	Waiting          // for the next attempt
	Delivering
	Kept
	Refused    // by the server; tried again rarely
	Incomplete // delivered but for parts that this server does not take
	Open       // waits for its root
	Awaited    // delivered without a root, which may still come
)

// entry is what the table knows of one trace.
type entry struct {
	id          ID
	parts       []Part
	spans       int
	bytes, raw  int64
	rooted      bool
	first, last time.Time // arrival; first since it was delivered
	state       State
	stale       bool // parts came during delivery
	due         time.Time
	index       int           // in the heap; -1 when not there
	place       *list.Element // in the list of its state

	openEntry
	Memo
}

// Memo is what deliveries tell each other about a trace.
type Memo struct {
	Attempts    int       // failed ones since the last success
	FirstTry    time.Time // of them
	SearchFirst bool      // it may be on the server in part
	Delivered   bool      // it was, whole, at least once
	Skipped     bool      // it was left out, which counts as delivered
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
	open       *list.List           // the one that has been silent for longest first
	awaited    *list.List           // oldest delivery first
	evicted    *lru.Cache[ID, bool] // delivered traces that are not kept any more; true: skipped
	stats      Stats
	held       amount // by stores under way
	spare      amount // of what is delivered, and makes room
	leaving    amount // of open traces that are being given up to make room
	closing    bool   // nothing waits for a root any more
}

// amount is how much is stored of something.
type amount struct {
	traces, spans int
	bytes         int64
}

func (a *amount) add(b amount) {
	a.traces, a.spans, a.bytes = a.traces+b.traces, a.spans+b.spans, a.bytes+b.bytes
}
func (a *amount) sub(b amount) {
	a.traces, a.spans, a.bytes = a.traces-b.traces, a.spans-b.spans, a.bytes-b.bytes
}

// Stats counts what is stored.
type Stats struct {
	Traces, Spans int
	Bytes         int64
	MaxBytes      int64 // the bound of Bytes
	Assembling    int
	Backlog       int // complete, or waiting for a further attempt
	Kept          int // Awaited ones too
	Open          int
	Refused       int
	Incomplete    int       // delivered but for parts that the server does not take
	Oldest        time.Time // arrival of the oldest that is not delivered, open ones aside
}

// New makes an empty table.
func New(cfg Config) *Table {
	evicted, err := lru.New[ID, bool](maxEvicted)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &Table{
		cfg: cfg, traces: map[ID]*entry{}, kept: list.New(), refused: list.New(), incomplete: list.New(),
		open: list.New(), awaited: list.New(), evicted: evicted,
	}
}

// Evicted is a trace that left the table; its parts and its mark are to be
// removed from the journal.
type Evicted struct {
	ID      ID
	Numbers []uint64
	Mark    uint64
	Spans   int
	Place   string // where it was to go, if that is known
	Tried   bool   // it may be on the server, as one that is at work
}

// Reserve makes room for parts that are about to be stored. Delivered traces
// make room first. Every Reserve without error is followed by Add or Release.
func (t *Table) Reserve(traces, spans int, bytes int64) ([]Evicted, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Evicted
	for t.exceeds(traces, spans, bytes) {
		tr := t.leastNeeded()
		if tr == nil {
			return out, ErrFull
		}
		out = append(out, t.drop(tr))
	}
	t.held.add(amount{traces, spans, bytes})
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
	t.held.sub(amount{traces, spans, bytes})
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
	for _, p := range pieces {
		t.held.sub(amount{1, p.Spans, p.Bytes})
		t.add(p, now)
	}
	t.relieve(now)
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
		switch {
		case delivered[n] && tr.rooted:
			t.keep(tr, now)
		case delivered[n]:
			t.await(tr, now)
		case !tr.rooted: // its sender may have waited for this process
			tr.first = now
			t.assemble(tr, now)
		}
	}
	t.relieve(now)
}

// add takes in a part. A failed trace keeps its wait: a server that is down is no
// less down because more came.
func (t *Table) add(p Piece, now time.Time) {
	tr := t.traces[p.ID]
	if tr == nil {
		tr = &entry{id: p.ID, first: now, index: -1, openEntry: openEntry{began: now}}
		// What was delivered cannot be read back any more. What ends by silence begins anew.
		if skipped, ok := t.evicted.Peek(p.ID); ok && !p.Idle {
			tr.Memo = Memo{SearchFirst: true, Delivered: true, Skipped: skipped, Piecemeal: true}
		}
		t.traces[p.ID] = tr
	}
	switch tr.state {
	case Kept, Awaited, Refused, Incomplete:
		t.unlink(tr)
		tr.first = now
	}
	tr.parts = append(tr.parts, p.Part)
	tr.spans += p.Spans
	tr.bytes += p.Bytes
	tr.raw += p.Raw
	tr.rooted, tr.idle, tr.entered = tr.rooted || p.Rooted, tr.idle || p.Idle, tr.entered || p.Entry
	tr.last, tr.grown = now, true
	if tr.end == Idle { // it goes on
		tr.end = NoEnd
	}
	t.stats.Spans += p.Spans
	t.stats.Bytes += p.Bytes
	switch tr.state {
	case Delivering:
		tr.stale = true
	case Waiting: // its wait goes on
	case Open:
		t.grow(tr, now)
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
	case t.tooLarge(tr):
		tr.Piecemeal = true
		due = now
		if !tr.rooted && !tr.Delivered {
			tr.end = TooLarge
		}
	case tr.rooted || tr.Delivered || !tr.shown.IsZero():
		due = now.Add(t.cfg.WaitAfterRoot)
		if again := tr.shown.Add(tr.pause(t.cfg.WaitAfterRoot, t.cfg.MaxWait)); !tr.rooted && due.Before(again) {
			due = again
		}
		if due.After(limit) {
			due = limit
		}
	}
	t.schedule(tr, due)
}

func (t *Table) tooLarge(tr *entry) bool {
	return tr.spans >= t.cfg.TraceSpans || tr.bytes >= t.cfg.TraceBytes || t.cfg.TraceRaw > 0 && tr.raw >= t.cfg.TraceRaw
}

// Stats is a snapshot.
func (t *Table) Stats(now time.Time) Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Traces, s.Kept, s.Open = len(t.traces), t.kept.Len()+t.awaited.Len(), t.open.Len()
	s.Refused, s.Incomplete, s.MaxBytes = t.refused.Len(), t.incomplete.Len(), t.cfg.MaxBytes
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
