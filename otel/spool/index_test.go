package spool

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestCountsHoldWhateverComesAndGoes: they are kept, not counted anew.
func TestCountsHoldWhateverComesAndGoes(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's
	x := index{parts: map[string]*Entry{}}
	stays := nameOf(part(0)).entry(1)
	x.add(&stays)
	next := 1
	for range 20_000 {
		switch n := draw.IntN(3); {
		case n == 0 || len(x.parts) < 3:
			e := nameOf(part(next)).entry(1)
			e.Elsewhere, e.FoundAtOpen = draw.IntN(4) == 0, draw.IntN(2) == 0
			x.add(&e)
			next++
		case n == 1:
			for id := range x.parts {
				if id != stays.ID {
					x.drop(id)
					break
				}
			}
		default:
			for _, e := range x.parts {
				x.update(e, func(e *Entry) { e.Attempts, e.Elsewhere = draw.IntN(2), e.ID != stays.ID && draw.IntN(2) == 0 })
				break
			}
		}
	}
	untried, elsewhere := 0, 0
	var oldest time.Time
	for _, e := range x.parts {
		switch {
		case e.Elsewhere:
			elsewhere++
			continue
		case e.Attempts == 0 && (e.Complete || e.FoundAtOpen):
			untried++
		}
		if oldest.IsZero() || e.Start.Before(oldest) {
			oldest = e.Start
		}
	}
	if x.untried != untried || x.elsewhere != elsewhere || !x.start().Equal(oldest) {
		t.Errorf("%d, %d, %s; counted %d, %d, %s", x.untried, x.elsewhere, x.start(), untried, elsewhere, oldest)
	}
	if most := 4*len(x.parts) + 2*minHeap; len(x.oldest) > most {
		t.Errorf("%d ids for %d parts", len(x.oldest), len(x.parts))
	}
	x.drop(stays.ID)
	if x.start().Equal(oldest) {
		t.Error("the oldest is gone")
	}
}
