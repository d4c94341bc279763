//go:build linux

package chaos

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/fakeslack"
)

// Share posts a message with a link, as a person does.
func (w *World) Share(n int) error {
	return w.post([]int{n}, nil, []string{w.PageURL(n)}, false, fakeslack.Delivery{})
}

func (w *World) post(innocent, hostile []int, urls []string, mention bool, how fakeslack.Delivery) error {
	var p fakeslack.Posted
	var err error
	// Under the lock: whoever sees the message knows of it.
	w.mu.Lock()
	defer w.mu.Unlock()
	if mention { // two events of one gesture
		p, err = w.Slack.Say(fakeslack.Typed{Channel: fakeslack.DefaultChannel, Text: "@commentator " + strings.Join(urls, " and ")})
	} else {
		p, err = w.Slack.PostEvent(map[string]any{
			"type": "message", "channel": fakeslack.DefaultChannel, "text": "have a look: <" + strings.Join(urls, "> <") + ">",
		}, how)
	}
	if err == nil {
		w.posted = append(w.posted, post{p.TS, innocent, hostile, how, time.Now()})
	}
	return err
}

// share posts the links of a plan over its rough time, hostile ones among them, and
// lets Slack deliver them badly.
func (w *World) share(p Plan, hostileKinds []string, done <-chan struct{}) {
	r := rand.New(rand.NewPCG(uint64(p.Seed), 2)) //nolint:gosec // a seed, not a secret
	kinds := make([]string, p.Hostile)
	for i := range kinds {
		kinds[i] = hostileKinds[r.IntN(len(hostileKinds))]
	}
	innocent, hostile := 0, 0
	// The last comes when three quarters of the faults are over.
	gap := p.Rough * 3 / 4 / time.Duration(p.Links+p.Hostile)
	for i := 0; innocent < p.Links || hostile < p.Hostile; i++ {
		var mine, theirs []int
		var urls []string
		for range 1 + r.IntN(2)*r.IntN(3) { // up to three, mostly one
			left := p.Links - innocent + p.Hostile - hostile
			switch {
			case left == 0:
			case r.IntN(left) < p.Hostile-hostile:
				theirs, urls = append(theirs, hostile), append(urls, w.hostileURL(kinds[hostile], hostile))
				hostile++
			default:
				mine, urls = append(mine, innocent), append(urls, w.PageURL(innocent))
				innocent++
			}
		}
		how := fakeslack.Delivery{}
		switch r.IntN(10) {
		case 0:
			how = fakeslack.Copies(3, 30*time.Millisecond)
		case 1:
			how = fakeslack.Copies(1, 900*time.Millisecond) // late, so out of order
		case 2:
			how = fakeslack.Copies(2, 400*time.Millisecond)
		case 3:
			how = fakeslack.Copies(0, 0) // Slack never sends it
		}
		if err := w.post(mine, theirs, urls, r.IntN(10) == 0, how); err != nil {
			w.t.Errorf("post a message: %v", err)
			return
		}
		wait(done, gap*time.Duration(len(urls)))
	}
}

// wait waits for a time, or until done is closed, and reports whether it was the time.
func wait(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return false
	case <-timer.C:
		return true
	}
}
