package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

const (
	// longCell is the size in bytes from which a cell puts a page in columns.
	longCell = 1000
	// maxCellNodes is the number of nodes from which it does so.
	maxCellNodes = 2000
	// longLoose is the size in bytes from which a cell for layout stands on lines of its own.
	longLoose = 100
	// maxSpan bounds the rows and columns that a cell says it covers.
	maxSpan = 50
)

// table writes one line a row. A table of one column, or one that holds other
// tables, is layout and is written as its content.
func (w *textWriter) table(n *html.Node) {
	rows := tableRows(n)
	if code := codeTable(n, rows); code != "" {
		w.fenced(code)
		return
	}
	w.tableOf(n, rows)
}

// tableOf writes a table that has these rows.
func (w *textWriter) tableOf(n *html.Node, rows []tableRow) {
	layout := true
	for _, row := range rows {
		for _, cell := range row.cells {
			if len(row.cells) > 1 {
				layout = false
			}
			if heavy(cell) {
				w.block(2)
				w.children(n)
				w.block(2)
				return
			}
		}
	}
	w.block(2)
	if layout {
		w.children(n)
		w.block(2)
		return
	}
	equations := strings.Contains(tree.Attr(n, "class"), "ltx_eqn")
	w.captions(n)
	var grid spans
	for _, row := range rows {
		w.row(row.cells, &grid, equations)
	}
	w.block(2)
}

// captions writes the captions of a table above its rows.
func (w *textWriter) captions(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if tree.Name(c) == atom.Caption {
			w.children(c)
			w.block(2)
		}
	}
}

// heavy reports whether a cell holds a table, or as much as an article: it puts a page in columns.
func heavy(cell *html.Node) bool {
	nodes, size := 0, 0
	var walk func(*html.Node) bool
	walk = func(n *html.Node) bool {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if nodes++; c.Type == html.TextNode {
				size += len(strings.TrimSpace(c.Data))
			}
			if nodes > maxCellNodes || size > longCell || tree.Name(c) == atom.Table || c.DataAtom != atom.Script && walk(c) {
				return true
			}
		}
		return false
	}
	return walk(cell)
}

// spans are the cells that go on from the rows above.
type spans struct {
	left  []int    // by column: rows still to cover
	said  []string // by column: what is said there
	spent int      // bytes of what is said again, and of empty cells
	own   int      // bytes of the cells themselves, which bound it
}

// row writes the cells of a row on one line. What spans several rows is said in each, so that a
// row is read by itself; what spans columns leaves the others empty. A cell with lines of code
// makes each cell of its row a block.
func (w *textWriter) row(cells []*html.Node, grid *spans, joined bool) {
	for _, c := range cells {
		if linesOfCode(c) {
			for _, c := range cells {
				w.block(2)
				w.children(c)
				w.block(2)
			}
			return
		}
	}
	var out []string
	empty := true
	column := func(s string, rows int) {
		if i := len(out); i >= len(grid.left) {
			grid.left, grid.said = append(grid.left, rows-1), append(grid.said, s)
		} else {
			grid.left[i], grid.said[i] = rows-1, s
		}
		out = append(out, s)
	}
	above := func() {
		for i := len(out); i < len(grid.left) && grid.left[i] > 0; i = len(out) {
			if grid.spent += len(grid.said[i]) + len(" | "); grid.spent > grid.own {
				return
			}
			grid.left[i]--
			out = append(out, grid.said[i])
		}
	}
	for _, c := range cells {
		above()
		s := cellText(c)
		grid.own += len(s) + len("<td></td>")
		empty = empty && s == ""
		rows := tree.Span(c, "rowspan", maxSpan)
		column(s, rows)
		for range tree.Span(c, "colspan", maxSpan) - 1 {
			if grid.spent += len(" | "); grid.spent <= grid.own {
				column("", rows)
			}
		}
	}
	if empty {
		return
	}
	above()
	w.block(1)
	if joined {
		w.word(text.OneLine(strings.Join(out, " ")))
		return
	}
	for len(out) > len(cells) && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	w.raw("| " + strings.Join(out, " | ") + " |")
}

// cellText is the text of a cell on one line.
func cellText(n *html.Node) string {
	w := &textWriter{cell: true}
	w.children(n)
	return text.OneLine(w.String())
}

// linesOfCode reports whether a cell holds a listing of several lines.
func linesOfCode(cell *html.Node) bool {
	pre := find(cell, func(c *html.Node) bool { return tree.Name(c) == atom.Pre })
	return pre != nil && strings.Contains(listingOf(pre), "\n")
}

// looseCell writes a cell of a table for layout: short ones stand side by side.
func (w *textWriter) looseCell(n *html.Node) {
	if _, short := shortText(n, longLoose); short && !holdsBlocks(n) {
		w.gap()
		w.children(n)
		w.gap()
		return
	}
	w.block(2)
	w.children(n)
	w.block(2)
}

// codeCell matches classes of cells with code, codeTables those of tables with code.
var (
	codeCell = lazyregexp.New(`(?i)(?:^|[\s_-])(?:code|blob-code|js-file-line|hljs-ln-code|lines?-code|line_content|lines|` +
		`filecontents-linecontents|src)(?:$|[\s_-])`)
	codeTables = lazyregexp.New(`(?i)highlight|chroma|hljs|syntax|crayon|rouge|lntable|diff-table|blob|code|linenums|FileContents`)
)

// codeTable is the code in a table that puts numbers beside its lines, as code hosts and
// highlighters make them, or "".
func codeTable(n *html.Node, rows []tableRow) string {
	marked := codeTables.MatchString(tree.Attr(n, "class"))
	numbers, codes := 0, 0
	for _, row := range rows {
		if len(row.cells) == 0 || len(row.cells) > 5 {
			return ""
		}
		for _, c := range row.cells {
			switch {
			case numberCell(c):
				numbers++
			case marked, codeCell.MatchString(tree.Attr(c, "class")), find(c, isPre) != nil:
				codes++
			default:
				return ""
			}
		}
	}
	if codes == 0 || numbers == 0 && !marked || numbers < len(rows)/2 {
		return ""
	}
	l := listing{}
	for _, row := range rows {
		if heads(row) {
			continue
		}
		l.end()
		l.row(row.node)
		l.due = true
	}
	return l.code()
}

// heads reports whether a row of code has no code but headings, such as the name of the file.
func heads(row tableRow) bool {
	for _, c := range row.cells {
		if tree.Name(c) != atom.Th || numberCell(c) {
			return false
		}
	}
	return true
}

// isPre reports whether n is a pre.
func isPre(n *html.Node) bool { return tree.Name(n) == atom.Pre }

// tableRow is a row of a table with its cells.
type tableRow struct {
	node  *html.Node
	cells []*html.Node
}

// tableRows are the rows of a table itself, not those of tables in it.
func tableRows(n *html.Node) []tableRow {
	var rows []tableRow
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch tree.Name(c) {
			case atom.Tr:
				row := tableRow{node: c}
				for d := c.FirstChild; d != nil; d = d.NextSibling {
					if t := tree.Name(d); t == atom.Td || t == atom.Th {
						row.cells = append(row.cells, d)
					}
				}
				rows = append(rows, row)
			case atom.Thead, atom.Tbody, atom.Tfoot:
				walk(c)
			}
		}
	}
	walk(n)
	return rows
}
