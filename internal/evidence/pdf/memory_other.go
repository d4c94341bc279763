//go:build !unix

package pdf

// linear is the memory of one instance, which the garbage collector frees.
type linear struct {
	of   *memories
	most uint64
	all  []byte
}

// Reallocate implements [experimental.LinearMemory].
func (l *linear) Reallocate(size uint64) []byte {
	if size > l.most {
		l.of.refused.Store(true)
		return nil
	}
	if size > uint64(cap(l.all)) {
		l.all = append(make([]byte, 0, min(l.most, size+size/4)), l.all...)
	}
	l.all = l.all[:size]
	return l.all
}

// Free implements [experimental.LinearMemory].
func (l *linear) Free() { l.all = nil }
