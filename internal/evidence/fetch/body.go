package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// bombRatio is the growth by decoding above which a body that breaks its bound
// is called a bomb; ordinary HTML grows five- to tenfold.
const bombRatio = 50

// maxTruncated is the declared length above which not even the beginning of a body is read. A
// server that declares more sends an archive or a film, and would keep a connection busy for
// nothing.
const maxTruncated = 64 << 20

// gzipMagic begins what gzip compressed.
const gzipMagic = "\x1f\x8b"

// errEndless is a body of which more comes than it could decode to.
var errEndless = errors.New("the body is longer than its bound as it is sent")

// counting counts what is read from the wire, of which there may be most bytes.
type counting struct {
	r       io.Reader
	n, most int64
}

// Read implements [io.Reader].
func (c *counting) Read(p []byte) (int, error) {
	if c.n > c.most {
		return 0, errEndless
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// members reads what is compressed, one member after the other. A member says itself that it is whole: what else comes
// behind it, such as zeros or a word of the server's, is nothing to a reader, nor is it that the length was declared of
// what it decodes to.
type members struct {
	from *bufio.Reader
	z    *gzip.Reader
}

// Read implements [io.Reader].
func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.z.Read(p)
		switch {
		case n > 0 && errors.Is(err, io.EOF):
			return n, nil // it will say so again
		case !errors.Is(err, io.EOF):
			return n, err
		}
		if magic, _ := m.from.Peek(len(gzipMagic)); string(magic) != gzipMagic {
			return 0, io.EOF
		}
		if err := m.z.Reset(m.from); err != nil {
			return 0, fmt.Errorf("read the next compressed part: %w", err)
		}
		m.z.Multistream(false)
	}
}

// cut says where a body ends.
type cut int

const (
	whole     cut = iota
	truncated     // at its bound, as was allowed
	brokeOff      // before its end
)

// readBody reads and decodes the body within its bound. The bound is on decoded bytes, and one
// byte more is asked for to see whether there is more. A body of known length that is too long is
// refused before it is read.
func (c *Client) readBody(ctx context.Context, u *url.URL, res *http.Response, r Request) (body []byte, at cut, err error) {
	limit := r.limit(res.Header.Get("Content-Type"))
	enc := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding")))
	finite := r.Truncate && res.ContentLength > 0 && res.ContentLength <= maxTruncated
	if (enc == "" || enc == "identity") && res.ContentLength > limit && !finite {
		return nil, whole, tooLarge(u, limit)
	}
	// What is compressed is hardly ever longer than what it decodes to, and blocks of nothing have no end.
	wire := &counting{r: res.Body, most: 2*limit + maxHeaderBytes}
	buffered := bufio.NewReader(wire)
	reader := io.Reader(buffered)
	switch enc {
	case "", "identity", "utf-8":
	case "gzip", "x-gzip":
		// Some servers name gzip and send plain text, or the reverse; the bytes
		// decide. The reverse is handled below.
	default:
		return nil, whole, NewError(BadEncoding, u.String(),
			"the server encodes the page as "+fmt.Sprintf("%.20q", enc)+", which was not asked for",
			"tell the owner of the site, or share another link")
	}
	if magic, _ := buffered.Peek(len(gzipMagic)); string(magic) == gzipMagic {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, whole, NewError(BadEncoding, u.String(), "the compressed answer is damaged", "try again later")
		}
		z.Multistream(false)
		reader = &members{buffered, z}
	}
	body, err = io.ReadAll(io.LimitReader(reader, limit+1))
	if int64(len(body)) > limit {
		if wire.n*bombRatio < limit {
			return nil, whole, NewError(Bomb, u.String(),
				fmt.Sprintf("%d kB unpack to more than %d MB, which is an attack or a mistake", wire.n>>10, limit>>20),
				"share another address of the page")
		}
		if finite {
			return body[:limit], truncated, nil
		}
		return nil, whole, tooLarge(u, limit)
	}
	if errors.Is(err, errEndless) {
		return nil, whole, tooLarge(u, limit)
	}
	if err != nil && ctx.Err() != nil {
		return nil, whole, c.explain(ctx, u, err)
	}
	// A body that ends early is used as far as it goes when there is enough of
	// it, by who can do with a beginning; readers of formats that need their end notice themselves.
	switch {
	case err != nil && (len(body) < 1024 || !r.Truncate):
		return nil, whole, NewError(Connect, u.String(), "the answer broke off", "try again later")
	case err != nil:
		return body, brokeOff, nil
	}
	return body, whole, nil
}

// Missing says for the reader of a page, or of whatever what names, what of it is not in the body; "" for
// nothing.
func (r *Response) Missing(what string) string {
	switch {
	case r.Truncated:
		return fmt.Sprintf("the %s is larger than %d MB: only its beginning was read", what, len(r.Body)>>20)
	case r.BrokeOff:
		return fmt.Sprintf("the server's answer broke off: only the beginning of the %s was read", what)
	}
	return ""
}

// limit bounds a body by its media type.
func (r Request) limit(contentType string) int64 {
	switch {
	case r.MaxFileBytes > 0 && MayBePDF(contentType):
		return r.MaxFileBytes
	case r.MaxBytes > 0:
		return r.MaxBytes
	}
	return DefaultMaxBytes
}

// MayBePDF reports whether a body of this media type may be a PDF: files without a declared type may.
func MayBePDF(contentType string) bool {
	return strings.Contains(contentType, "pdf") || strings.Contains(contentType, "octet-stream")
}

// tooLarge is the error of a body beyond limit bytes.
func tooLarge(u *url.URL, limit int64) *Error {
	return NewError(TooLarge, u.String(), fmt.Sprintf("the answer is larger than %d MB", limit>>20), "share a link to a smaller part of it")
}

// Inflate unpacks a body that is gzip without having been declared so, as some servers send
// and as files are stored; other bodies are returned as they are. limit bounds the result, in
// bytes. One that breaks off is used as far as it goes, from 1 KiB on.
func Inflate(body []byte, link string, limit int64) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte(gzipMagic)) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, NewError(BadEncoding, link, "the compressed file is damaged", "try again later")
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	switch {
	case int64(len(out)) > limit && int64(len(body))*bombRatio < limit:
		return nil, NewError(Bomb, link,
			fmt.Sprintf("%d kB unpack to more than %d MB, which is an attack or a mistake", len(body)>>10, limit>>20),
			"share another address of the page")
	case int64(len(out)) > limit:
		return nil, NewError(TooLarge, link, fmt.Sprintf("the file is larger than %d MB", limit>>20), "share a link to a smaller part of it")
	case err != nil && len(out) < 1024:
		return nil, NewError(BadEncoding, link, "the compressed file is damaged", "try again later")
	}
	return out, nil
}
