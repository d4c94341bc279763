//go:build unix

package pdf

import "golang.org/x/sys/unix"

// linear is the memory of one instance. All its addresses are reserved at the beginning, and memory
// is taken as it grows: so nothing is copied, and what the system refuses is a failure within
// PDFium instead of the end of the process.
type linear struct {
	of   *memories
	most uint64
	all  []byte
	size uint64
}

// Reallocate implements [experimental.LinearMemory]. nil says that there is no more.
func (l *linear) Reallocate(size uint64) []byte {
	if size > l.most {
		return l.refuse()
	}
	if l.all == nil {
		all, err := unix.Mmap(-1, 0, int(l.most), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return l.refuse()
		}
		l.all = all
	}
	if size > l.size {
		// Pages of wasm are multiples of those of the system.
		if err := unix.Mprotect(l.all[l.size:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return l.refuse()
		}
		l.size = size
	}
	return l.all[:size:l.most]
}

func (l *linear) refuse() []byte {
	l.of.refused.Store(true)
	return nil
}

// Free implements [experimental.LinearMemory].
func (l *linear) Free() {
	if l.all != nil {
		_ = unix.Munmap(l.all)
		l.all = nil
	}
}
