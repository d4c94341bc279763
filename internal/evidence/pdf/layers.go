package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
)

// Bounds of the search in compressed objects.
const (
	maxObjectStreams = 200
	maxInflated      = 8 << 20
)

// hasLayers reports whether a file may have optional content, which may be switched off: its
// catalog has an entry for it, in the open or in a compressed stream of objects (ISO 32000-2,
// 7.5.7 and 8.11.4). In an encrypted file these cannot be read here, so it may.
func hasLayers(body []byte) bool {
	mark := []byte("/OCProperties")
	if bytes.Contains(body, mark) {
		return true
	}
	streams := 0
	inflated := int64(0)
	for rest := body; ; streams++ {
		i := bytes.Index(rest, []byte("/ObjStm"))
		if i < 0 {
			return streams > 0 && bytes.Contains(body, []byte("/Encrypt"))
		}
		if streams == maxObjectStreams || inflated > maxInflated {
			return true
		}
		rest = rest[i+len("/ObjStm"):]
		j := bytes.Index(rest, []byte("stream"))
		if j < 0 {
			return true
		}
		rest = rest[j+len("stream"):]
		data := bytes.TrimLeft(rest, "\r\n")
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			continue
		}
		// What can be read of a damaged stream is read.
		plain, _ := io.ReadAll(io.LimitReader(z, maxInflated-inflated+1))
		inflated += int64(len(plain))
		if bytes.Contains(plain, mark) {
			return true
		}
	}
}
