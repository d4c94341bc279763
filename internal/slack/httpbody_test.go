package slack

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestABodyIsReadWholeWhateverItsPieces(t *testing.T) {
	b := newBodies()
	for _, n := range []int{0, 1, firstBody - 1, firstBody, firstBody + 1, 67_000, maxHTTPBody} {
		want := bytes.Repeat([]byte("x"), n)
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(want), "in halves": iotest.HalfReader(bytes.NewReader(want)), "with its end": iotest.DataErrReader(bytes.NewReader(want)),
		} {
			got, held, err := b.read(r)
			if err != nil || !bytes.Equal(got, want) || held < n || held > max(firstBody, 2*n) {
				t.Errorf("%d bytes %s: %d, %d held, %v", n, name, len(got), held, err)
			}
			b.free(held)
		}
	}
	broken := errors.New("broken")
	_, held, err := b.read(io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	b.free(held)
	if !b.room.TryAcquire(maxBodies) {
		t.Error("bytes are held at the end")
	}
}

// paused is a sender who has sent so much and goes on later.
type paused struct {
	sent  io.Reader
	pause chan struct{}
}

func (p *paused) Read(to []byte) (int, error) {
	n, err := p.sent.Read(to)
	if err == io.EOF {
		<-p.pause
	}
	return n, err
}

func TestBodiesInMemoryAreBounded(t *testing.T) {
	const senders = 600
	b := newBodies()
	type result struct {
		held int
		err  error
	}
	results := make(chan result, senders)
	pause := make(chan struct{})
	for range senders {
		go func() {
			_, held, err := b.read(&paused{bytes.NewReader(make([]byte, maxHTTPBody)), pause})
			results <- result{held, err}
		}()
	}
	busy := 0
	for range senders - maxBodies/maxHTTPBody { // at most so many can have read all of theirs
		r := <-results
		if !errors.Is(r.err, errBusy) {
			t.Fatalf("%v", r.err)
		}
		busy++
		b.free(r.held)
	}
	close(pause)
	held := 0 // at once, by those who paused
	for range senders - busy {
		r := <-results
		held += r.held
	}
	if held > maxBodies {
		t.Errorf("%d bytes are held", held)
	}
	b.free(held)
	if !b.room.TryAcquire(maxBodies) {
		t.Error("bytes are held at the end")
	}
}
