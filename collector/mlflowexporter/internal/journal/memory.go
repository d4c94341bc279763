package journal

import (
	"context"
	"maps"
	"sync"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// memory is a storage that ends with the process.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
}

// NewMemory is a storage client for exporters without a storage extension.
func NewMemory() storage.Client { return &memory{values: map[string][]byte{}} }

func (m *memory) Batch(_ context.Context, ops ...*storage.Operation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = m.values[op.Key]
		case storage.Set:
			m.values[op.Key] = op.Value
		case storage.Delete:
			delete(m.values, op.Key)
		}
	}
	return nil
}

func (m *memory) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := m.Batch(ctx, op)
	return op.Value, err
}

func (m *memory) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}

func (m *memory) Walk(ctx context.Context, fn storage.WalkFunc) error {
	m.mu.Lock()
	values := maps.Clone(m.values)
	m.mu.Unlock()
	var all []*storage.Operation
	for k, v := range values {
		ops, err := fn(k, v)
		if err != nil {
			return err
		}
		all = append(all, ops...)
	}
	return m.Batch(ctx, all...)
}

func (m *memory) Close(context.Context) error { return nil }
