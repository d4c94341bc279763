package assembly

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

var zero = time.Unix(1_760_000_000, 0)

func at(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }

func id(n byte) ID { return ID{15: n} }

func config() Config {
	return Config{WaitAfterRoot: 2 * time.Second, MaxWait: 60 * time.Second, LateWindow: 300 * time.Second,
		MaxTraces: 100, MaxSpans: 1000, MaxBytes: 10_000, TraceSpans: 50, TraceBytes: 5000, MaxRefused: 2}
}

// feed adds one part as the exporter does.
type feed struct {
	*Table
	n uint64
}

func (f *feed) add(t *testing.T, trace byte, spans int, rooted bool, now time.Time) []Evicted {
	t.Helper()
	f.n++
	gone, err := f.Reserve(1, spans, int64(spans))
	if err != nil {
		t.Fatal(err)
	}
	f.Add([]Piece{{ID: id(trace), Part: Part{Number: f.n, Spans: spans, Bytes: int64(spans), Rooted: rooted, Received: now}}}, now)
	return gone
}

// due says when the first trace is due, in seconds; -1 when none is.
func (f *feed) due() float64 {
	job, next, ok := f.Take(zero.Add(-time.Hour))
	if job != nil || !ok {
		return -1
	}
	return next.Sub(zero).Seconds()
}

func (f *feed) take(t *testing.T, now time.Time) *Job {
	t.Helper()
	job, next, _ := f.Take(now)
	if job == nil {
		t.Fatalf("nothing is due at %v; the next is at %v", now.Sub(zero), next.Sub(zero))
	}
	return job
}

func TestWhenATraceIsDue(t *testing.T) {
	type part struct {
		at     float64
		spans  int
		rooted bool
	}
	for name, tt := range map[string]struct {
		parts []part
		want  float64
	}{
		"root at once":                       {[]part{{0, 1, true}}, 2},
		"spans after the root push it back":  {[]part{{0, 1, true}, {1.5, 1, false}}, 3.5},
		"root last":                          {[]part{{0, 1, false}, {30, 1, true}}, 32},
		"no root":                            {[]part{{0, 1, false}, {30, 1, false}}, 60},
		"never quiet":                        {[]part{{0, 1, true}, {1, 1, false}, {59, 1, false}}, 60},
		"too large: what is there goes away": {[]part{{0, 10, false}, {5, 45, false}}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feed{Table: New(config())}
			for _, p := range tt.parts {
				f.add(t, 1, p.spans, p.rooted, at(p.at))
			}
			if got := f.due(); got != tt.want {
				t.Errorf("due at %v s, want %v", got, tt.want)
			}
		})
	}
}

func TestALateSpanBringsTheWholeTraceBack(t *testing.T) {
	f := &feed{Table: New(config())}
	f.add(t, 1, 3, true, at(0))
	job := f.take(t, at(2))
	_, _, mark := f.Done(job, map[trace.SpanID]string{{1}: "r"}, at(3))
	if mark != 1 || f.due() != -1 || f.Undelivered() != 0 {
		t.Fatalf("mark %d, due %v, open %d", mark, f.due(), f.Undelivered())
	}
	f.add(t, 1, 1, false, at(100))
	if f.due() != 102 {
		t.Fatalf("due at %v", f.due())
	}
	job = f.take(t, at(102))
	if len(job.Parts) != 2 || !job.SearchFirst || !job.Delivered || job.Piecemeal || job.Runs[trace.SpanID{1}] != "r" {
		t.Errorf("job %+v", job)
	}
	if _, unmark, mark := f.Done(job, map[trace.SpanID]string{}, at(103)); unmark != 1 || mark != 2 {
		t.Errorf("marks %d → %d", unmark, mark)
	}
	gone, _ := f.Expire(at(500))
	if len(gone) != 1 || len(gone[0].Numbers) != 2 || gone[0].Mark != 2 || f.Stats(at(0)).Spans != 0 {
		t.Fatalf("gone %+v, %+v", gone, f.Stats(at(0)))
	}
	f.add(t, 1, 1, false, at(501)) // later than the window
	if job = f.take(t, at(503)); !job.Piecemeal || !job.Delivered || len(job.Parts) != 1 {
		t.Errorf("job %+v", job)
	}
}

