package assembly

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const hour = 3600

// openConfig lets a trace wait an hour for its root, and be delivered each minute.
func openConfig() Config {
	c := config()
	c.MaxOpen, c.Refresh, c.IdleEnd = hour*time.Second, 60*time.Second, 900*time.Second
	return c
}

func (f *feed) put(t *testing.T, trace byte, p Part, now time.Time) {
	t.Helper()
	f.n++
	p.Number, p.Spans, p.Bytes, p.Received = f.n, max(p.Spans, 1), int64(max(p.Spans, 1)), now
	if _, err := f.Reserve(1, p.Spans, p.Bytes); err != nil {
		t.Fatal(err)
	}
	f.Add([]Piece{{ID: id(trace), Part: p}}, now)
}

func TestAnOpenTraceIsDeliveredAsItGrowsAndWholeWithItsRoot(t *testing.T) {
	f := &feed{Table: New(openConfig())}
	f.add(t, 1, 1, false, at(0))
	job := f.take(t, at(60))
	if job.Rooted || job.End != NoEnd || job.SearchFirst {
		t.Fatalf("job %+v", job)
	}
	if unmark := f.KeepOpen(job, map[trace.SpanID]string{{1}: "r"}, at(61)); unmark != 0 {
		t.Errorf("unmark %d", unmark)
	}
	if got := f.due(); got != hour {
		t.Fatalf("due at %v: nothing came, so nothing is to be shown", got)
	}
	if s := f.Stats(at(62)); s.Open != 1 || s.Assembling+s.Backlog != 0 || !s.Oldest.IsZero() || f.Undelivered() != 1 || !f.Pending(id(1)) {
		t.Errorf("stats %+v", s)
	}
	f.add(t, 1, 1, false, at(70))
	if got := f.due(); got != 121 {
		t.Fatalf("due at %v, want a minute after the last delivery", got)
	}
	job = f.take(t, at(121))
	if len(job.Parts) != 2 || !job.SearchFirst || job.Delivered || job.Runs[trace.SpanID{1}] != "r" {
		t.Errorf("job %+v", job)
	}
	f.KeepOpen(job, job.Runs, at(122))
	f.add(t, 1, 1, true, at(3000))
	if got := f.due(); got != 3002 {
		t.Fatalf("due at %v with its root", got)
	}
	job = f.take(t, at(3002))
	if len(job.Parts) != 3 || !job.Rooted || job.End != NoEnd {
		t.Errorf("job %+v", job)
	}
	if _, _, mark := f.Done(job, job.Runs, at(3003)); mark != 3 {
		t.Errorf("mark %d", mark)
	}
	if s := f.Stats(at(3003)); s.Open != 0 || s.Kept != 1 || f.Undelivered() != 0 {
		t.Errorf("stats %+v", s)
	}
}

// The work of showing a trace that grows must not grow with its square.
func TestAnOpenTraceIsDeliveredMoreRarelyAsItAges(t *testing.T) {
	f := &feed{Table: New(openConfig())}
	deliveries := 0
	for s := range 4 * hour / 30 {
		now := at(float64(30 * s))
		if s < 45 { // fewer parts than make it too large
			f.add(t, 1, 1, false, now)
		} else {
			f.mu.Lock() // grown by other means
			f.traces[id(1)].last, f.traces[id(1)].grown = now, true
			f.grow(f.traces[id(1)], now)
			f.mu.Unlock()
		}
		if job, _, _ := f.Take(now); job != nil {
			deliveries++
			f.KeepOpen(job, nil, now)
		}
	}
	if deliveries < 20 || deliveries > 60 {
		t.Errorf("%d deliveries in 4 hours", deliveries)
	}
}

