package boltfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// Constants of the format.
const (
	magic      = 0xED0CDAED
	version    = 2
	pageHeader = 16
	metaSize   = 64 // with its checksum
	element    = 16
	bucketSize = 16

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10
	bucketLeaf   = 0x01

	noFreelist = ^uint64(0)
)

var order = binary.NativeEndian

// ErrDamaged says that a file is not what the library wrote.
var ErrDamaged = errors.New("damaged database file")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

// meta is what a meta page says.
type meta struct {
	pageSize             int64
	root, freelist, next uint64 // next: the number of the first page that was never used
	tx                   uint64
}

// readMeta reads the meta page at an offset.
func readMeta(f io.ReaderAt, at int64) (m meta, err error) {
	b := make([]byte, pageHeader+metaSize)
	if _, err := f.ReadAt(b, at); err != nil {
		return m, damaged("no meta page at %d: %w", at, err)
	}
	flags, b := order.Uint16(b[8:]), b[pageHeader:]
	h := fnv.New64a()
	_, _ = h.Write(b[:metaSize-8])
	switch {
	case order.Uint32(b) != magic || flags != metaPage:
		return m, damaged("no meta page at %d", at)
	case order.Uint32(b[4:]) != version:
		return m, damaged("version %d", order.Uint32(b[4:]))
	case order.Uint64(b[metaSize-8:]) != h.Sum64():
		return m, damaged("wrong checksum of the meta page at %d", at)
	}
	m = meta{
		pageSize: int64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		next: order.Uint64(b[40:]), tx: order.Uint64(b[48:]),
	}
	if m.pageSize < 512 || m.pageSize > 1<<20 || m.pageSize&(m.pageSize-1) != 0 {
		return m, damaged("pages of %d bytes", m.pageSize)
	}
	return m, nil
}

// page is a branch or leaf page with its overflow. What is in it has been held against its
// bounds.
type page struct {
	leaf  bool
	count int
	data  []byte // from the header on
	pages uint64 // that it takes
}

// item is an element of a page.
type item struct {
	key, value []byte
	child      uint64 // of a branch
	bucket     bool
}

// parse reads a page out of its bytes, of which there may be more than it has.
func parse(data []byte) (p page, err error) {
	if len(data) < pageHeader {
		return p, damaged("a page of %d bytes", len(data))
	}
	p = page{data: data, count: int(order.Uint16(data[10:])), pages: uint64(order.Uint32(data[12:])) + 1}
	switch order.Uint16(data[8:]) {
	case leafPage:
		p.leaf = true
	case branchPage:
		if p.count == 0 {
			return p, damaged("a branch page without children")
		}
	default:
		return p, damaged("a page of kind %#x in the tree", order.Uint16(data[8:]))
	}
	if pageHeader+p.count*element > len(data) {
		return p, damaged("a page with %d elements", p.count)
	}
	var last []byte
	used := pageHeader + p.count*element
	for i := range p.count {
		it, err := p.item(i)
		if err != nil {
			return p, err
		}
		if used += len(it.key) + len(it.value); used > len(data) {
			return p, damaged("elements of a page overlap")
		}
		if i > 0 && bytes.Compare(last, it.key) >= 0 {
			return p, damaged("keys out of order")
		}
		last = it.key
	}
	return p, nil
}

// item reads one element.
func (p *page) item(i int) (it item, err error) {
	at := int64(pageHeader + i*element)
	e := p.data[at:]
	var pos, key, value int64
	if p.leaf {
		it.bucket = order.Uint32(e)&bucketLeaf != 0
		pos, key, value = int64(order.Uint32(e[4:])), int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
	} else {
		pos, key, it.child = int64(order.Uint32(e)), int64(order.Uint32(e[4:])), order.Uint64(e[8:])
	}
	begin := at + pos
	if begin < pageHeader+int64(p.count)*element || begin+key+value > int64(len(p.data)) {
		return it, damaged("an element outside of its page")
	}
	it.key, it.value = p.data[begin:begin+key], p.data[begin+key:begin+key+value]
	if it.bucket && len(it.value) < bucketSize {
		return it, damaged("a bucket of %d bytes", len(it.value))
	}
	return it, nil
}
