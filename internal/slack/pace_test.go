package slack

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/technoshare/commentator/internal/retry"
)

func TestPostsWaitForAShortLimitAndArePutOffByALongOne(t *testing.T) {
	for _, c := range []struct {
		name   string
		closed time.Duration
		ctx    time.Duration // that the post has left; 0: no end
		waits  time.Duration
		turn   time.Duration // when to ask again; 0: it may post
	}{
		{"nothing is in the way", 0, 0, 0, 0},
		{"a short limit", 10 * time.Second, 0, 10 * time.Second, 0},
		{"a long limit", 900 * time.Second, 0, 0, 900 * time.Second},
		{"a limit that outlasts the job", 20 * time.Second, 5 * time.Second, 0, 20 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.ctx > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.ctx)
					defer cancel()
				}
				p := newPace(time.Second)
				p.hold("C1", c.closed)
				began := time.Now()
				err := p.wait(ctx, "C1", maxWait)
				if time.Since(began) != c.waits || retry.IsTurn(err) != (c.turn > 0) || retry.After(err) != c.turn || (err == nil) != (c.turn == 0) {
					t.Errorf("after %s: %v, again in %s", time.Since(began), err, retry.After(err))
				}
				if err := p.wait(ctx, "C2", maxWait); err != nil {
					t.Errorf("another channel: %v", err)
				}
			})
		})
	}
}

func TestACrowdOfPostsGoesInOrderAndTheRestIsPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(time.Second)
		began := time.Now()
		var all sync.WaitGroup
		var posted, putOff int
		var mu sync.Mutex
		for i := range 100 {
			all.Go(func() {
				err := p.wait(t.Context(), "C1", maxWait)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					posted++
					if at := time.Since(began); at != time.Duration(i)*time.Second {
						t.Errorf("post %d went after %s", i, at)
					}
				case retry.IsTurn(err):
					putOff++
				default:
					t.Error(err)
				}
			})
			synctest.Wait() // it has its place
		}
		all.Wait()
		if posted != 31 || putOff != 69 {
			t.Errorf("%d went within %s, %d were put off", posted, maxWait, putOff)
		}
	})
}

func TestALimitDuringTheWaitProlongsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10 * time.Second)
		if err := p.wait(t.Context(), "C1", maxWait); err != nil {
			t.Fatal(err)
		}
		var got error
		var all sync.WaitGroup
		all.Go(func() { got = p.wait(t.Context(), "C1", maxWait) })
		synctest.Wait()
		p.hold("C1", time.Hour)
		all.Wait()
		if !retry.IsTurn(got) {
			t.Errorf("%v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := newPace(0).wait(ctx, "C1", maxWait); !errors.Is(err, context.Canceled) {
			t.Errorf("a shutdown: %v", err)
		}
	})
}
