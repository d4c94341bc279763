package sandbox

import "maps"

// Stats counts what became of a pool's children since it was made.
type Stats struct {
	// Started is the number of children whose program began.
	Started int64
	// Died is the number of those that gave no answer, and of starts that failed, by cause. A child that
	// the pool ended because it was no longer needed is none of them.
	Died map[Cause]int64
}

// Stats is safe to call at any time, also after Close.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Started: p.stats.Started, Died: maps.Clone(p.stats.Died)}
}

// notStarted counts a start that failed and is its error.
func (p *Pool) notStarted(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.stats.Died[Start]++
	}
	return &Error{Cause: Start, Detail: err.Error()}
}
