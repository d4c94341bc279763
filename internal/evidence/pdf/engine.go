package pdf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unicode/utf16"

	pdfium "github.com/klippa-app/go-pdfium"
)

// function is an exported function of PDFium's C interface, see fpdfview.h, fpdf_text.h and
// fpdf_edit.h.
type function int

const (
	fnMalloc function = iota
	fnLastError
	fnLoadDocument
	fnMetaText
	fnPageCount
	fnLoadPage
	fnClosePage
	fnPageBounds
	fnPageRotation
	fnPageObjects
	fnPageObject
	fnFormObjects
	fnFormObject
	fnObjectType
	fnObjectBounds
	fnObjectMatrix
	fnObjectFill
	fnObjectStroke
	fnObjectMarks
	fnObjectMark
	fnMarkName
	fnObjectClip
	fnSetActive
	fnClipPaths
	fnClipSegments
	fnClipSegment
	fnSegmentPoint
	fnPathMode
	fnTextMode
	fnLoadText
	fnCloseText
	fnCountChars
	fnUnicode
	fnText
	fnLooseBox
	fnOrigin
	fnFontSize
	fnCharMatrix
	fnTextObject
	fnNewBitmap
	fnFillBitmap
	fnBitmapBuffer
	fnBitmapStride
	fnDropBitmap
	fnRender
	fnRenderText
	fnBitmapHeight
	functions
)

// exported has the name of each function.
var exported = [functions]string{
	fnMalloc: "malloc", fnLastError: "FPDF_GetLastError", fnLoadDocument: "FPDF_LoadMemDocument", fnMetaText: "FPDF_GetMetaText",
	fnPageCount: "FPDF_GetPageCount", fnLoadPage: "FPDF_LoadPage", fnClosePage: "FPDF_ClosePage", fnPageBounds: "FPDF_GetPageBoundingBox",
	fnPageRotation: "FPDFPage_GetRotation", fnPageObjects: "FPDFPage_CountObjects", fnPageObject: "FPDFPage_GetObject",
	fnFormObjects: "FPDFFormObj_CountObjects", fnFormObject: "FPDFFormObj_GetObject", fnObjectType: "FPDFPageObj_GetType",
	fnObjectBounds: "FPDFPageObj_GetBounds", fnObjectMatrix: "FPDFPageObj_GetMatrix", fnObjectFill: "FPDFPageObj_GetFillColor",
	fnObjectStroke: "FPDFPageObj_GetStrokeColor", fnObjectMarks: "FPDFPageObj_CountMarks", fnObjectMark: "FPDFPageObj_GetMark",
	fnMarkName: "FPDFPageObjMark_GetName", fnObjectClip: "FPDFPageObj_GetClipPath",
	fnSetActive: "FPDFPageObj_SetIsActive", fnClipPaths: "FPDFClipPath_CountPaths", fnClipSegments: "FPDFClipPath_CountPathSegments",
	fnClipSegment: "FPDFClipPath_GetPathSegment", fnSegmentPoint: "FPDFPathSegment_GetPoint", fnPathMode: "FPDFPath_GetDrawMode",
	fnTextMode: "FPDFTextObj_GetTextRenderMode", fnLoadText: "FPDFText_LoadPage", fnCloseText: "FPDFText_ClosePage",
	fnCountChars: "FPDFText_CountChars", fnUnicode: "FPDFText_GetUnicode", fnText: "FPDFText_GetText",
	fnLooseBox: "FPDFText_GetLooseCharBox",
	fnOrigin:   "FPDFText_GetCharOrigin", fnFontSize: "FPDFText_GetFontSize", fnCharMatrix: "FPDFText_GetMatrix",
	fnTextObject: "FPDFText_GetTextObject", fnNewBitmap: "FPDFBitmap_CreateEx", fnFillBitmap: "FPDFBitmap_FillRect",
	fnBitmapBuffer: "FPDFBitmap_GetBuffer", fnBitmapStride: "FPDFBitmap_GetStride", fnDropBitmap: "FPDFBitmap_Destroy",
	fnRender: "FPDF_RenderPageBitmap", fnRenderText: "FPDFTextObj_GetRenderedBitmap", fnBitmapHeight: "FPDFBitmap_GetHeight",
}

// caller is a function of the module.
type caller interface {
	CallWithStack(ctx context.Context, stack []uint64) error
}

// memory is the memory of the module.
type memory interface {
	Read(offset, byteCount uint32) ([]byte, bool)
	Write(offset uint32, v []byte) bool
}

// engine calls PDFium's functions in the module of one instance. The library's own calls make
// and look up a reference for each object and give memory back and forth for each result, which
// for the glyphs of a paper takes seconds. The first failure is kept in err, and later calls do
// nothing: so a caller looks at it once a page. It is for one goroutine.
type engine struct {
	ctx   context.Context
	calls [functions]caller
	mem   memory
	doc   uint64 // the file, once it is open
	// scratch is memory in the module for what a call returns by pointers, scratchSize bytes.
	scratch uint32
	stack   [16]uint64
	// bufferAt and bufferSize are memory for longer results.
	bufferAt   uint32
	bufferSize int
	err        error
}