func TestWhatEndsAnOpenTrace(t *testing.T) {
	open := func(t *testing.T, c Config, p Part) *feed {
		f := &feed{Table: New(c)}
		f.put(t, 1, p, at(0))
		f.KeepOpen(f.take(t, at(60)), nil, at(60))
		return f
	}
	for name, tt := range map[string]struct {
		part Part
		do   func(t *testing.T, f *feed)
		at   float64
		want End
	}{
		"silence":                  {at: hour, want: Silent},
		"silence, its usual end":   {part: Part{Idle: true}, at: 900, want: Idle},
		"the end of the process":   {do: func(_ *testing.T, f *feed) { f.Close(at(70)) }, at: 70, want: Closing},
		"a part that is too large": {do: func(t *testing.T, f *feed) { f.add(t, 1, 60, false, at(70)) }, at: 70, want: TooLarge},
		"others that need its room": {do: func(t *testing.T, f *feed) {
			for n := byte(2); n < 22; n++ {
				f.add(t, n, 45, true, at(80))
			}
		}, at: 80, want: Displaced},
		"its root":     {do: func(t *testing.T, f *feed) { f.add(t, 1, 1, true, at(70)) }, at: 72, want: NoEnd},
		"a local root": {do: func(t *testing.T, f *feed) { f.put(t, 1, Part{Entry: true}, at(70)) }, at: 72, want: NoEnd},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, openConfig(), tt.part)
			if tt.do != nil {
				tt.do(t, f)
			}
			if got := f.due(); got != tt.at {
				t.Errorf("due at %v, want %v", got, tt.at)
			}
			if job := f.take(t, at(tt.at)); job.ID != id(1) || job.End != tt.want {
				t.Errorf("job %+v, want end %v", job, tt.want)
			}
		})
	}
}

func TestATraceThatIsNotShownWaitsWithoutADelivery(t *testing.T) {
	c := openConfig()
	c.Refresh = 0
	f := &feed{Table: New(c)}
	f.add(t, 1, 1, false, at(0))
	f.put(t, 2, Part{Entry: true}, at(1)) // only its spans can tell
	if job := f.take(t, at(61)); job.ID != id(2) {
		t.Fatalf("job %+v", job)
	}
	if job, next, _ := f.Take(at(61)); job != nil || next != at(hour) {
		t.Fatalf("job %+v, next %v", job, next)
	}
	f.add(t, 1, 1, false, at(100))
	if job, next, _ := f.Take(at(1000)); job != nil || next != at(100+hour) {
		t.Fatalf("job %+v, next %v", job, next)
	}
	f.add(t, 1, 1, true, at(2000))
	if job := f.take(t, at(2002)); len(job.Parts) != 3 || !job.Rooted {
		t.Errorf("job %+v", job)
	}
}

func TestWithoutATimeForItARootIsWaitedForAsBriefly(t *testing.T) {
	f := &feed{Table: New(config())}
	f.add(t, 1, 1, false, at(0))
	job := f.take(t, at(60))
	if job.End != Silent {
		t.Errorf("job %+v", job)
	}
	f.DoneAwaiting(job, nil, at(60))
	if gone, _ := f.Expire(at(361)); len(gone) != 1 {
		t.Errorf("gone %+v, want it kept for the late window only", gone)
	}
}

func TestARootJoinsWhatWasDeliveredWithoutIt(t *testing.T) {
	f := &feed{Table: New(openConfig())}
	f.put(t, 1, Part{Entry: true}, at(0))
	job := f.take(t, at(60))
	if _, _, mark := f.DoneAwaiting(job, map[trace.SpanID]string{{1}: "r"}, at(60)); mark != 1 || f.Undelivered() != 0 || f.Pending(id(1)) {
		t.Errorf("mark %d, %d undelivered", mark, f.Undelivered())
	}
	if gone, next := f.Expire(at(3000)); len(gone) != 0 || next != at(60+hour) {
		t.Errorf("gone %v, next %v", gone, next)
	}
	f.add(t, 1, 1, true, at(3000))
	if job = f.take(t, at(3002)); len(job.Parts) != 2 || !job.Delivered || job.Piecemeal || job.Runs == nil {
		t.Errorf("job %+v", job)
	}
}

