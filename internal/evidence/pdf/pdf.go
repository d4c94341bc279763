// Package pdf reads the text of PDF files as their readers see it.
//
// In: the bytes of a file. Out: its title, author and the text of its pages, as
// paragraphs, or an error that says whether the file is encrypted, damaged or
// has no text. The files are hostile: they are read by PDFium compiled to
// WebAssembly, which has no file system, no network and bounded memory, and is
// stopped at its deadline.
//
// A page goes through these steps: engine asks PDFium for its glyphs and readSheet makes words of
// them; eye takes out what nobody sees; makePieces and blocks find lines and columns by where the
// words stand; layout writes paragraphs, tables and code, without headers and footers.
package pdf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	pdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Bounds of one file.
const (
	maxPages  = 300
	maxText   = 3 << 20
	maxModule = 112 << 20 // PDFium's memory, in bytes
	workers   = 2
)

// A page of a scan has no text but, at most, a stamp, and takes much room.
const (
	minScanLetters = 20
	minScanBytes   = 10 << 10
)

// Errors that callers tell apart.
var (
	ErrEncrypted = errors.New("the file is encrypted and asks for a password")
	ErrBroken    = errors.New("the file is damaged or no PDF")
	ErrNoText    = errors.New("the pages hold pictures only, no text")
	ErrDeadline  = errors.New("reading the file takes too long")
	ErrMemory    = errors.New("reading the file takes too much memory")
)

// Document is what was read.
type Document struct {
	Title, Author, Created string
	Pages                  []string // text of each page read, paragraphs separated by blank lines
	Total                  int      // pages of the file
	Cut                    bool     // not all of the file was read
}

// Reader reads files. PDFium is compiled and started by the first one: that takes some 4 s of
// processor time and 400 MiB unless the compilation is cached in a folder, then 0.2 s. A Reader is safe for
// concurrent use; Close it. mu guards pool and cache, which are made by the first file; slots
// bounds the files that are read at once, as each may take its share of memory.
type Reader struct {
	code   func(context.Context) (string, error)
	clock  clock
	mu     sync.Mutex
	pool   pdfium.Pool
	cache  wazero.CompilationCache
	memory *memories
	slots  chan struct{}
}

// New returns a Reader. code says in which folder the compiled code is and is kept, "" for none; it is
// asked before each file until PDFium has started. used is the processor time that this process has
// used: with it, the limits of a file are of that, and else of time.
func New(code func(context.Context) (dir string, err error), used func() time.Duration) *Reader {
	return &Reader{code: code, clock: newClock(used), memory: &memories{}, slots: make(chan struct{}, workers)}
}

// InFolder is for [New]: a folder that need not exist.
func InFolder(dir string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return dir, nil }
}

// Compile compiles PDFium into a folder, if it is not there. It takes some 4 s of processor time and
// 400 MiB, and does not end with ctx before it is done.
func Compile(ctx context.Context, dir string) error {
	if _, err := wazero.NewCompilationCacheWithDir(dir); err != nil {
		return fmt.Errorf("make the folder of the PDF reader's code: %w", err)
	}
	r := New(InFolder(dir), nil)
	_, err := r.start(ctx)
	return errors.Join(err, r.Close())
}

// Close stops PDFium. Nothing may be read any more; without a first file there is nothing to
// stop.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool == nil {
		return nil
	}
	err := r.pool.Close()
	r.pool = nil
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(context.Background()))
	}
	if err != nil {
		return fmt.Errorf("close PDF reader: %w", err)
	}
	return nil
}

// start starts PDFium, once. A start that failed is tried again by the next file.
func (r *Reader) start(ctx context.Context) (pdfium.Pool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool != nil {
		return r.pool, nil
	}
	dir, err := r.code(ctx)
	if err != nil {
		return nil, fmt.Errorf("compile PDF reader: %w", err)
	}
	rc := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(2 * maxModule >> 16).
		WithCloseOnContextDone(true)
	if dir != "" {
		// A folder that cannot be used costs time, not function.
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			r.cache = cache
			rc = rc.WithCompilationCache(cache)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context: experimental.WithMemoryAllocator(context.Background(), r.memory),
		MinIdle: 0, MaxIdle: 1, MaxTotal: workers,
		FSConfig: wazero.NewFSConfig(), // no folder is visible to it
		Stdout:   io.Discard, Stderr: io.Discard,
		RuntimeConfig: rc,
	})
	if err != nil {
		return nil, fmt.Errorf("start PDF reader: %w", err)
	}
	r.pool = pool
	return pool, nil
}

// Read reads body. The wait for a slot is not part of the deadline. The error is one of those
// above, ctx's, or that of a start or a compilation that failed. Killing an instance ends its code, so the
// goroutine has ended when Read returns.
func (r *Reader) Read(ctx context.Context, body []byte) (*Document, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	pool, err := r.start(ctx)
	if err != nil {
		return nil, orMemory(err)
	}
	r.memory.refused.Store(false)
	work := r.clock.begin()
	ctx, cancel := work.within(ctx)
	defer cancel()
	instance, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, orMemory(fmt.Errorf("start PDF reader: %w", err))
	}
	type result struct {
		doc *Document
		err error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- result{nil, fmt.Errorf("%w: %v", ErrBroken, p)}
			}
		}()
		doc, err := read(ctx, work, instance, body)
		done <- result{doc, err}
	}()
	select {
	case res := <-done:
		// An instance that failed may be damaged; they are not used again anyway.
		_ = instance.Close()
		if errors.Is(res.err, ErrBroken) && r.memory.refused.Load() {
			return nil, ErrMemory
		}
		return res.doc, res.err
	case <-ctx.Done():
		_ = instance.Kill() // interrupts the WebAssembly code
		res := <-done
		if !errors.Is(context.Cause(ctx), ErrDeadline) {
			return nil, ctx.Err()
		}
		if res.err == nil {
			return res.doc, nil // the pages before the one that takes too long
		}
		return nil, ErrDeadline
	}
}

