package slack

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// idle fails the test where room is held at the end.
func idle(t *testing.T, b *bodies) {
	t.Helper()
	if b.free != maxBodies || len(b.reading) > 0 {
		t.Errorf("at the end %d bytes are held, %d requests are read", maxBodies-b.free, len(b.reading))
	}
}

func TestABodyIsReadWholeWhateverItsPieces(t *testing.T) {
	b := newBodies()
	never := func() { t.Error("stopped") }
	for _, n := range []int{0, 1, firstBody - 1, firstBody, firstBody + 1, 67_000, maxHTTPBody} {
		want := bytes.Repeat([]byte("x"), n)
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(want), "in halves": iotest.HalfReader(bytes.NewReader(want)), "with its end": iotest.DataErrReader(bytes.NewReader(want)),
		} {
			got, release, err := b.read(r, never)
			if held := maxBodies - b.free; err != nil || !bytes.Equal(got, want) || held < n || held > max(firstBody, 2*n) {
				t.Errorf("%d bytes %s: %d, %d held, %v", n, name, len(got), held, err)
			}
			release()
		}
	}
	broken := errors.New("broken")
	_, release, err := b.read(io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(broken)), never)
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	release()
	idle(t, b)
}

// slow is a sender who has sent so much, and more only when it is told to go on.
type slow struct {
	sent    io.Reader
	paused  chan<- struct{}
	stopped chan struct{}
	goOn    <-chan struct{}
}

func (s *slow) Read(to []byte) (int, error) {
	n, err := s.sent.Read(to)
	if err != io.EOF {
		return n, err
	}
	s.paused <- struct{}{}
	select {
	case <-s.stopped:
		return 0, errors.New("stopped")
	case <-s.goOn:
		return 0, io.EOF
	}
}

// TestSlowSendersDoNotKeepSlackOut has far more senders than there is room for stop before their end.
func TestSlowSendersDoNotKeepSlackOut(t *testing.T) {
	const senders, fit = 100, maxBodies / maxHTTPBody
	b := newBodies()
	type result struct {
		n       int
		release func()
		err     error
	}
	results := make(chan result, senders)
	paused, goOn := make(chan struct{}), make(chan struct{})
	for n := range senders {
		stopped := make(chan struct{})
		go func() {
			_, release, err := b.read(&slow{bytes.NewReader(make([]byte, maxHTTPBody-1)), paused, stopped, goOn}, func() { close(stopped) })
			results <- result{n, release, err}
		}()
		<-paused
	}
	want := bytes.Repeat([]byte("x"), 67_000)
	got, release, err := b.read(bytes.NewReader(want), func() { t.Error("the newest is stopped") })
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if b.free < 0 {
		t.Errorf("%d bytes more than there is room for are held", -b.free)
	}
	for range senders - fit + 1 { // the last made room for ours
		r := <-results
		if !errors.Is(r.err, errBusy) || r.n > senders-fit {
			t.Errorf("sender %d: %v", r.n, r.err)
		}
		r.release()
	}
	close(goOn)
	for range fit - 1 {
		r := <-results
		if r.err != nil {
			t.Errorf("sender %d: %v", r.n, r.err)
		}
		r.release()
	}
	release()
	idle(t, b)
}

// TestBodiesThatAreWorkedOnKeepTheirRoom: what has been read is signed perhaps.
func TestBodiesThatAreWorkedOnKeepTheirRoom(t *testing.T) {
	b := newBodies()
	var held []func()
	never := func() { t.Error("stopped") }
	for range maxBodies / maxHTTPBody {
		_, release, err := b.read(bytes.NewReader(make([]byte, maxHTTPBody-1)), never)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, release)
	}
	_, release, err := b.read(bytes.NewReader(make([]byte, maxHTTPBody)), never)
	if !errors.Is(err, errBusy) {
		t.Errorf("one more: %v", err)
	}
	for _, release := range append(held, release) {
		release()
	}
	idle(t, b)
}
