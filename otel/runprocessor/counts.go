package runprocessor

import (
	"errors"

	"github.com/technoshare/commentator/otel/spool"
)

// counts are what happened since the start, in spans unless said otherwise.
type counts struct {
	started, ended  uint64
	stored          uint64 // on disk
	unfinished      uint64 // of these, written while still open
	late            uint64 // started after their trace was complete
	unknown         uint64 // ended without a start seen
	afterShutdown   uint64
	droppedQueue    uint64
	droppedOutbox   uint64
	droppedNoSpace  uint64
	droppedOther    uint64
	recordsStored   uint64 // log records on disk
	recordsLost     uint64 // … that were dropped with their part
	recordsStray    uint64 // … of traces that are not tracked
	traces          uint64 // completed, in traces
	parts           uint64 // handed over, in parts
	cutsSize        uint64 // parts cut because their trace was big
	cutsMemory      uint64 // … because all traces together were
	swept           uint64 // traces given up by age or memory
	startsForgotten uint64 // start notices lost, in roots
	lastError       error  // of droppedOther
}

// snapshot is what metrics and reports read of the tree.
type snapshot struct {
	counts
	live                              int
	openSpans, heldSpans, queuedSpans int64
	bytes                             int64
}

func (tr *tree) snapshot() snapshot {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return snapshot{
		counts: tr.counts, live: tr.live.n,
		openSpans: tr.openSpans, heldSpans: tr.heldSpans, queuedSpans: tr.queuedSpans,
		bytes: tr.held() + tr.queuedBytes,
	}
}

// countOutcome counts a part by what became of it. Called under mu.
func (tr *tree) countOutcome(h handover, err error) {
	c := &tr.counts
	n := h.count()
	if records := uint64(len(h.records)); err == nil {
		c.recordsStored += records
	} else {
		c.recordsLost += records
	}
	switch {
	case err == nil:
		c.stored += n
		c.unfinished += uint64(len(h.unfinished))
	case errors.Is(err, ErrQueueFull):
		c.droppedQueue += n
	case spool.IsFull(err):
		c.droppedOutbox += n
	case spool.IsNoSpace(err):
		c.droppedNoSpace += n
	default:
		c.droppedOther += n
		c.lastError = err
	}
}