const scratchSize = 4096

var (
	errLibrary = errors.New("PDFium is not built as expected")
	errMemory  = errors.New("PDFium has no memory left")
)

// newEngine finds the functions of instance. The types of the library's implementation are
// internal to it, though their methods are exported, so they are reached by reflection, once.
func newEngine(ctx context.Context, instance pdfium.Pdfium) (e *engine, err error) {
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("%w: %v", errLibrary, p)
		}
	}()
	e = &engine{ctx: ctx}
	module := reflect.ValueOf(instance.GetImplementation()).Elem().FieldByName("Module")
	lookup := module.MethodByName("ExportedFunction")
	for i, name := range exported {
		f, ok := lookup.Call([]reflect.Value{reflect.ValueOf(name)})[0].Interface().(caller)
		if !ok {
			return nil, fmt.Errorf("%w: it lacks %s", errLibrary, name)
		}
		e.calls[i] = f
	}
	mem, ok := module.MethodByName("Memory").Call(nil)[0].Interface().(memory)
	if !ok {
		return nil, fmt.Errorf("%w: its memory cannot be read", errLibrary)
	}
	e.mem = mem
	if e.scratch = e.alloc(scratchSize); e.err != nil {
		return nil, e.err
	}
	return e, nil
}

// call calls f; 0 after a failure.
func (e *engine) call(f function, args ...uint64) uint64 {
	if e.err != nil {
		return 0
	}
	copy(e.stack[:], args)
	if err := e.calls[f].CallWithStack(e.ctx, e.stack[:]); err != nil {
		e.err = fmt.Errorf("call %s: %w", exported[f], err)
		return 0
	}
	return e.stack[0]
}

// count calls f for a number that is not negative.
func (e *engine) count(f function, args ...uint64) int { return max(int(int32(e.call(f, args...))), 0) }

// ok calls f and reports whether it succeeded.
func (e *engine) ok(f function, args ...uint64) bool { return uint32(e.call(f, args...)) != 0 }

// alloc takes size bytes of the module's memory. They are given back with the module, which ends
// with the file.
func (e *engine) alloc(size int) uint32 {
	p := uint32(e.call(fnMalloc, uint64(size)))
	if p == 0 && e.err == nil {
		e.err = errMemory
	}
	return p
}

// out is the address of the i-th 8 bytes of scratch.
func (e *engine) out(i uint32) uint64 { return uint64(e.scratch + 8*i) }

// read is n bytes of the module's memory, valid until the next call.
func (e *engine) read(at uint32, n int) []byte {
	if e.err != nil {
		return make([]byte, n)
	}
	b, ok := e.mem.Read(at, uint32(n))
	if !ok {
		e.err = errMemory
		return make([]byte, n)
	}
	return b
}

// double is the i-th 8 bytes of scratch as a float.
func (e *engine) double(i uint32) float64 {
	return finite(math.Float64frombits(binary.LittleEndian.Uint64(e.read(e.scratch+8*i, 8))))
}

// floats are the first n 4-byte floats of scratch.
func (e *engine) floats(n int) []float64 {
	b := e.read(e.scratch, 4*n)
	out := make([]float64, n)
	for i := range out {
		out[i] = float32At(b, i)
	}
	return out
}

// word is the i-th 8 bytes of scratch as an int.
func (e *engine) word(i uint32) int { return int(binary.LittleEndian.Uint32(e.read(e.scratch+8*i, 4))) }

func float32At(b []byte, i int) float64 {
	return finite(float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))))
}

// finite keeps a coordinate in bounds that arithmetic stands; files hold any number.
func finite(f float64) float64 {
	const bound = 1e6
	if math.IsNaN(f) {
		return 0
	}
	return min(max(f, -bound), bound)
}

// utf16Text is n code units of UTF-16 at an address.
func (e *engine) utf16Text(at uint32, n int) []uint16 {
	b := e.read(at, 2*n)
	units := make([]uint16, n)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return units
}

// open opens a file with the empty password.
func (e *engine) open(body []byte) (doc uint64, err error) {
	at := e.alloc(len(body))
	if e.err != nil {
		return 0, e.err
	}
	if !e.mem.Write(at, body) {
		return 0, errMemory
	}
	doc = e.call(fnLoadDocument, uint64(at), uint64(len(body)), 0)
	if e.err != nil {
		return 0, e.err
	}
	if doc == 0 {
		switch code := e.call(fnLastError); code {
		case 4, 5: // FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
			return 0, ErrEncrypted
		default:
			return 0, fmt.Errorf("%w: PDFium's code %d", ErrBroken, code)
		}
	}
	e.doc = doc
	return doc, nil
}

// meta is an entry of the document's information dictionary; "" for none, and for one that does
// not fit into 500 characters, which is not meant to be read.
func (e *engine) meta(doc uint64, tag string) string {
	e.mem.Write(e.scratch, append([]byte(tag), 0))
	const at, room = 64, 2 * 501
	n := e.count(fnMetaText, doc, uint64(e.scratch), uint64(e.scratch+at), room)
	if n < 2 || n > room {
		return ""
	}
	return string(utf16.Decode(e.utf16Text(e.scratch+at, n/2-1)))
}
