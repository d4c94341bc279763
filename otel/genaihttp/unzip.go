package genaihttp

import (
	"compress/gzip"
	"compress/zlib"
	"io"
)

// maxUnzipped bounds what is decompressed of one answer, in bytes.
const maxUnzipped = 1 << 30

// unzipper decompresses a copy of an answer that passes compressed, as the caller asked for. It has one goroutine,
// which ends with the call and takes turns with whoever writes: only one of the two runs.
type unzipper struct {
	in   chan []byte
	want chan struct{} // all that was written is read
	done chan struct{} // nothing more will be
	rest []byte        // of what was written last
}

func newUnzipper(encoding string, out func(p []byte)) *unzipper {
	u := &unzipper{in: make(chan []byte), want: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(u.done)
		u.run(encoding, out)
	}()
	u.wait()
	return u
}

func (u *unzipper) run(encoding string, out func(p []byte)) {
	var plain io.Reader
	var err error
	if encoding == "deflate" {
		plain, err = zlib.NewReader(u)
	} else {
		plain, err = gzip.NewReader(u)
	}
	buf := make([]byte, 16<<10)
	for total := 0; err == nil && total < maxUnzipped; {
		var n int
		n, err = plain.Read(buf)
		out(buf[:n])
		total += n
	}
}

// Read gives the goroutine what is written.
func (u *unzipper) Read(p []byte) (int, error) {
	if len(u.rest) == 0 {
		u.want <- struct{}{}
		var open bool
		if u.rest, open = <-u.in; !open {
			return 0, io.EOF
		}
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// write hands on compressed bytes, and returns when they are read. After damage, the end, or too much, nothing is.
func (u *unzipper) write(p []byte) {
	select {
	case u.in <- p:
		u.wait()
	case <-u.done:
	}
}

func (u *unzipper) wait() {
	select {
	case <-u.want:
	case <-u.done:
	}
}

// close ends the goroutine.
func (u *unzipper) close() {
	close(u.in)
	<-u.done
}
