package slack

import (
	"maps"
	"sync"
)

// gaps are the watched channels in which something may have been said that nobody heard, each
// with the number of its last interruption. While a channel is among them its mark does not
// rise: the look back begins at the mark, and would miss what was said before a message that
// came meanwhile. The zero value has none. It is safe for concurrent use.
type gaps struct {
	mu      sync.Mutex // guards what follows
	last    int
	numbers map[string]int
}

// begin notes that the socket of this process was interrupted, or that Slack left events out.
func (g *gaps) begin(channels []Channel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	if g.numbers == nil {
		g.numbers = make(map[string]int, len(channels))
	}
	for _, c := range channels {
		g.numbers[c.ID] = g.last
	}
}

// in reports whether a channel has a gap.
func (g *gaps) in(channel string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.numbers[channel] != 0
}

// all are the channels that have one, with its number.
func (g *gaps) all() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.numbers)
}

// end notes that all was looked up, unless there was a further interruption since.
func (g *gaps) end(channel string, number int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.numbers[channel] == number {
		delete(g.numbers, channel)
	}
}
