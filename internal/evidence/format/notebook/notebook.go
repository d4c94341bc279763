// Package notebook reads Jupyter notebooks. In goes a file in the format that nbformat
// describes, version 3 or later (nbformat.readthedocs.io/en/latest/format_description.html),
// and an anchor that may name a cell; out come its cells in their order, text as text, code as
// code with its output, that cell before all others.
package notebook

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/text"
)

// Bounds of what is read of a notebook.
const (
	maxCells   = 3000
	maxOutputs = 50       // of one cell
	maxOutput  = 4 << 10  // bytes of one output
	maxHTML    = 64 << 10 // bytes of the HTML that one is written in
	maxSource  = 64 << 10 // bytes of one cell
)

// file is a notebook. Version 3 has its cells in worksheets.
type file struct {
	Format   int     `json:"nbformat"`
	Cells    *[]cell `json:"cells"`
	Sheets   []sheet `json:"worksheets"`
	Metadata struct {
		Title    string                    `json:"title"`
		Language struct{ Name string }     `json:"language_info"`
		Kernel   struct{ Language string } `json:"kernelspec"`
	} `json:"metadata"`
}

// sheet is the one worksheet of a notebook of version 3.
type sheet struct {
	Cells []cell `json:"cells"`
}

// cell is one cell. Input, Language and Level are version 3's.
type cell struct {
	ID       string   `json:"id"`
	Type     string   `json:"cell_type"`
	Source   lines    `json:"source"`
	Input    lines    `json:"input"`
	Language string   `json:"language"`
	Level    int      `json:"level"`
	Outputs  []output `json:"outputs"`
	Metadata struct {
		ID string `json:"id"` // Colab's
	} `json:"metadata"`
}

// output is one output of a cell of code. Version 3 has the data beside the type, under short
// names.
type output struct {
	Type  string           `json:"output_type"`
	Text  lines            `json:"text"`
	Data  map[string]lines `json:"data"`
	Name  string           `json:"ename"`
	Value string           `json:"evalue"`
	PNG   lines            `json:"png"`
	Latex lines            `json:"latex"`
}

// lines is text that is written as one string or as a list of its lines. Anything else, such as
// the JSON of an interactive output, is no text.
type lines string

// UnmarshalJSON implements [json.Unmarshaler].
func (l *lines) UnmarshalJSON(b []byte) error {
	var list []string
	var one string
	switch {
	case json.Unmarshal(b, &one) == nil:
		*l = lines(one)
	case json.Unmarshal(b, &list) == nil:
		*l = lines(strings.Join(list, ""))
	}
	return nil
}

// Is reports whether body looks like a notebook, without reading all of it.
func Is(body []byte) bool {
	var f struct {
		Format int             `json:"nbformat"`
		Cells  json.RawMessage `json:"cells"`
		Sheets json.RawMessage `json:"worksheets"`
	}
	return source.DecodeJSON(body, &f) == nil && f.Format >= 2 && (f.Cells != nil || f.Sheets != nil)
}

// Read fills ev from body and reports whether it is a notebook. name is that of its file, base
// the address that links in it are relative to, anchor the fragment of the link.
func Read(body []byte, name string, base *url.URL, anchor string, ev *job.Evidence) (known bool) {
	var f file
	if !Is(body) || source.DecodeJSON(body, &f) != nil {
		return false
	}
	cells := []cell{}
	if f.Cells != nil {
		cells = *f.Cells
	}
	for _, s := range f.Sheets {
		cells = append(cells, s.Cells...)
	}
	if len(cells) > maxCells {
		ev.MarkPartial(fmt.Sprintf("only the first %d of the %d cells of the notebook were read", maxCells, len(cells)))
		cells = cells[:maxCells]
	}
	r := &renderer{base: base, language: outline.First(f.Metadata.Language.Name, f.Metadata.Kernel.Language)}
	written := make([]string, len(cells))
	for i, c := range cells {
		written[i] = r.cell(c)
	}
	whole := join(written)
	ev.Title = outline.First(text.OneLine(f.Metadata.Title), firstHeading(whole), name)
	ev.Description = outline.First(ev.Description, text.Clip(text.OneLine(outline.FirstParagraph(whole)), 300))
	ev.Links = append(ev.Links, r.links...)
	ev.Text = whole
	if i := find(cells, anchor); i >= 0 && written[i] != "" {
		lead := fmt.Sprintf("## Cell %d, which the link names\n\n%s", i+1, page.Headings(written[i], 3))
		rest := join(slices.Delete(slices.Clone(written), i, i+1))
		ev.Text, ev.Lead = strings.TrimSpace(lead+"\n\n## The other cells\n\n"+page.Headings(rest, 3)), len(lead)
	} else if part, rest, ok := outline.Part(whole, anchor); ok {
		ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+rest), len(part)
	} else if cellAnchor(anchor) != "" {
		ev.MarkPartial("the notebook has no cell " + text.Clip(text.OneLine(cellAnchor(anchor)), 60) + " as the link names it")
	}
	if r.pictures > 0 {
		ev.MarkPartial(fmt.Sprintf("pictures among the outputs (%d) are not read", r.pictures))
	}
	if r.cut > 0 {
		ev.MarkPartial(fmt.Sprintf("long cells and outputs (%d) are shortened", r.cut))
	}
	source.Complete(ev)
	return true
}

// join puts cells below one another.
func join(cells []string) string {
	d := &outline.Text{}
	for _, c := range cells {
		d.Add(c)
	}
	return d.String()
}

// firstHeading is the heading that opens the notebook, or the first one below.
func firstHeading(doc string) string {
	for line := range strings.Lines(doc) {
		if strings.HasPrefix(line, "```") {
			return ""
		}
		if strings.HasPrefix(line, "#") {
			return outline.FirstLine(line)
		}
	}
	return ""
}

// cellAnchor is the id or number of a cell that an anchor names, "" when it is no anchor of
// cells. Colab writes #scrollTo=x&line=2, JupyterLab #cell-id=x, others #cell-3.
func cellAnchor(anchor string) string {
	for _, prefix := range []string{"scrollTo=", "cell-id=", "cell-", "Cell-", "cell", "x-cell-"} {
		if id, ok := strings.CutPrefix(anchor, prefix); ok {
			id, _, _ = strings.Cut(id, "&")
			return id
		}
	}
	return ""
}

// find is the index of the cell that an anchor names, or -1. Ids come before numbers, which
// count from 1.
func find(cells []cell, anchor string) int {
	id := cellAnchor(anchor)
	for i, c := range cells {
		for _, own := range []string{c.ID, c.Metadata.ID} {
			if own != "" && (own == id || own == anchor) {
				return i
			}
		}
	}
	if n, err := strconv.Atoi(id); err == nil && n >= 1 && n <= len(cells) {
		return n - 1
	}
	return -1
}