func TestPartsThatComeDuringADelivery(t *testing.T) {
	f := &feed{Table: New(config())}
	f.add(t, 1, 1, true, at(0))
	job := f.take(t, at(2))
	f.add(t, 1, 1, false, at(3))
	if f.due() != -1 {
		t.Fatal("a trace is handed out twice at a time")
	}
	f.Done(job, map[trace.SpanID]string{}, at(4))
	if f.due() != 6 {
		t.Errorf("due at %v", f.due())
	}
	if job = f.take(t, at(6)); len(job.Parts) != 2 {
		t.Errorf("%d parts", len(job.Parts))
	}
}

func TestRetriesKeepTheirWait(t *testing.T) {
	f := &feed{Table: New(config())}
	f.add(t, 1, 1, true, at(0))
	f.Retry(f.take(t, at(2)), at(2), at(20), true)
	f.add(t, 1, 1, false, at(3))
	if f.due() != 20 {
		t.Errorf("due at %v: a part shortens the wait of a failed trace", f.due())
	}
	job := f.take(t, at(20))
	if job.Attempts != 1 || !job.SearchFirst || !job.FirstTry.Equal(at(2)) {
		t.Errorf("job %+v", job)
	}
	f.Retry(job, at(20), at(40), false)
	f.MakeDue(at(21), Waiting)
	if f.due() != 21 {
		t.Errorf("due at %v", f.due())
	}
}

func TestATraceThatIsDueCountsAsBacklog(t *testing.T) {
	f := &feed{Table: New(config())}
	f.add(t, 1, 1, true, at(0))
	if s := f.Stats(at(1)); s.Assembling != 1 || s.Backlog != 0 {
		t.Errorf("before it is due: %+v", s)
	}
	if s := f.Stats(at(2)); s.Assembling != 0 || s.Backlog != 1 || !s.Oldest.Equal(at(0)) {
		t.Errorf("once it is due: %+v", s)
	}
}

func TestRefusedTracesAreBounded(t *testing.T) {
	f := &feed{Table: New(config())}
	for n := byte(1); n <= 3; n++ {
		f.add(t, n, 1, true, at(0))
		gone := f.Refuse(f.take(t, at(2)), at(2), at(3600), nil)
		if n < 3 && len(gone) > 0 || n == 3 && (len(gone) != 1 || gone[0].ID != id(1)) {
			t.Fatalf("after %d: gone %+v", n, gone)
		}
	}
	if s := f.Stats(at(0)); s.Refused != 2 || f.Undelivered() != 0 {
		t.Errorf("%+v", s)
	}
	f.add(t, 3, 1, false, at(10)) // more of it may change the verdict
	if f.due() != 12 {
		t.Errorf("due at %v", f.due())
	}
}

func TestDeliveredTracesMakeRoom(t *testing.T) {
	c := config()
	c.MaxTraces = 3
	f := &feed{Table: New(c)}
	for n := byte(1); n <= 3; n++ {
		f.add(t, n, 1, true, at(0))
	}
	if _, err := f.Reserve(1, 1, 1); !errors.Is(err, ErrFull) {
		t.Fatalf("error %v", err)
	}
	f.Done(f.take(t, at(2)), nil, at(2))
	gone := f.add(t, 4, 1, true, at(3))
	if len(gone) != 1 || len(gone[0].Numbers) != 1 {
		t.Errorf("gone %+v", gone)
	}
	if _, err := f.Reserve(1, 1, 1); !errors.Is(err, ErrFull) {
		t.Errorf("error %v", err)
	}
	f.Release(0, 0, 0)
}

