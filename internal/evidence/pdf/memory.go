package pdf

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// memories makes the memory of PDFium's instances, of which it keeps the bound: that of wazero is
// higher, so that it is known when the bound was reached. It is safe for concurrent use.
type memories struct {
	refused atomic.Bool // there was no more, at least once
}

// Allocate implements [experimental.MemoryAllocator].
func (m *memories) Allocate(_, most uint64) experimental.LinearMemory {
	return &linear{of: m, most: min(most, maxModule)}
}
