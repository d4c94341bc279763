package boltfile

import (
	"errors"
	"io"
)

// maxDepth bounds the tree: a page has two children at least, so that no tree is deeper.
const maxDepth = 64

// maxPage bounds the bytes of one page with its overflow, which hold at least one value.
const maxPage = 1 << 30

// Entry is called for each entry; key and value are valid until it returns.
type Entry func(key, value []byte) error

// Check reads all of a file of size bytes, and gives an error that Is ErrDamaged when the
// library could not, or would find buckets and not this one, whose name may be what is damaged.
func Check(f io.ReaderAt, size int64, bucket string) error {
	m, err := newest(f, size)
	if err != nil {
		return err
	}
	r := &reader{file: f, size: size, meta: m, seen: map[uint64]bool{}, name: bucket}
	if err := r.bounds(); err != nil {
		return err
	}
	if err := r.tree(m.root, nil, nil, 0); err != nil {
		return err
	}
	if r.others && !r.named {
		return damaged("it has no bucket %q, and one of another name", bucket)
	}
	return nil
}

// Salvage gives the entries of a bucket that can be read back, each key once, or of all buckets
// where none has its name, which may be what is damaged: those that the tree leads to, and when
// it is not whole, those on pages that nothing leads to. These may be older than the rest, and
// may have been deleted.
func Salvage(f io.ReaderAt, size int64, bucket string, each Entry) error {
	s := &salvager{given: map[string]bool{}, each: each}
	whole := false
	m, err := newest(f, size)
	seen := map[uint64]bool{}
	if err == nil {
		r := &reader{file: f, size: size, meta: m, seen: seen, lenient: true, name: bucket}
		if err := r.tree(m.root, []byte(bucket), s.give, 0); err != nil {
			return err
		}
		if !r.named {
			clear(seen)
			if err := r.tree(m.root, nil, s.give, 0); err != nil {
				return err
			}
		}
		whole = !r.lost && r.bounds() == nil
	}
	if whole {
		return nil
	}
	for _, pageSize := range sizes(m) {
		r := &reader{file: f, size: size, meta: meta{pageSize: pageSize, next: uint64(size / pageSize)}, seen: seen}
		if err := r.scan(s.give); err != nil {
			return err
		}
		if len(s.given) > 0 {
			return nil
		}
	}
	return nil
}

// sizes are those that pages may have.
func sizes(m meta) []int64 {
	if m.pageSize != 0 {
		return []int64{m.pageSize}
	}
	return []int64{4096, 16384, 65536, 8192, 32768, 1024, 2048}
}

// newest finds the meta page that counts.
func newest(f io.ReaderAt, size int64) (best meta, err error) {
	best, err = readMeta(f, 0)
	found := err == nil
	for _, pageSize := range sizes(best) {
		if pageSize+pageHeader+metaSize > size {
			continue
		}
		if m, bad := readMeta(f, pageSize); bad == nil && m.pageSize == pageSize && (!found || m.tx > best.tx) {
			best, found = m, true
		}
	}
	if !found {
		return best, err
	}
	return best, nil
}

// reader follows one tree.
type reader struct {
	file    io.ReaderAt
	size    int64
	meta    meta
	seen    map[uint64]bool // pages
	lenient bool            // goes on behind what is damaged
	lost    bool            // something was

	name          string // of the bucket that is wanted
	named, others bool   // it was met; buckets of other names were
}

// bounds checks what the meta page says against the file.
func (r *reader) bounds() error {
	if r.meta.next < 2 || r.meta.next > uint64(r.size/r.meta.pageSize) { //nolint:gosec // both are more than zero
		return damaged("the file ends after %d of its %d pages", r.size/r.meta.pageSize, r.meta.next)
	}
	if r.meta.freelist == noFreelist {
		return nil
	}
	b := make([]byte, pageHeader)
	if r.meta.freelist < 2 || r.meta.freelist >= r.meta.next {
		return damaged("the list of free pages is at %d", r.meta.freelist)
	}
	if _, err := r.file.ReadAt(b, int64(r.meta.freelist)*r.meta.pageSize); err != nil { //nolint:gosec // within the file
		return damaged("the list of free pages: %w", err)
	}
	if order.Uint16(b[8:]) != freelistPage || order.Uint64(b) != r.meta.freelist {
		return damaged("there is no list of free pages where it should be")
	}
	return nil
}

