package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, c storage.Client) *Journal {
	t.Helper()
	j, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close(context.Background()) })
	return j
}

func TestWhatIsPutIsReadBackByTheNextProcess(t *testing.T) {
	disk := NewMemory()
	j := open(t, disk)
	body := bytes.Repeat([]byte("some OTLP "), 1000)
	h := Header{
		TraceID: trace.TraceID{1, 2, 3}, Received: time.UnixMicro(1_760_000_000_123_456), Spans: 7, Rooted: true, Entry: true, Idle: true,
	}
	var c Change
	c.Put(5, Encode(h, body))
	c.Put(6, Encode(Header{TraceID: trace.TraceID{4}, Received: h.Received, Spans: 1}, nil))
	c.Mark(5)
	if err := j.Apply(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := j.Apply(t.Context(), &c); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed journal answers %v", err)
	}

	j = open(t, disk)
	parts, marks, err := j.Load(t.Context())
	if err != nil || len(parts) != 2 || len(marks) != 1 || marks[0] != 5 {
		t.Fatalf("%d parts, marks %v, %v", len(parts), marks, err)
	}
	for _, p := range parts {
		if p.Err != nil {
			t.Error(p.Err)
		}
		if p.Number == 5 && p.Header != h {
			t.Errorf("header %+v, want %+v", p.Header, h)
		}
	}
	got, err := j.Read(t.Context(), []uint64{5, 6, 99})
	if err != nil || len(got) != 3 || got[2] != nil {
		t.Fatal(got, err)
	}
	if b, err := Decode(got[0]); err != nil || !bytes.Equal(b, body) {
		t.Errorf("%d bytes, %v", len(b), err)
	}

	var rm Change
	rm.Remove(5)
	rm.Unmark(5)
	if err := j.Apply(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	if parts, marks, err = j.Load(t.Context()); err != nil || len(parts) != 1 || len(marks) != 0 {
		t.Errorf("%d parts, marks %v, %v", len(parts), marks, err)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	good := Encode(Header{TraceID: trace.TraceID{1}, Spans: 1}, []byte("spans and more spans"))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		_, headErr := ReadHeader(bad)
		_, err := Decode(bad)
		inHeader := i > 0 && i < 30 // ids and counts have no checksum of their own
		if !inHeader && !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d: %v, %v", i, headErr, err)
		}
	}
	for _, bad := range [][]byte{nil, {1}, good[:headerSize-1]} {
		if _, err := ReadHeader(bad); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(Header{TraceID: trace.TraceID{1}, Spans: 1}, []byte("spans")))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Decode(b); err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	})
}

// counted lets a test hold transactions back and count them.
type counted struct {
	*memory
	gate  chan struct{}
	calls int
	full  func(ops []*storage.Operation) error
}

func (c *counted) Batch(ctx context.Context, ops ...*storage.Operation) error {
	<-c.gate
	c.calls++
	if c.full != nil {
		if err := c.full(ops); err != nil {
			return err
		}
	}
	return c.memory.Batch(ctx, ops...)
}

func TestCallsThatWaitShareATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counted{memory: NewMemory().(*memory), gate: make(chan struct{})}
		j := open(t, c)
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				var ch Change
				ch.Put(uint64(i), Encode(Header{}, []byte{byte(i)})) //nolint:gosec // small
				if err := j.Apply(context.Background(), &ch); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // one transaction is held up, the other calls gather behind it
		close(c.gate)
		all.Wait()
		if c.calls > 2 {
			t.Errorf("50 calls took %d transactions", c.calls)
		}
		if len(c.values) != 50 {
			t.Errorf("%d of 50 are stored", len(c.values))
		}
	})
}

func TestAFullDiskRefusesOnlyWhatDoesNotFit(t *testing.T) {
	full := errors.New("no space left")
	c := &counted{memory: NewMemory().(*memory), gate: make(chan struct{})}
	c.full = func(ops []*storage.Operation) error {
		for _, op := range ops {
			if op.Type == storage.Set && len(op.Value) > 1000 {
				return full
			}
		}
		return nil
	}
	j := open(t, c)
	results := make(chan string, 4)
	apply := func(name string, ch *Change) {
		go func() {
			if err := j.Apply(context.Background(), ch); err != nil {
				name += " refused"
			}
			results <- name
		}()
	}
	var first, large, small, remove Change
	first.Put(1, Encode(Header{}, nil))
	large.ops, large.bytes = []*storage.Operation{storage.SetOperation("x", make([]byte, 2000))}, 2000
	small.Put(2, Encode(Header{}, nil))
	remove.Remove(7)
	apply("first", &first)
	c.gate <- struct{}{}
	apply("large", &large)
	apply("small", &small)
	apply("remove", &remove)
	close(c.gate)
	got := map[string]bool{}
	for range 4 {
		got[<-results] = true
	}
	for _, want := range []string{"first", "large refused", "small", "remove"} {
		if !got[want] {
			t.Errorf("results %v, want %q", got, want)
		}
	}
}

func ExampleJournal() {
	j, err := Open(NewMemory())
	if err != nil {
		panic(err)
	}
	var c Change
	c.Put(1, Encode(Header{TraceID: trace.TraceID{0xab}, Spans: 2}, []byte("OTLP")))
	if err := j.Apply(context.Background(), &c); err != nil { // from here on it survives a crash
		panic(err)
	}
	stored, err := j.Read(context.Background(), []uint64{1})
	if err != nil {
		panic(err)
	}
	body, err := Decode(stored[0])
	fmt.Println(string(body), err, j.Close(context.Background()))
	// Output: OTLP <nil> <nil>
}
