package runprocessor

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// TestNumbersWeighWhatTheyTakeInMemory, and are not written out to be weighed, which costs the caller of End a hundred times
// as much: vectors of embeddings are thousands of them.
func TestNumbersWeighWhatTheyTakeInMemory(t *testing.T) {
	const n = 1 << 18
	floats := make([]float64, n)
	for i := range floats {
		floats[i] = 1 / float64(i+3)
	}
	for name, c := range map[string]struct {
		value attribute.Value
		least int64
	}{
		"floats": {attribute.Float64SliceValue(floats), 8 * n},
		"zeros":  {attribute.Int64SliceValue(make([]int64, n)), 8 * n},
		"bools":  {attribute.BoolSliceValue(make([]bool, n)), n},
	} {
		if size := sizeOfValue(&c.value); size < c.least || size > 2*c.least {
			t.Errorf("%s weigh %d bytes, take %d", name, size, c.least)
		}
	}
}