// orMemory is [ErrMemory] where a start failed for want of memory, which the library says in words.
func orMemory(err error) error {
	if strings.Contains(err.Error(), "cannot allocate memory") {
		return ErrMemory
	}
	return err
}

// read reads a document within one instance of PDFium. It looks at ctx between pages
// only; inside one the instance is killed.
func read(ctx context.Context, work work, instance pdfium.Pdfium, body []byte) (*Document, error) {
	e, err := newEngine(ctx, instance)
	if err != nil {
		return nil, err
	}
	doc, err := e.open(body)
	if err != nil {
		return nil, err
	}
	count := e.count(fnPageCount, doc)
	if count == 0 {
		return nil, fmt.Errorf("%w: it has no pages", ErrBroken)
	}
	d := &Document{Author: author(oneLine(e.meta(doc, "Author"))), Created: date(e.meta(doc, "CreationDate")), Total: count}
	said, producer, creator := oneLine(e.meta(doc, "Title")), oneLine(e.meta(doc, "Producer")), oneLine(e.meta(doc, "Creator"))
	eyes := &eye{e: e, layers: hasLayers(body), clock: work.clock}
	size := 0
	pages := make([][]line, 0, min(count, maxPages))
	for i := range count {
		if i == maxPages || size > maxText || ctx.Err() != nil || work.enough() && i > 0 {
			d.Cut = true
			break
		}
		page := e.call(fnLoadPage, doc, uint64(i))
		if page == 0 {
			if e.err != nil {
				break
			}
			d.Cut = true // a damaged page; the others are still good
			pages = append(pages, nil)
			continue
		}
		s := e.readSheet(page)
		eyes.see(page, s)
		e.call(fnClosePage, page)
		if e.err != nil {
			break // what was looked at is not known
		}
		size += s.glyphs
		d.Cut = d.Cut || s.cut || eyes.blind
		pages = append(pages, s.lines())
	}
	if e.err != nil {
		// A page that PDFium fails at ends it; those before are still good.
		if len(pages) == 0 {
			return nil, fmt.Errorf("%w: %w", ErrBroken, e.err)
		}
		d.Cut = true
	}
	d.Title = title(said, producer, creator, pages)
	d.Pages = layout(pages)
	// A few letters on pages that take much room are a stamp on a scan; a short file with little
	// text is just that.
	letters := 0
	for _, r := range strings.Join(d.Pages, "") {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			letters++
		}
	}
	if letters == 0 || letters < minScanLetters*len(d.Pages) && len(body) > minScanBytes*len(d.Pages) {
		return nil, ErrNoText
	}
	return d, nil
}

// lines are the lines of a page, block by block in reading order. What is turned against the
// rest of the page, like a stamp in the margin, comes last.
func (s *sheet) lines() []line {
	var out []line
	n := 0
	for _, b := range blocks(makePieces(s.atoms)) {
		for _, l := range makeLines(b) {
			l.block = n
			out = append(out, l)
		}
		n++
	}
	for _, l := range turnedLines(s.turned) {
		l.block, l.turned = n, true
		n++
		out = append(out, l)
	}
	markEdges(out, s.frame.height())
	return out
}

// margin is the part of a page's height in which headers and footers stand.
const margin = 0.17

// markEdges marks the two topmost and the two lowest lines of a page, if they are in its margins.
func markEdges(page []line, height float64) {
	order := make([]int, len(page))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(page[a].base, page[b].base) })
	for n, i := range order {
		top, bottom := n < 2 && page[i].base < margin*height, n >= len(page)-2 && page[i].base > (1-margin)*height
		page[i].edge = top || bottom || page[i].turned
	}
}

// turnedLines joins what follows one another in the file to lines.
func turnedLines(atoms []atom) []line {
	var out []line
	for i := 0; i < len(atoms); {
		l := line{box: atoms[i].box, size: atoms[i].size, base: atoms[i].base}
		var b strings.Builder
		obj := atoms[i].obj
		for first := true; i < len(atoms) && (first || atoms[i].obj == obj || near(l.box, atoms[i])); i++ {
			if !first && atoms[i].space {
				b.WriteByte(' ')
			}
			b.WriteString(atoms[i].text)
			l.box, obj, first = l.box.union(atoms[i].box), atoms[i].obj, false
		}
		if l.text = cleanLine(b.String()); printable(l.text) {
			out = append(out, l)
		}
	}
	return out
}

// near reports whether a goes on with a turned line.
func near(b box, a atom) bool {
	reach := 0.7 * a.size
	return a.box.x0 <= b.x1+reach && a.box.x1 >= b.x0-reach && a.box.y0 <= b.y1+reach && a.box.y1 >= b.y0-reach &&
		(a.box.width() < 2*a.size || a.box.height() < 2*a.size)
}

// oneLine is an entry of the information dictionary on one line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
}

// date reads "D:20240131120000+01'00'" (ISO 32000-1, 7.9.4) as 2024-01-31.
func date(s string) string {
	s = strings.TrimPrefix(s, "D:")
	if len(s) < 8 {
		return ""
	}
	t, err := time.Parse("20060102", s[:8])
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}