func TestAGiantGoesInPiecesAndIsNotKept(t *testing.T) {
	f := &feed{Table: New(config())}
	for range 6 {
		f.add(t, 1, 20, false, at(0))
	}
	sizes, rest := []int{}, 6
	for rest > 0 {
		job := f.take(t, at(70))
		if !job.Piecemeal || job.Delivered != (len(sizes) > 0) {
			t.Errorf("piece %d: %+v", len(sizes), job.Memo)
		}
		sizes = append(sizes, len(job.Parts))
		remove, _, mark := f.Done(job, map[trace.SpanID]string{}, at(70))
		if len(remove) != len(job.Parts) || mark != 0 {
			t.Errorf("removed %v of %d, mark %d", remove, len(job.Parts), mark)
		}
		rest -= len(job.Parts)
		if rest > 0 {
			f.MakeDue(at(70), Assembling)
		}
	}
	if !slices.Equal(sizes, []int{2, 2, 2}) || f.Stats(at(0)).Spans != 0 || f.Undelivered() != 0 {
		t.Errorf("pieces %v, %+v", sizes, f.Stats(at(0)))
	}
}

// Texts of one letter take little room where they are stored, and much when they are read.
func TestAGiantBeforeCompressionGoesInPieces(t *testing.T) {
	c := config()
	c.TraceRaw = 100
	f := &feed{Table: New(c)}
	for n := range uint64(6) {
		if _, err := f.Reserve(1, 1, 1); err != nil {
			t.Fatal(err)
		}
		f.Add([]Piece{{ID: id(1), Part: Part{Number: n + 1, Spans: 1, Bytes: 1, Raw: 60, Rooted: true, Received: at(0)}}}, at(0))
	}
	for rest := 6; rest > 0; rest-- {
		job := f.take(t, at(70))
		if len(job.Parts) != 1 {
			t.Fatalf("a piece of %d parts", len(job.Parts))
		}
		f.Done(job, map[trace.SpanID]string{}, at(70))
		f.MakeDue(at(70), Assembling)
	}
	f.n = 6
	f.add(t, 1, 1, false, at(80))
	if due := f.due(); due != 82 {
		t.Errorf("what comes later is due at %v, as if all of it were here", due)
	}
}

func TestLoadKnowsWhatWasDelivered(t *testing.T) {
	f := New(config())
	part := func(trace byte, n uint64, rooted bool) Piece {
		return Piece{ID: id(trace), Part: Part{Number: n, Spans: 1, Bytes: 1, Rooted: rooted, Received: at(0)}}
	}
	f.Load([]Piece{part(1, 1, true), part(1, 2, false), part(2, 3, true), part(3, 4, true), part(3, 5, false)},
		map[uint64]bool{2: true, 4: true}, at(1000))
	s := f.Stats(at(0))
	if s.Traces != 3 || s.Kept != 1 || s.Spans != 5 || f.Undelivered() != 2 {
		t.Fatalf("%+v, open %d", s, f.Undelivered())
	}
	for range 2 {
		job, _, _ := f.Take(at(1000))
		if job == nil || !job.SearchFirst || job.Delivered != (job.ID == id(3)) {
			t.Fatalf("job %+v", job)
		}
	}
}

