package assembly

import (
	"container/heap"
	"time"
)

// Job is a trace handed out for delivery.
type Job struct {
	ID    ID
	Parts []Part
	Memo
	Waited time.Duration // since its first part came
}

// Take hands out the trace that is due longest, if one is due, and otherwise
// says when one will be. ok is false when there is none at all.
func (t *Table) Take(now time.Time) (job *Job, next time.Time, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.due) == 0 {
		return nil, time.Time{}, false
	}
	tr := t.due[0]
	if tr.due.After(now) {
		return nil, tr.due, true
	}
	heap.Pop(&t.due)
	t.leave(tr)
	tr.state, tr.stale = Delivering, false
	job = &Job{ID: tr.id, Memo: tr.Memo, Waited: now.Sub(tr.first)}
	job.Parts, job.Piecemeal = t.piece(tr)
	return job, time.Time{}, true
}

// piece gives the parts of one delivery: all, or as many as the bounds of a trace
// allow, but at least one.
func (t *Table) piece(tr *trace) (parts []Part, piecemeal bool) {
	spans, bytes := 0, int64(0)
	for i, p := range tr.parts {
		spans += p.Spans
		bytes += p.Bytes
		if i > 0 && (spans > t.cfg.TraceSpans || bytes > t.cfg.TraceBytes) {
			return append(parts, tr.parts[:i]...), true
		}
	}
	return append(parts, tr.parts...), tr.Piecemeal
}

// Done books a delivery: runs are those on the server. What it returns is to be
// removed from the journal; mark is to be written there unless 0.
func (t *Table) Done(job *Job, runs map[string]string, now time.Time) (remove []uint64, unmark, mark uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return nil, 0, 0
	}
	tr.Attempts, tr.FirstTry = 0, time.Time{}
	tr.Delivered, tr.SearchFirst, tr.Runs = true, true, runs
	tr.Piecemeal = tr.Piecemeal || job.Piecemeal
	unmark = tr.Mark
	tr.Mark = 0
	if tr.Piecemeal || t.cfg.LateWindow <= 0 {
		remove = t.cut(tr, job)
	} else {
		for _, p := range job.Parts {
			mark = max(mark, p.Number)
		}
		tr.Mark = mark
	}
	if tr.stale || tr.Piecemeal && len(tr.parts) > 0 {
		tr.first = now
		t.assemble(tr, now)
	} else {
		t.keep(tr, now)
	}
	return remove, unmark, mark
}

// cut removes delivered parts from a trace.
func (t *Table) cut(tr *trace, job *Job) (numbers []uint64) {
	gone := map[uint64]bool{}
	for _, p := range job.Parts {
		gone[p.Number] = true
	}
	rest := tr.parts[:0:0]
	for _, p := range tr.parts {
		if !gone[p.Number] {
			rest = append(rest, p)
			continue
		}
		numbers = append(numbers, p.Number)
		tr.spans -= p.Spans
		tr.bytes -= p.Bytes
		t.stats.Spans -= p.Spans
		t.stats.Bytes -= p.Bytes
	}
	tr.parts = rest
	return numbers
}

// Retry books a failed attempt; the next is not before due. search: it may have
// left something on the server.
func (t *Table) Retry(job *Job, now, due time.Time, search bool) {
	t.again(job, now, due, Waiting, search)
}

// Refuse books that the server refuses a trace, or spans of it, for now.
// Refused traces are bounded: the oldest beyond are returned.
func (t *Table) Refuse(job *Job, now, due time.Time, runs map[string]string) []Evicted {
	t.again(job, now, due, Refused, true)
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil && runs != nil {
		tr.Runs = runs
	}
	var out []Evicted
	for t.refused.Len() > t.cfg.MaxRefused {
		out = append(out, t.drop(t.refused.Front().Value.(*trace)))
	}
	return out
}

func (t *Table) again(job *Job, now, due time.Time, s State, search bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return
	}
	if tr.Attempts == 0 {
		tr.FirstTry = now
	}
	tr.Attempts++
	tr.SearchFirst = tr.SearchFirst || search
	tr.Experiment, tr.Of = job.Experiment, job.Of
	tr.Piecemeal = tr.Piecemeal || job.Piecemeal
	tr.state = s
	if s == Refused {
		tr.place = t.refused.PushBack(tr)
		if tr.stale { // what came may change the verdict
			t.leave(tr)
			tr.first = now
			t.assemble(tr, now)
			return
		}
	}
	t.schedule(tr, due)
}

// Stopped gives a trace back whose delivery was broken off by the shutdown.
func (t *Table) Stopped(job *Job, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil {
		tr.state, tr.SearchFirst = Waiting, true
		t.schedule(tr, now)
	}
}

// Drop forgets a trace.
func (t *Table) Drop(job *Job) (Evicted, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tr := t.traces[job.ID]
	if tr == nil {
		return Evicted{}, false
	}
	return t.drop(tr), true
}

// Lose takes unreadable parts out of a trace under delivery.
func (t *Table) Lose(job *Job, numbers []uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tr := t.traces[job.ID]; tr != nil {
		lost := &Job{ID: job.ID}
		for _, n := range numbers {
			lost.Parts = append(lost.Parts, Part{Number: n})
		}
		t.cut(tr, lost)
	}
}

// Expire forgets traces whose late window is over, and says when the next one's
// is; zero when there is none.
func (t *Table) Expire(now time.Time) (out []Evicted, next time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.kept.Front(); e != nil; e = t.kept.Front() {
		tr := e.Value.(*trace)
		if tr.due.After(now) {
			return out, tr.due
		}
		out = append(out, t.drop(tr))
	}
	return out, time.Time{}
}

// Hurry makes all that waits due at once; refused traces too when asked.
func (t *Table) Hurry(now time.Time, states ...State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.due {
		for _, s := range states {
			if tr.state == s && tr.due.After(now) {
				tr.due = now
			}
		}
	}
	heap.Init(&t.due)
}

// Open counts what is not delivered yet, refused traces aside.
func (t *Table) Open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.traces) - t.kept.Len() - t.refused.Len()
}

// dueHeap has the trace that is due first at its head.
type dueHeap []*trace

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, k int) bool { return h[i].due.Before(h[k].due) }
func (h dueHeap) Swap(i, k int) {
	h[i], h[k] = h[k], h[i]
	h[i].index, h[k].index = i, k
}
func (h *dueHeap) Push(x any) {
	tr := x.(*trace)
	tr.index = len(*h)
	*h = append(*h, tr)
}
func (h *dueHeap) Pop() any {
	old := *h
	tr := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	tr.index = -1
	return tr
}

// idRing remembers the newest ids.
type idRing struct {
	known map[ID]struct{}
	ring  []ID
	next  int
	full  bool
}

func newIDRing(n int) idRing { return idRing{known: map[ID]struct{}{}, ring: make([]ID, n)} }

func (r *idRing) has(id ID) bool { _, ok := r.known[id]; return ok }

func (r *idRing) put(id ID) {
	if r.has(id) {
		return
	}
	if r.full {
		delete(r.known, r.ring[r.next])
	}
	r.known[id] = struct{}{}
	r.ring[r.next] = id
	r.next++
	if r.next == len(r.ring) {
		r.next, r.full = 0, true
	}
}
