package queue

// OnMaintained calls f after each round of maintenance. It must be called before
// Run.
func (q *Queue) OnMaintained(f func()) { q.maintained = f }