// TestAnySequenceKeepsTheBooks does random things and holds the sums against a
// plain count.
func TestAnySequenceKeepsTheBooks(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		c := openConfig()
		c.MaxTraces, c.MaxSpans, c.MaxOpen, c.Refresh = 5+r.IntN(10), 50+r.IntN(200), 300*time.Second, time.Duration(r.IntN(2))*20*time.Second
		f := &feed{Table: New(c)}
		stored := map[uint64]int{} // spans by part
		unstore := func(list []Evicted) {
			for _, e := range list {
				for _, n := range e.Numbers {
					delete(stored, n)
				}
			}
		}
		var jobs []*Job
		now := zero
		for range 300 {
			now = now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
			switch k := r.IntN(10); {
			case k < 4:
				spans := 1 + r.IntN(30)
				gone, err := f.Reserve(1, spans, int64(spans))
				unstore(gone)
				if err != nil {
					continue
				}
				if r.IntN(10) == 0 { // the storage refused
					f.Release(1, spans, int64(spans))
					continue
				}
				f.n++
				stored[f.n] = spans
				f.Add([]Piece{{ID: id(byte(r.IntN(12))), Part: Part{Number: f.n, Spans: spans, Bytes: int64(spans),
					Rooted: r.IntN(4) == 0, Entry: r.IntN(4) == 0}}}, now)
			case k < 6:
				if job, _, _ := f.Take(now); job != nil {
					for _, other := range jobs {
						if other.ID == job.ID {
							t.Fatalf("seed %d: a trace is out twice", seed)
						}
					}
					jobs = append(jobs, job)
				}
			case k < 9 && len(jobs) > 0:
				job := jobs[0]
				jobs = jobs[1:]
				switch r.IntN(7) {
				case 5:
					remove, _, _ := f.DoneAwaiting(job, nil, now)
					for _, n := range remove {
						delete(stored, n)
					}
				case 6:
					f.KeepOpen(job, nil, now)
				case 0:
					f.Retry(job, now, now.Add(time.Second), true)
				case 1:
					unstore(f.Refuse(job, now, now.Add(time.Minute), nil))
				case 2:
					if e, ok := f.Drop(job); ok {
						unstore([]Evicted{e})
					}
				default:
					remove, _, _ := f.Done(job, nil, now)
					for _, n := range remove {
						delete(stored, n)
					}
				}
			default:
				gone, _ := f.Expire(now)
				unstore(gone)
			}
			want := 0
			for _, n := range stored {
				want += n
			}
			spare, leaving := amount{}, amount{}
			for _, tr := range f.traces {
				if tr.isSpare() {
					spare.add(tr.size())
				}
				leaving.add(tr.leaving)
			}
			if spare != f.spare || leaving != f.leaving {
				t.Fatalf("seed %d: spare %v, counted %v; leaving %v, counted %v", seed, spare, f.spare, leaving, f.leaving)
			}
			s := f.Stats(at(0))
			if s.Spans != want || int(s.Bytes) != want || s.Spans > c.MaxSpans || s.Traces > c.MaxTraces {
				t.Fatalf("seed %d: %+v, want %d spans", seed, s, want)
			}
		}
	}
}

func TestAnIncompleteTraceWaitsForABetterServerAndMakesRoom(t *testing.T) {
	f := &feed{Table: New(config())}
	keep := func(trace byte, now time.Time) (evicted []Evicted) {
		t.Helper()
		f.add(t, trace, 1, true, now)
		_, evicted = f.KeepIncomplete(f.take(t, now.Add(2*time.Second)), nil, now.Add(2*time.Second))
		return evicted
	}
	if gone := slices.Concat(keep(1, at(0)), keep(2, at(10))); len(gone) != 0 || f.Undelivered() != 0 || f.Pending(id(1)) || f.due() != -1 {
		t.Fatalf("evicted %v, %d open, due %v", gone, f.Undelivered(), f.due())
	}
	if gone := keep(3, at(20)); len(gone) != 1 || gone[0].ID != id(1) {
		t.Errorf("evicted %v, want the oldest beyond the bound of 2", gone)
	}
	f.add(t, 2, 1, false, at(30)) // a late span: whole once more
	if job := f.take(t, at(32)); job.ID != id(2) || len(job.Parts) != 2 || !job.Delivered || !job.SearchFirst {
		t.Errorf("handed out %+v", job)
	}
	if n := f.Reopen(at(40)); n != 1 || f.take(t, at(40)).ID != id(3) {
		t.Errorf("%d traces reopened", n)
	}
	keep(4, at(50))
	gone, err := f.Reserve(99, 1, 1) // room for 100
	if err == nil || len(gone) != 1 || gone[0].ID != id(4) {
		t.Errorf("evicted %v, %v: what is delivered makes room", gone, err)
	}
}
