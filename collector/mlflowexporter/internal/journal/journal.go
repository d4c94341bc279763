// Package journal keeps parts of traces in a Collector storage extension. In go
// parts, one for each trace of a request; out come the same parts, also after a
// crash. Calls that wait at the same time share one transaction, and so one
// flush to the disk: the storage's own calls cost one each.
//
// Keys are 'p' + number for a part and 'd' + number for the mark "delivered up to
// the part of that number". Numbers only grow, so that the storage writes in
// one place instead of all over its tree.
package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

const (
	partKey = 'p'
	markKey = 'd'
)

// Bounds of one transaction.
const (
	maxOps   = 20_000
	maxBytes = 64 << 20
)

// ErrClosed is returned after Close.
var ErrClosed = errors.New("journal is closed")

// Journal is safe for concurrent use.
type Journal struct {
	client storage.Client

	queue chan *request
	done  chan struct{}

	mu     sync.RWMutex // guards closed against sends on queue
	closed bool
}

type request struct {
	ops    []*storage.Operation
	bytes  int
	answer chan error // capacity 1
}

// Open takes over a storage client, which Close closes.
func Open(client storage.Client) (*Journal, error) {
	if _, ok := client.(storage.Walker); !ok {
		return nil, errors.New("this storage extension cannot list what it holds: use file_storage")
	}
	j := &Journal{client: client, queue: make(chan *request, 256), done: make(chan struct{})}
	go j.commit()
	return j, nil
}

// Close ends the calls under way and closes the storage client.
func (j *Journal) Close(ctx context.Context) error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	close(j.queue)
	j.mu.Unlock()
	<-j.done
	if err := j.client.Close(ctx); err != nil {
		return fmt.Errorf("close storage: %w", err)
	}
	return nil
}

// Change is a set of writes that happen together or not at all.
type Change struct {
	ops   []*storage.Operation
	bytes int
}

// Put adds an encoded part.
func (c *Change) Put(n uint64, encoded []byte) {
	c.ops = append(c.ops, storage.SetOperation(key(partKey, n), encoded))
	c.bytes += len(encoded)
}

// Mark notes that the trace whose newest part is n was delivered.
func (c *Change) Mark(n uint64) {
	c.ops = append(c.ops, storage.SetOperation(key(markKey, n), []byte{1}))
}

// Unmark takes a mark back.
func (c *Change) Unmark(n uint64) { c.ops = append(c.ops, storage.DeleteOperation(key(markKey, n))) }

// Remove deletes a part.
func (c *Change) Remove(n uint64) { c.ops = append(c.ops, storage.DeleteOperation(key(partKey, n))) }

// Add adds what another change does.
func (c *Change) Add(other *Change) {
	c.ops = append(c.ops, other.ops...)
	c.bytes += other.bytes
}

// Len is how many writes a change has.
func (c *Change) Len() int { return len(c.ops) }

// Apply stores a change, and returns when it survives a crash.
func (j *Journal) Apply(ctx context.Context, c *Change) error {
	if len(c.ops) == 0 {
		return nil
	}
	if err := j.run(ctx, c.ops, c.bytes); err != nil {
		return fmt.Errorf("write to storage: %w", err)
	}
	return nil
}

// Read gives encoded parts; one that is not there is nil.
func (j *Journal) Read(ctx context.Context, numbers []uint64) ([][]byte, error) {
	ops := make([]*storage.Operation, len(numbers))
	for i, n := range numbers {
		ops[i] = storage.GetOperation(key(partKey, n))
	}
	if err := j.run(ctx, ops, 0); err != nil {
		return nil, fmt.Errorf("read from storage: %w", err)
	}
	out := make([][]byte, len(ops))
	for i, op := range ops {
		out[i] = op.Value
	}
	return out, nil
}

// run waits for its ops. Once they stand in the queue it waits without regard
// to ctx: a caller that went away would not know what is stored.
func (j *Journal) run(ctx context.Context, ops []*storage.Operation, bytes int) error {
	r := &request{ops: ops, bytes: bytes, answer: make(chan error, 1)}
	j.mu.RLock()
	if j.closed {
		j.mu.RUnlock()
		return ErrClosed
	}
	select {
	case j.queue <- r:
		j.mu.RUnlock()
	case <-ctx.Done():
		j.mu.RUnlock()
		return ctx.Err()
	}
	return <-r.answer
}

// commit puts all that waits into one transaction after the other. That is the
// same thought as the committer of package spool, which shares the flush of a
// folder instead: there is no code that both could use, as a transaction has a
// content, bounds, and may fail for one of its parts.
func (j *Journal) commit() {
	defer close(j.done)
	for first := range j.queue {
		batch, ops, bytes := []*request{first}, first.ops, first.bytes
	more:
		for len(ops) < maxOps && bytes < maxBytes {
			select {
			case r, ok := <-j.queue:
				if !ok {
					break more
				}
				batch = append(batch, r)
				ops = append(ops[:len(ops):len(ops)], r.ops...)
				bytes += r.bytes
			default:
				break more
			}
		}
		err := j.client.Batch(context.Background(), ops...)
		if err == nil || len(batch) == 1 {
			for _, r := range batch {
				r.answer <- err
			}
			continue
		}
		// One of them may be too large for what is left of the disk. Those that
		// write nothing go first: they may make room.
		for _, writes := range []bool{false, true} {
			for _, r := range batch {
				if (r.bytes > 0) == writes {
					r.answer <- j.client.Batch(context.Background(), r.ops...)
				}
			}
		}
	}
}

// Entry is what Load finds.
type Entry struct {
	Number uint64
	Header Header
	Size   int
	Raw    int   // of the body
	Err    error // the entry is damaged
}

// Load lists all parts, and the marks.
func (j *Journal) Load(ctx context.Context) (parts []Entry, marks []uint64, err error) {
	err = j.client.(storage.Walker).Walk(ctx, func(k string, v []byte) ([]*storage.Operation, error) {
		if len(k) != 9 {
			return nil, nil
		}
		n := binary.BigEndian.Uint64([]byte(k[1:]))
		switch k[0] {
		case markKey:
			marks = append(marks, n)
		case partKey:
			h, err := ReadHeader(v)
			parts = append(parts, Entry{Number: n, Header: h, Size: len(v), Raw: rawSize(v), Err: err})
		}
		return nil, nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list storage: %w", err)
	}
	return parts, marks, nil
}

func key(kind byte, n uint64) string {
	var b [9]byte
	b[0] = kind
	binary.BigEndian.PutUint64(b[1:], n)
	return string(b[:])
}
