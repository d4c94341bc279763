package render

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
)

// boxTable writes a table that is made of other elements, by role or by style, and reports
// whether n is one.
func (w *textWriter) boxTable(n *html.Node, class string) bool {
	if w.cell || boxOf(n, class) != "table" {
		return false
	}
	rows := boxRows(n, 0)
	if len(rows) == 0 {
		return false
	}
	wide := false
	for _, row := range rows {
		wide = wide || len(row.cells) > 1
		for _, c := range row.cells {
			if heavy(c) {
				return false
			}
		}
	}
	if !wide {
		return false
	}
	w.block(2)
	var grid spans
	for _, row := range rows {
		w.row(row.cells, &grid, false)
	}
	w.block(2)
	return true
}

// boxClass matches the classes by which tables of other elements are commonly made.
var boxClass = lazyregexp.New(`(?i)(?:^|\s)(?:div|r)?-?table-?(row-group|row|cell|head|heading|body|header-group)?(?:$|\s)`)

// boxOf says what part of a table an element plays: table, group, row or cell.
func boxOf(n *html.Node, class string) string {
	if isTablePart(n) {
		return ""
	}
	switch tree.Attr(n, "role") {
	case "table", "grid", "treegrid":
		return "table"
	case "rowgroup":
		return "group"
	case "row":
		return "row"
	case "cell", "gridcell", "columnheader", "rowheader":
		return "cell"
	}
	switch displayOf(n) {
	case "table", "inline-table":
		return "table"
	case "table-row-group", "table-header-group", "table-footer-group":
		return "group"
	case "table-row":
		return "row"
	case "table-cell":
		return "cell"
	}
	if !strings.Contains(class, "able") {
		return ""
	}
	switch m := boxClass.FindStringSubmatch(class); {
	case m == nil:
	case m[1] == "":
		return "table"
	case strings.EqualFold(m[1], "row"):
		return "row"
	case strings.EqualFold(m[1], "cell"), strings.EqualFold(m[1], "head") && !strings.Contains(class, "-"):
		return "cell"
	default:
		return "group"
	}
	return ""
}

// isTablePart reports whether n is of a real table.
func isTablePart(n *html.Node) bool {
	switch n.Data {
	case "table", "tr", "td", "th", "tbody", "thead", "tfoot":
		return true
	}
	return false
}

// boxRows are the rows of a table of other elements; it looks for them a few elements deep.
func boxRows(n *html.Node, depth int) []tableRow {
	var rows []tableRow
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		switch boxOf(c, tree.Attr(c, "class")) {
		case "row":
			row := tableRow{node: c}
			for d := c.FirstChild; d != nil; d = d.NextSibling {
				if d.Type == html.ElementNode {
					if boxOf(d, tree.Attr(d, "class")) != "cell" {
						return nil
					}
					row.cells = append(row.cells, d)
				} else if d.Type == html.TextNode && strings.TrimSpace(d.Data) != "" {
					return nil
				}
			}
			rows = append(rows, row)
		case "cell", "table":
			return nil
		default:
			if depth < 3 {
				rows = append(rows, boxRows(c, depth+1)...)
			}
		}
	}
	return rows
}
