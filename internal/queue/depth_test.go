package queue

import (
	"testing"
	"testing/synctest"
	"time"
)

// Each link was held against a count of all that are held.
func TestLinksAreCountedOnceInAWhileAndOneByOneNearTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 10_000
		var d depth
		held := 0
		accept := func() {
			if !d.room(most) {
				d.counted(held)
			}
			held++
		}
		for range 1000 {
			accept()
		}
		if d.counts != 1 {
			t.Errorf("%d counts for 1000 links at once", d.counts)
		}
		time.Sleep(depthFor + time.Millisecond)
		if accept(); d.counts != 2 {
			t.Errorf("an old count is gone by: %d counts", d.counts)
		}
		for held < most-depthMargin {
			accept()
		}
		before := d.counts
		for range depthMargin {
			accept()
		}
		if got := d.counts - before; got < depthMargin-1 {
			t.Errorf("%d counts for the last %d links before the bound", got, depthMargin)
		}
	})
}