// read reads a page, which must say that it is that one.
func (r *reader) read(id uint64) (p page, err error) {
	if id < 2 || id >= r.meta.next || id >= uint64(r.size/r.meta.pageSize) { //nolint:gosec // more than zero
		return p, damaged("there is no page %d", id)
	}
	at := int64(id) * r.meta.pageSize //nolint:gosec // within the file
	head := make([]byte, pageHeader)
	if _, err := r.file.ReadAt(head, at); err != nil {
		return p, damaged("page %d: %w", id, err)
	}
	size := (int64(order.Uint32(head[12:])) + 1) * r.meta.pageSize
	if order.Uint64(head) != id || at+size > r.size || size > maxPage {
		return p, damaged("page %d says that it is %d, of %d bytes", id, order.Uint64(head), size)
	}
	data := make([]byte, size)
	if _, err := r.file.ReadAt(data, at); err != nil {
		return p, damaged("page %d: %w", id, err)
	}
	if p, err = parse(data); err != nil {
		return p, err
	}
	for i := range p.pages {
		if r.seen[id+i] {
			return p, damaged("page %d is there twice", id+i)
		}
	}
	for i := range p.pages {
		r.seen[id+i] = true
	}
	return p, nil
}

// tree walks a bucket. In the root bucket it looks for the one whose entries are wanted; a
// nil name stands for none, and for all below.
func (r *reader) tree(id uint64, bucket []byte, each Entry, depth int) error {
	p, err := r.read(id)
	if err == nil && depth > maxDepth {
		err = damaged("a tree of more than %d levels", maxDepth)
	}
	if err != nil {
		return r.pass(err)
	}
	return r.items(&p, bucket, each, depth)
}

// pass lets one that is lenient go on.
func (r *reader) pass(err error) error {
	if r.lenient && errors.Is(err, ErrDamaged) {
		r.lost = true
		return nil
	}
	return err
}

func (r *reader) items(p *page, bucket []byte, each Entry, depth int) error {
	for i := range p.count {
		it, err := p.item(i)
		if err != nil {
			return r.pass(err)
		}
		if it.bucket {
			r.named, r.others = r.named || string(it.key) == r.name, r.others || string(it.key) != r.name
		}
		switch {
		case !p.leaf:
			err = r.tree(it.child, bucket, each, depth+1)
		case it.bucket && (bucket == nil || string(it.key) == string(bucket)):
			err = r.enter(it.value, each, depth)
		case bucket == nil && each != nil:
			err = each(it.key, it.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enter walks a bucket in a bucket, which may be written into its value.
func (r *reader) enter(value []byte, each Entry, depth int) error {
	root := order.Uint64(value)
	if root != 0 {
		return r.tree(root, nil, each, depth+1)
	}
	p, err := parse(value[bucketSize:])
	if err == nil && !p.leaf {
		err = damaged("a branch page in a value")
	}
	for i := 0; err == nil && i < p.count; i++ {
		var it item
		if it, err = p.item(i); err == nil && it.bucket { // the library writes such a bucket apart
			err = damaged("a bucket in a bucket that is written into a value")
		}
	}
	if err != nil {
		return r.pass(err)
	}
	return r.items(&p, nil, each, depth+1)
}

// scan reads all leaf pages that nothing led to.
func (r *reader) scan(each Entry) error {
	for id := uint64(2); id < r.meta.next; id++ {
		if r.seen[id] {
			continue
		}
		p, err := r.read(id)
		if err != nil || !p.leaf {
			continue
		}
		for i := range p.count {
			it, err := p.item(i)
			if err != nil || it.bucket {
				continue // of the root bucket
			}
			if err := each(it.key, it.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// salvager gives each key once.
type salvager struct {
	given map[string]bool
	each  Entry
}

func (s *salvager) give(key, value []byte) error {
	if s.given[string(key)] {
		return nil
	}
	s.given[string(key)] = true
	return s.each(key, value)
}
