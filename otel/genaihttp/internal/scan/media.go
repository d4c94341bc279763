package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
)

// mediaDigest computes the SHA-256 of what a base64 string means, piece by piece.
type mediaDigest struct {
	hash  hash.Hash
	carry [4]byte // of a group of four that is not complete
	held  int
	ended bool // padding came, or a byte that is not base64
	bad   bool
}

// newMediaDigest begins with the part of a string that came before; it is the string's beginning, and may be a data: URI.
func newMediaDigest(begin []byte) *mediaDigest {
	m := &mediaDigest{hash: sha256.New()}
	if bytes.HasPrefix(begin, []byte("data:")) {
		_, data, ok := bytes.Cut(begin, []byte(";base64,"))
		if !ok {
			m.bad = true
		}
		begin = data
	}
	m.write(begin)
	return m
}

func (m *mediaDigest) write(p []byte) {
	if m.bad {
		return
	}
	var in, out [1024]byte
	for len(p) > 0 {
		n := copy(in[:], m.carry[:m.held])
		took := copy(in[n:], p)
		p = p[took:]
		n += took
		whole := n - n%4
		m.held = copy(m.carry[:], in[whole:n])
		if whole == 0 {
			return
		}
		if m.ended {
			m.bad = true
			return
		}
		m.ended = in[whole-1] == '='
		decoded, err := encodingOf(in[:whole]).Decode(out[:], in[:whole])
		if err != nil {
			m.bad = true
			return
		}
		m.hash.Write(out[:decoded])
	}
}

// encodingOf tells the alphabet by its two letters that differ.
func encodingOf(p []byte) *base64.Encoding {
	if bytes.ContainsAny(p, "-_") {
		return base64.URLEncoding
	}
	return base64.StdEncoding
}

// sum returns the digest as hex digits, or nothing if the string was no base64.
func (m *mediaDigest) sum() string {
	if m.held > 0 && !m.bad {
		decoded, err := encodingOf(m.carry[:m.held]).WithPadding(base64.NoPadding).DecodeString(string(m.carry[:m.held]))
		m.bad = err != nil || m.ended
		m.hash.Write(decoded)
	}
	if m.bad {
		return ""
	}
	return hex.EncodeToString(m.hash.Sum(nil))
}

// Digest returns the SHA-256 of what a base64 string, or a data: URI of one, means, as hex digits, and
// its length in bytes; "" if it is neither.
func Digest(text string) (sum string, size int64) {
	if head, data, ok := bytes.Cut([]byte(text[:min(len(text), 200)]), []byte(";base64,")); ok && bytes.HasPrefix(head, []byte("data:")) {
		text = text[len(text[:min(len(text), 200)])-len(data):]
	}
	m := newMediaDigest(nil)
	for rest := text; len(rest) > 0; {
		n := min(len(rest), 32<<10)
		m.write([]byte(rest[:n]))
		rest = rest[n:]
	}
	return m.sum(), int64(base64.RawStdEncoding.DecodedLen(len(trimPadding(text))))
}

func trimPadding(s string) string {
	for len(s) > 0 && s[len(s)-1] == '=' {
		s = s[:len(s)-1]
	}
	return s
}
