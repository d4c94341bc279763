package weigh

import "errors"

// MaxDepth is how many messages may stand in one another. Nesting a value takes two
// or three levels; what people nest is far below a hundred values.
const MaxDepth = 512

// What a body can be refused for.
var (
	ErrDepth     = errors.New("values are nested too deep")
	ErrMalformed = errors.New("not a message of OTLP")
)

// Wire types of protocol buffers.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// state is what the next byte belongs to.
type state int

const (
	inTag state = iota
	inVarint
	inLength
	inSkipped
)

// frame is a message that is not over.
type frame struct {
	message *message // nil: of no known type, which is skipped
	end     int64    // offset
}

// Protobuf weighs a body in protocol buffers.
type Protobuf struct {
	stack  []frame
	offset int64

	state  state
	number uint64 // that is being read
	shift  uint
	field  int32
	skip   int64
}

// NewProtobuf weighs a request that schema describes.
func NewProtobuf(schema Schema) *Protobuf {
	return &Protobuf{stack: []frame{{message: schema.root, end: -1}}}
}

// Write reads a further piece of the body, and gives what its messages will take beside
// their bytes. After an error it must not be called again.
func (p *Protobuf) Write(b []byte) (cost int64, err error) {
	for i := 0; i < len(b); {
		if p.state == inSkipped {
			n := min(p.skip, int64(len(b)-i))
			i += int(n)
			p.offset += n
			if p.skip -= n; p.skip == 0 {
				if err := p.next(); err != nil {
					return cost, err
				}
			}
			continue
		}
		c := b[i]
		i++
		p.offset++
		if p.shift > 63 {
			return cost, ErrMalformed
		}
		p.number |= uint64(c&0x7f) << p.shift
		if p.shift += 7; c >= 0x80 {
			continue
		}
		n := p.number
		p.number, p.shift = 0, 0
		more, err := p.varint(n)
		if cost += more; err != nil {
			return cost, err
		}
	}
	return cost, nil
}

// varint takes a number that was read.
func (p *Protobuf) varint(n uint64) (cost int64, err error) {
	switch p.state {
	case inTag:
		p.field = int32(n >> 3) //nolint:gosec // a field beyond is none of the protocol's
		switch n & 7 {
		case wireVarint:
			p.state = inVarint
		case wireBytes:
			p.state = inLength
		case wireFixed64:
			p.state, p.skip = inSkipped, 8
		case wireFixed32:
			p.state, p.skip = inSkipped, 4
		default: // groups: OTLP has none
			return 0, ErrMalformed
		}
		return 0, nil
	case inVarint:
		return 0, p.next()
	}
	return p.enter(n)
}

// enter begins a field of n bytes.
func (p *Protobuf) enter(n uint64) (cost int64, err error) {
	parent := p.stack[len(p.stack)-1]
	if n > 1<<40 || parent.end >= 0 && p.offset+int64(n) > parent.end {
		return 0, ErrMalformed
	}
	var f field
	if parent.message != nil {
		f = parent.message.fields[p.field]
	}
	switch {
	case f.message == nil:
		cost = textCost
		if f.packed {
			cost += packedFactor * int64(n)
		}
		p.state, p.skip = inSkipped, int64(n)
		if n > 0 {
			return cost, nil
		}
	case len(p.stack) > MaxDepth:
		return 0, ErrDepth
	default:
		cost = f.message.cost
		p.stack = append(p.stack, frame{message: f.message, end: p.offset + int64(n)})
	}
	return cost, p.next()
}

// next goes on to the next field, out of the messages that are over.
func (p *Protobuf) next() error {
	p.state = inTag
	for len(p.stack) > 1 {
		end := p.stack[len(p.stack)-1].end
		if p.offset > end {
			return ErrMalformed
		}
		if p.offset < end {
			break
		}
		p.stack = p.stack[:len(p.stack)-1]
	}
	return nil
}
