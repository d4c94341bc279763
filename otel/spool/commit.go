package spool

// committer flushes the folder for everybody who waits. Flushing once for all
// who came while the last flush ran is what lets many producers share the disk.
type committer struct {
	requests chan chan error
	done     chan struct{}
}

func newCommitter(flush func() error) *committer {
	c := &committer{requests: make(chan chan error, 64), done: make(chan struct{})}
	go c.run(flush)
	return c
}

func (c *committer) run(flush func() error) {
	defer close(c.done)
	var waiting []chan error
	for first := range c.requests {
		waiting = append(waiting[:0], first)
		waiting = c.gather(waiting)
		err := flush()
		for _, w := range waiting {
			w <- err // has room for the one answer
		}
	}
}

// gather takes all that is there, without waiting for more.
func (c *committer) gather(waiting []chan error) []chan error {
	for {
		select {
		case w, ok := <-c.requests:
			if !ok {
				return waiting
			}
			waiting = append(waiting, w)
		default:
			return waiting
		}
	}
}

// wait returns after a flush that began after the call.
func (c *committer) wait() error {
	answer := make(chan error, 1)
	c.requests <- answer
	return <-answer
}

// close must not be called while somebody is in wait.
func (c *committer) close() {
	close(c.requests)
	<-c.done
}
