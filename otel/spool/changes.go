package spool

import "container/list"

// Changes is what a reader who keeps an index of the pending parts has to take over; see
// [Spool.ChangesSince].
type Changes struct {
	Pending []Entry // new, due since, or with another note; in no order
	Gone    []Entry // not pending any more; in no order
	All     bool    // Pending is all that is pending, and Gone is empty
	Next    uint64  // what the reader asks for next time
}

// changeLog has each part that changed once, in the order of its last change. It
// forgets the oldest parts that are gone beyond a limit; a reader who has not heard of
// those gets all that is pending. Guarded by Spool.mu.
type changeLog struct {
	last      uint64 // number of the newest change
	forgotten uint64 // number of the newest change that is not kept
	pending   list.List
	gone      list.List
	at        map[string]func() // by id: takes the part's last change out of its list
}

type change struct {
	number uint64
	entry  Entry // as it was when it changed; of pending ones the index has more
}

// add takes note of a part. At most limit parts that are gone are kept.
func (c *changeLog) add(e Entry, gone bool, limit int) {
	if takeOut := c.at[e.ID]; takeOut != nil {
		takeOut()
	} else if c.at == nil {
		c.at = map[string]func(){}
	}
	in := &c.pending
	if gone {
		in = &c.gone
	}
	c.last++
	el := in.PushBack(change{c.last, e})
	c.at[e.ID] = func() { in.Remove(el); delete(c.at, e.ID) }
	if c.gone.Len() > limit {
		oldest := c.gone.Front().Value.(change)
		c.forgotten = oldest.number
		c.at[oldest.entry.ID]()
	}
}

// since returns the parts of one of the lists that changed, from the number first on.
func since(l *list.List, first uint64) (entries []Entry) {
	for el := l.Back(); el != nil && el.Value.(change).number >= first; el = el.Prev() {
		entries = append(entries, el.Value.(change).entry)
	}
	return entries
}

// changed is called under mu after a part came, went, became due, or got a note.
func (s *Spool) changed(e Entry) { s.log.add(e, s.pending.parts[e.ID] == nil, s.config.maxFiles) }

// ChangesSince returns what changed among the pending parts since an earlier call, whose
// Next is given; zero asks for all that is pending. Any number of readers may ask, each
// at the cost of what changed; [Spool.Added] wakes one of them. A reader who did not ask
// for longer than the spool remembers gets all that is pending.
func (s *Spool) ChangesSince(last uint64) Changes {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Changes{Next: s.log.last + 1}
	if last == 0 || last <= s.log.forgotten {
		c.All, c.Pending = true, make([]Entry, 0, len(s.pending.parts))
		for _, e := range s.pending.parts {
			c.Pending = append(c.Pending, *e)
		}
		return c
	}
	c.Pending, c.Gone = since(&s.log.pending, last), since(&s.log.gone, last)
	for i, e := range c.Pending {
		c.Pending[i] = *s.pending.parts[e.ID]
	}
	return c
}
