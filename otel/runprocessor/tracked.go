package runprocessor

import (
	"time"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// tracked is what the tree knows of one trace: its open and ended spans while it
// is live, and for a while after that how many parts it had and whether they
// reached the disk. Guarded by tree.mu.
type tracked struct {
	id         trace.TraceID
	prev, next *tracked // in tree.live or tree.done, whichever live says
	live       bool
	start      time.Time // when the trace was first seen; names and orders its parts
	liveSince  time.Time // its age for the sweep

	open   openSet
	inline [4]openSpan // where open begins, for most traces all it needs
	ended  []sdktrace.ReadOnlySpan
	// records are the trace's log records that were not handed over.
	records []sdklog.Record
	bytes   int64 // estimate for ended and records
	idleAt  time.Time

	// abandoned counts spans that were written as unfinished and forgotten, but may
	// still end. gatherEnds makes their ends wait for each other, until the next
	// sweep at the latest, instead of becoming a part each.
	abandoned  int
	gatherEnds bool

	parts    int // handed over so far
	inFlight int // of these, not on disk yet
	failed   error
	waiters  []chan struct{} // closed when the trace is quiescent
}

// held counts what was not handed over of what has ended.
func (t *tracked) held() int { return len(t.ended) + len(t.records) }

// quiescent reports whether no span of the trace is open and each part is stored
// or dropped.
func (t *tracked) quiescent() bool { return !t.live && t.inFlight == 0 }

// wake ends the waits for a quiescent trace.
func (t *tracked) wake() {
	if !t.quiescent() {
		return
	}
	for _, w := range t.waiters {
		close(w)
	}
	t.waiters = nil
}

// list is a doubly linked list through tracked.prev and next, oldest first.
type list struct {
	head, tail *tracked
	n          int
}

func (l *list) push(t *tracked) {
	t.prev, t.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = t
	} else {
		l.head = t
	}
	l.tail = t
	l.n++
}

func (l *list) remove(t *tracked) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		l.head = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		l.tail = t.prev
	}
	t.prev, t.next = nil, nil
	l.n--
}

// openSet holds the open spans of a trace. Spans end mostly in the reverse order
// of their start, so looking from the end of a slice beats a map until many are
// open at once.
type openSet struct {
	list  []openSpan
	index map[trace.SpanID]int // nil while the list is short
}

type openSpan struct {
	id   trace.SpanID
	span sdktrace.ReadWriteSpan
}

// indexFrom is the number of open spans from which a map pays.
const indexFrom = 64

func (o *openSet) add(id trace.SpanID, s sdktrace.ReadWriteSpan) {
	o.list = append(o.list, openSpan{id, s})
	switch {
	case o.index != nil:
		o.index[id] = len(o.list) - 1
	case len(o.list) > indexFrom:
		o.index = make(map[trace.SpanID]int, 2*indexFrom)
		for i, e := range o.list {
			o.index[e.id] = i
		}
	}
}

// find returns the place of a span in the list, or -1.
func (o *openSet) find(id trace.SpanID) int {
	if o.index != nil {
		if i, ok := o.index[id]; ok {
			return i
		}
		return -1
	}
	for i := len(o.list) - 1; i >= 0; i-- {
		if o.list[i].id == id {
			return i
		}
	}
	return -1
}

// remove reports whether the span was open.
func (o *openSet) remove(id trace.SpanID) bool {
	i := o.find(id)
	if i < 0 {
		return false
	}
	last := len(o.list) - 1
	if i != last {
		o.list[i] = o.list[last]
		if o.index != nil {
			o.index[o.list[i].id] = i
		}
	}
	o.list[last] = openSpan{}
	o.list = o.list[:last]
	if o.index != nil {
		delete(o.index, id)
		if last == 0 {
			o.index = nil
		}
	}
	return true
}

// take empties the set. Children come before their parents as far as the order
// is known, so that the root is in the last part.
func (o *openSet) take() []sdktrace.ReadOnlySpan {
	out := make([]sdktrace.ReadOnlySpan, 0, len(o.list))
	for i := len(o.list) - 1; i >= 0; i-- {
		out = append(out, o.list[i].span)
	}
	*o = openSet{}
	return out
}
