package pdf

import (
	"sync/atomic"

	"github.com/tetratelabs/wazero/experimental"
)

// memories makes the memory of PDFium's instances. It is safe for concurrent use.
type memories struct {
	refused atomic.Bool // the system had no more, at least once
}

// Allocate implements [experimental.MemoryAllocator].
func (m *memories) Allocate(_, most uint64) experimental.LinearMemory {
	return &linear{of: m, most: most}
}
