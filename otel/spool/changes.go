package spool

// changeFeed keeps for one reader which parts became pending, due, noted or gone since it
// last asked, so that it needs no look at all that is pending. Guarded by Spool.mu.
type changeFeed struct {
	on  bool             // somebody asked
	ids map[string]Entry // as they were when they went; of pending ones the index has more
}

// add takes note of a part. Where nobody asks any more, parts that are gone are forgotten
// beyond limit.
func (c *changeFeed) add(e Entry, limit int, pending func(id string) bool) {
	if !c.on {
		return
	}
	if len(c.ids) >= 2*limit {
		for id := range c.ids {
			if !pending(id) {
				delete(c.ids, id)
			}
		}
	}
	c.ids[e.ID] = e
}

func (s *Spool) changed(e Entry) {
	s.feed.add(e, s.config.maxFiles+1, func(id string) bool { return s.pending[id] != nil })
}

// Changes returns what changed among the pending parts since the last call, in no order:
// those that are new, became due, or got a note; and those that are not pending any more.
// The first call returns all that is pending. It is for one reader, who is woken by
// [Spool.Added]; a reader who falls far behind may not be told of some that are gone.
func (s *Spool) Changes() (pending, gone []Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.feed.on {
		s.feed = changeFeed{on: true, ids: map[string]Entry{}}
		pending = make([]Entry, 0, len(s.pending))
		for _, e := range s.pending {
			pending = append(pending, *e)
		}
		return pending, nil
	}
	for id, old := range s.feed.ids {
		if e := s.pending[id]; e != nil {
			pending = append(pending, *e)
		} else {
			gone = append(gone, old)
		}
	}
	clear(s.feed.ids)
	return pending, gone
}
