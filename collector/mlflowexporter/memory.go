package mlflowexporter

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// What a span takes while it is delivered: decoded, read, drafted as runs, and copied
// for the server. Measured with spans of model calls of 0.8 kB: 9.6 kB of live memory each.
const (
	memoryPerSpan = 8 << 10
	memoryPerByte = 4
)

// Of the memory for deliveries one piece of a trace may have so much, in bytes before
// compression.
const pieceShare = 4

// maxPieceBytes bounds a piece of a trace that is handled whole, before compression.
func (c *Config) maxPieceBytes() int64 { return c.Delivery.MemoryMiB << 20 / pieceShare }

// bounds are those of what is stored. A span is never larger than a piece.
func (c *Config) bounds() bounds {
	piece := int(c.maxPieceBytes())
	return bounds{spans: c.Assembly.MaxTraceSpans, bytes: piece, spanBytes: min(c.Limits.MaxSpanBytes, piece)}
}

// memory lets deliveries begin as far as there is room for what they read. Those that wait
// are served in order, so that a large one is not overtaken for ever.
type memory struct {
	all  *semaphore.Weighted
	most int64
}

func newMemory(c *Config) *memory {
	most := c.Delivery.MemoryMiB << 20
	return &memory{all: semaphore.NewWeighted(most), most: most}
}

// take waits for room for a piece, and says how much it is to give back.
func (m *memory) take(ctx context.Context, spans int, raw int64) (int64, error) {
	n := min(m.most, int64(spans)*memoryPerSpan+raw*memoryPerByte)
	if err := m.all.Acquire(ctx, n); err != nil {
		return 0, err
	}
	return n, nil
}

func (m *memory) release(n int64) { m.all.Release(n) }
