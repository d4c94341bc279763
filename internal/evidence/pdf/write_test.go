package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// writer writes PDF files for tests: objects, numbered from 1, of which the first is the catalog
// and the second the list of pages.
type writer struct {
	objects []string
	pages   []int
}

func (w *writer) add(object string) int {
	w.objects = append(w.objects, object)
	return len(w.objects)
}

func (w *writer) stream(dict, data string) int {
	return w.add(fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data))
}

// document is what a test says of a file besides its pages.
type document struct {
	info    string // entries of the information dictionary
	catalog string // entries of the catalog
	box     string // of the pages; A4 when empty
	page    string // more entries of each page
}

// write makes a file with a page for each content stream. The resources of a page are those of
// resources.
func (d document) write(contents ...string) []byte {
	w := &writer{objects: []string{"", ""}}
	resources := w.resources()
	for _, c := range contents {
		at := w.stream("", c)
		box := d.box
		if box == "" {
			box = "0 0 595 842"
		}
		const format = "<</Type/Page /Parent 2 0 R /MediaBox [%s] /Resources %d 0 R /Contents %d 0 R %s>>"
		w.pages = append(w.pages, w.add(fmt.Sprintf(format, box, resources, at, d.page)))
	}
	kids := make([]string, len(w.pages))
	for i, p := range w.pages {
		kids[i] = fmt.Sprintf("%d 0 R", p)
	}
	w.objects[0] = "<</Type/Catalog /Pages 2 0 R " + d.catalog + ">>"
	w.objects[1] = fmt.Sprintf("<</Type/Pages /Count %d /Kids [%s]>>", len(kids), strings.Join(kids, " "))
	info := w.add("<<" + d.info + ">>")
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	offsets := make([]int, len(w.objects))
	for i, o := range w.objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(w.objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root 1 0 R /Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.objects)+1, info, start)
	return []byte(b.String())
}

// resources are fonts F1 to F5; states Clear, Faint and Half; colour spaces Spot, Calibrated,
// Profiled and Named; patterns White and Black; images Dark, Pale and Page; forms Words, which has
// text in the colour that is set where it is used, and Paper, which has white text; and the layers
// Off and On, which are objects 3 and 4.
func (w *writer) resources() int {
	off := w.add("<</Type/OCG /Name (off)>>")
	on := w.add("<</Type/OCG /Name (on)>>")
	var b strings.Builder
	b.WriteString("<</Font <<")
	for i, name := range []string{"Helvetica", "Helvetica-Bold", "Times-Roman", "Courier", "Symbol"} {
		encoding := "/Encoding/WinAnsiEncoding"
		if name == "Symbol" {
			encoding = ""
		}
		fmt.Fprintf(&b, "/F%d %d 0 R ", i+1, w.add("<</Type/Font /Subtype/Type1 /BaseFont/"+name+" "+encoding+">>"))
	}
	fonts := b.String()[len("<</Font "):] + ">>"
	b.WriteString(">> /ExtGState <</Clear <</ca 0 /CA 0>> /Faint <</ca .04>> /Half <</ca .5>>>> ")
	tint := w.add("<</FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [0 0 0] /N 1>>")
	profile := w.stream("/N 3 /Alternate/DeviceRGB", "")
	fmt.Fprintf(&b, "/ColorSpace <</Spot [/Separation /Ink /DeviceRGB %d 0 R] /Calibrated [/CalRGB <</WhitePoint [.95 1 1.09]>>] ", tint)
	fmt.Fprintf(&b, "/Profiled [/ICCBased %d 0 R] /Named [/Indexed /DeviceRGB 1 <ffffff000000>]>> ", profile)
	tile := "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 10 10] /XStep 10 /YStep 10 /Resources <<>>"
	fmt.Fprintf(&b, "/Pattern <</White %d 0 R /Black %d 0 R>> ",
		w.stream(tile, "1 1 1 rg 0 0 10 10 re f"), w.stream(tile, "0 0 0 rg 0 0 10 10 re f"))
	image := func(width, height int, pixel func(x, y int) byte) int {
		data := make([]byte, 0, width*height)
		for y := range height {
			for x := range width {
				data = append(data, pixel(x, y))
			}
		}
		return w.stream(fmt.Sprintf("/Type/XObject /Subtype/Image /Width %d /Height %d /ColorSpace/DeviceGray /BitsPerComponent 8",
			width, height), string(data))
	}
	dark := image(4, 4, func(int, int) byte { return 30 })
	pale := image(4, 4, func(int, int) byte { return 235 })
	// A scanned page: something is drawn in its upper half.
	scan := image(60, 80, func(x, y int) byte {
		if y < 40 && x%3 == 0 {
			return 0
		}
		return 255
	})
	words := w.stream("/Type/XObject /Subtype/Form /BBox [-1000 -1000 1000 1000] /Resources <</Font "+fonts+">>",
		"BT /F1 10 Tf (Words of a form) Tj ET")
	paper := w.stream("/Type/XObject /Subtype/Form /BBox [-1000 -1000 1000 1000] /Resources <</Font "+fonts+">>",
		"1 g BT /F1 10 Tf (Words of a form) Tj ET")
	layer := w.stream(fmt.Sprintf("/Type/XObject /Subtype/Form /OC %d 0 R /BBox [-1000 -1000 1000 1000] /Resources <</Font %s>>", off, fonts),
		"BT /F1 10 Tf (Words of a form) Tj ET")
	fmt.Fprintf(&b, "/XObject <</Dark %d 0 R /Pale %d 0 R /Page %d 0 R /Words %d 0 R /Paper %d 0 R /Layer %d 0 R>> ", dark,
		pale, scan, words, paper, layer)
	fmt.Fprintf(&b, "/Properties <</Off %d 0 R /On %d 0 R>> >>", off, on)
	return w.add(b.String())
}

// layers is the entry of a catalog that switches the layer Off off.
const layers = "/OCProperties <</OCGs [3 0 R 4 0 R] /D <</ON [4 0 R] /OFF [3 0 R]>>>>"

// show sets text in a font at a size, with its baseline beginning at x, y.
func show(font string, size, x, y float64, text string) string {
	return fmt.Sprintf("BT /%s %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n", font, size, x, y, strings.NewReplacer("(", `\(`, ")",
		`\)`).Replace(text))
}

// prose sets lines of text below one another.
func prose(font string, size, x, y, lead float64, lines ...string) string {
	var b strings.Builder
	for i, l := range lines {
		b.WriteString(show(font, size, x, y-float64(i)*lead, l))
	}
	return b.String()
}

// fill breaks text into lines of at most n characters.
func fill(text string, n int) (lines []string) {
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len(line)+1+len(w) > n {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return append(lines, line)
}

const (
	shards = "The team moved its billing service from a single database to three shards, and the work took eleven weeks. " +
		"At first the writers sent each row twice, once to the old table and once to the new one, and a nightly job compared " +
		"the two copies line by line."
	readers = "After the fix, the readers were switched over one country at a time, beginning with the smallest, so that a " +
		"mistake would touch few customers. The last step was to drop the old table, which freed 1.8 terabytes."
	costs = "Costs fell by a third because the smaller machines could be bought for a year at once. Nobody misses the old " +
		"cluster, whose disks filled every spring, and the rotation has been quiet since the migration."
)

// readFile reads a file that must be readable.
func readFile(t testing.TB, r *Reader, name string, body []byte) *Document {
	t.Helper()
	d, err := r.Read(t.Context(), body)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return &Document{Pages: []string{""}}
	}
	return d
}
