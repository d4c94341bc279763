package spool

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"unique"

	"github.com/technoshare/commentator/otel/internal/plaintext"
)

// Destination is where a part was made for, as its process was told: it may be delivered by
// one that is told something else. It holds no credentials. The zero value is that of parts
// which name none, such as those of versions before there was one: they go where the
// process that delivers them delivers to.
type Destination struct {
	Server       string `json:"server,omitempty"`        // address of the tracking server
	Workspace    string `json:"workspace,omitempty"`     // empty where none is named
	Experiment   string `json:"experiment,omitempty"`    // its name
	ExperimentID string `json:"experiment_id,omitempty"` // wins over the name; empty where none is given
	ParentRunID  string `json:"parent_run_id,omitempty"` // of the run that root runs are put under; empty for none
}

// IsZero reports whether no destination is named.
func (d Destination) IsZero() bool { return d == Destination{} }

// String names the destination for people, on one line that is safe on a terminal.
func (d Destination) String() string {
	s := d.Server
	if d.Workspace != "" {
		s += ", workspace " + d.Workspace
	}
	switch {
	case d.ExperimentID != "":
		s += ", experiment id " + d.ExperimentID
	case d.Experiment != "":
		s += ", experiment " + d.Experiment
	}
	if d.ParentRunID != "" {
		s += ", below run " + d.ParentRunID
	}
	return plaintext.Line(s, maxReason)
}

// The destination stands in a subfield of the gzip header (RFC 1952, 2.3.1.1), which whoever
// does not know it passes over. It has a checksum of its own, since gzip's is of the content.
const (
	subfieldID1, subfieldID2 = 'M', 'D'

	headerBytes     = 10
	positionOfFlags = 3
	flagExtra       = 1 << 2
	subfieldBytes   = 4
	checksumBytes   = 4
	maxDestination  = 16 << 10 // of its JSON, in bytes
)

// damaged is the destination of a part that named one which cannot be read: nobody delivers to
// it, so that a person decides.
func damaged() Destination { return Destination{Server: "unknown, for the file names it unreadably"} }

// extra is the extra field of a file's gzip header. What is far longer than any server takes
// is left out: the part then goes where its deliverer is told.
func (d Destination) extra() []byte {
	if d.IsZero() {
		return nil
	}
	text, err := json.Marshal(d)
	if err != nil || len(text) > maxDestination {
		return nil
	}
	out := make([]byte, 0, subfieldBytes+checksumBytes+len(text))
	out = append(out, subfieldID1, subfieldID2)
	out = binary.LittleEndian.AppendUint16(out, uint16(checksumBytes+len(text))) //nolint:gosec // a little more than maxDestination
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(text))
	return append(out, text...)
}

// destinationIn finds the destination in an extra field, the zero one where there is none.
func destinationIn(extra []byte) (d Destination) {
	for len(extra) >= subfieldBytes {
		size := int(binary.LittleEndian.Uint16(extra[2:]))
		id, rest := extra[:2], extra[subfieldBytes:]
		if size > len(rest) {
			return damaged()
		}
		if id[0] == subfieldID1 && id[1] == subfieldID2 {
			if size < checksumBytes || crc32.ChecksumIEEE(rest[checksumBytes:size]) != binary.LittleEndian.Uint32(rest) ||
				json.Unmarshal(rest[checksumBytes:size], &d) != nil {
				return damaged()
			}
			return unique.Make(d).Value() // tens of thousands of parts have the same few
		}
		extra = rest[size:]
	}
	return Destination{} // the fields are of others
}

// destinationOf reads the head of a file. What cannot be read has none; reading all of it
// tells why.
func destinationOf(path string) Destination {
	f, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return Destination{}
	}
	defer f.Close()
	return readDestination(f)
}

func readDestination(r io.Reader) Destination {
	head := make([]byte, headerBytes+2, 512)
	if _, err := io.ReadFull(r, head[:cap(head)]); err != nil && err != io.ErrUnexpectedEOF { // as io.ReadFull documents it
		return Destination{}
	}
	if !bytes.HasPrefix(head, []byte{0x1f, 0x8b, 0x08}) || head[positionOfFlags]&flagExtra == 0 {
		return Destination{}
	}
	size := int(binary.LittleEndian.Uint16(head[headerBytes:]))
	extra := make([]byte, size)
	n := copy(extra, head[headerBytes+2:cap(head)])
	if _, err := io.ReadFull(r, extra[n:]); err != nil {
		return Destination{}
	}
	return destinationIn(extra)
}
