package slack

import (
	"errors"
	"io"
	"slices"

	"golang.org/x/sync/semaphore"
)

const (
	// maxBodies bounds the bodies of HTTP requests that are in memory at once, in bytes, read
	// and still being read together: sixteen of the longest, some 250 of the longest recorded.
	maxBodies = 16 << 20
	// firstBody is the room that a request is given at first, in bytes; most need no more.
	firstBody = 8 << 10
)

// errBusy says that there is no room for another body now.
var errBusy = errors.New("no room for another request")

// bodies bounds the memory of requests whose sender is not known yet. A request takes room as its
// bytes come, not as it announces them, so that slow senders hold little. It is safe for
// concurrent use.
type bodies struct{ room *semaphore.Weighted }

func newBodies() bodies { return bodies{semaphore.NewWeighted(maxBodies)} }

// free gives back n bytes that read has held.
func (b bodies) free(n int) { b.room.Release(int64(n)) }

// read reads r to its end. held is what is to be freed once the body is not needed any more, also
// after an error, which is [errBusy] or one of r.
func (b bodies) read(r io.Reader) (body []byte, held int, err error) {
	for {
		if len(body) == cap(body) {
			more := max(firstBody, cap(body)) // twice as much as before
			if !b.room.TryAcquire(int64(more)) {
				return nil, held, errBusy
			}
			held += more
			grown := make([]byte, len(body), held)
			copy(grown, body)
			body = grown
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			return slices.Clip(body), held, nil
		}
		if err != nil {
			return nil, held, err
		}
	}
}
