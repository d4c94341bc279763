package visible

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
)

// maxColumns bounds the columns that an element of a table may stand for (HTML Standard, 4.9.12).
const maxColumns = 1000

// hideColumns hides the cells of a table that are in columns which are collapsed. What is in several rows shifts the
// cells after it: these are in doubt.
func (c *cascade) hideColumns(table *html.Node, collapsed []*html.Node) {
	is := map[*html.Node]bool{}
	for _, n := range collapsed {
		is[n] = true
	}
	var columns []bool
	add := func(n *html.Node, hidden bool) {
		for range tree.Span(n, "span", maxColumns) {
			columns = append(columns, hidden)
		}
	}
	for group := table.FirstChild; group != nil && len(columns) < maxColumns; group = group.NextSibling {
		switch tree.Name(group) {
		case atom.Col:
			add(group, is[group])
		case atom.Colgroup:
			whole := true
			for n := group.FirstChild; n != nil && len(columns) < maxColumns; n = n.NextSibling {
				if tree.Name(n) == atom.Col {
					whole = false
					add(n, is[n] || is[group])
				}
			}
			if whole {
				add(group, is[group])
			}
		}
	}
	shifted := false
	var rows func(*html.Node)
	rows = func(n *html.Node) {
		for row := n.FirstChild; row != nil; row = row.NextSibling {
			switch tree.Name(row) {
			case atom.Tbody, atom.Thead, atom.Tfoot:
				rows(row)
			case atom.Tr:
				at := 0
				for cell := row.FirstChild; cell != nil; cell = cell.NextSibling {
					if name := tree.Name(cell); name != atom.Td && name != atom.Th {
						continue
					}
					end := at + tree.Span(cell, "colspan", maxColumns)
					hidden := at < len(columns)
					for i := at; i < min(end, len(columns)); i++ {
						hidden = hidden && columns[i]
					}
					v := c.verdicts[cell]
					if at = end; hidden && !shifted {
						v.how = gone
					} else if shifted {
						v.doubt = true
					}
					c.verdicts[cell] = v
					shifted = shifted || tree.HasAttr(cell, "rowspan")
				}
			}
		}
	}
	rows(table)
}