func TestOpenTracesMakeRoomBeforeSpansAreRefused(t *testing.T) {
	c := openConfig()
	c.MaxTraces = 20
	f := &feed{Table: New(c)}
	for n := byte(1); n <= 18; n++ {
		f.add(t, n, 1, false, at(float64(n)))
	}
	for range 18 {
		f.KeepOpen(f.take(t, at(100)), nil, at(100))
	}
	f.add(t, 1, 1, false, at(110)) // no longer the one that is silent for longest
	if job, _, _ := f.Take(at(110)); job != nil {
		t.Fatalf("%+v is given up below the bound", job)
	}
	f.add(t, 30, 1, true, at(120))
	f.add(t, 31, 1, true, at(121))
	var given []ID
	for job, _, _ := f.Take(at(121)); job != nil; job, _, _ = f.Take(at(121)) {
		if job.End != Displaced {
			t.Errorf("job %+v", job)
		}
		given = append(given, job.ID)
		f.DoneAwaiting(job, nil, at(122))
	}
	if !slices.Equal(given, []ID{id(2), id(3)}) {
		t.Errorf("given up %v, want the two that are silent for longest", given)
	}
	gone := f.add(t, 32, 1, true, at(123))
	gone = append(gone, f.add(t, 33, 1, true, at(124))...)
	if len(gone) != 2 || gone[0].ID != id(2) || len(gone[0].Numbers) != 1 || gone[0].Mark != 0 && gone[0].Mark != 2 {
		t.Errorf("gone %+v, want room by what was given up", gone)
	}
	if s := f.Stats(at(124)); s.Open != 14 {
		t.Errorf("%+v: giving up goes on as long as the bound is near", s)
	}
}

// What is being given up is not there to be dropped: it may hold what was never delivered.
func TestWhatIsGivenUpIsNotEvictedBeforeItIsDelivered(t *testing.T) {
	c := openConfig()
	c.MaxTraces = 2
	f := &feed{Table: New(c)}
	f.add(t, 1, 1, false, at(0))
	f.add(t, 2, 1, false, at(0))
	f.KeepOpen(f.take(t, at(60)), nil, at(60))
	if _, err := f.Reserve(1, 1, 1); !errors.Is(err, ErrFull) {
		t.Fatalf("error %v", err)
	}
}

func TestARestartGoesOnWithOpenTraces(t *testing.T) {
	f := New(openConfig())
	part := func(trace byte, n uint64, p Part, received float64) Piece {
		p.Number, p.Spans, p.Bytes, p.Received = n, 1, 1, at(received)
		return Piece{ID: id(trace), Part: p}
	}
	f.Load([]Piece{
		part(1, 1, Part{}, 0), part(1, 2, Part{}, 900), // open
		part(2, 3, Part{Entry: true}, 900), // delivered, its root in another process
		part(3, 4, Part{}, -4000),          // silent for too long
		part(4, 5, Part{Rooted: true}, 999),
	}, map[uint64]bool{3: true}, at(1000))
	if s := f.Stats(at(1000)); s.Kept != 1 || s.Assembling != 3 {
		t.Errorf("%+v", s)
	}
	ends := map[ID]End{}
	for job, _, _ := f.Take(at(1060)); job != nil; job, _, _ = f.Take(at(1060)) {
		ends[job.ID] = job.End
		if !job.SearchFirst {
			t.Errorf("job %+v", job)
		}
		if job.End == NoEnd && !job.Rooted {
			f.KeepOpen(job, nil, at(1060))
		} else {
			f.Done(job, map[trace.SpanID]string{}, at(1060))
		}
	}
	if len(ends) != 3 || ends[id(1)] != NoEnd || ends[id(3)] != Silent {
		t.Errorf("handed out %v", ends)
	}
	feed := &feed{Table: f, n: 5}
	feed.add(t, 2, 1, true, at(2000))
	if job := feed.take(t, at(2002)); job.ID != id(2) || len(job.Parts) != 2 || !job.Delivered || job.Piecemeal {
		t.Errorf("job %+v", job)
	}
}

func TestPartsThatComeWhileAnOpenTraceIsDelivered(t *testing.T) {
	for name, tt := range map[string]struct {
		part Part
		want float64
	}{
		"its root":     {Part{Rooted: true}, 64},
		"a local root": {Part{Entry: true}, 122}, // no sooner than a delivery's rest
		"a step":       {Part{}, 122},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feed{Table: New(openConfig())}
			f.add(t, 1, 1, false, at(0))
			job := f.take(t, at(60))
			f.put(t, 1, tt.part, at(61))
			f.KeepOpen(job, nil, at(62))
			if got := f.due(); got != tt.want && !(tt.part.Entry && got > 62 && got < 122) {
				t.Errorf("due at %v, want %v", got, tt.want)
			}
		})
	}
}
