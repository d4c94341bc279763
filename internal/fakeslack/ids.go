package fakeslack

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
)

const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// newID makes an id of Slack's kind: a prefix and capital letters or digits.
func newID(prefix string, n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	for i := range b {
		b[i] = idAlphabet[int(b[i])%len(idAlphabet)]
	}
	return prefix + string(b)
}

// newUUID makes a random UUID, version 4, as envelope ids are.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// formatTS writes a number of microseconds since the epoch as Slack's ts. Such as
// 1700000000.000100.
func formatTS(micros int64) string {
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

// parseTS reads a ts as microseconds. A bare number of seconds is a valid bound
// for oldest and latest. ok is false for anything else, such as the message_ts
// of a link_shared event from the composer.
func parseTS(ts string) (micros int64, ok bool) {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || s < 0 || s > 1<<40 {
		return 0, false
	}
	if frac == "" {
		return s * 1e6, true
	}
	if len(frac) > 6 {
		frac = frac[:6]
	}
	f, err := strconv.ParseUint(frac+strings.Repeat("0", 6-len(frac)), 10, 64)
	if err != nil {
		return 0, false
	}
	return s*1e6 + int64(f), true
}
