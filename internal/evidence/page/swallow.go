package page

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"

	"github.com/technoshare/commentator/internal/text"
)

// swallowing are the elements that take all that follows into themselves until
// they are closed, and show none of it (HTML Standard, 13.2.5.2 and 13.2.6.4), or
// whose content this package leaves out. In a Markdown document an open one ends
// with its block: a word in angle brackets must not cost the reader the rest of the
// page.
var swallowing = text.Set(`head iframe noembed noframes noscript object plaintext script style svg template textarea title xmp`)

// lastClosed tells where in raw an element is closed for the last time, -1 for
// nowhere.
func lastClosed(raw []byte) func(name string) int {
	lower := bytes.ToLower(raw)
	known := map[string]int{} // each name is looked for once, however often it is opened
	return func(name string) int {
		at, ok := known[name]
		if !ok {
			at = bytes.LastIndex(lower, []byte("</"+name))
			known[name] = at
		}
		return at
	}
}

// unclosedTags takes tags of swallowing elements out of a block that does not
// close them.
type unclosedTags struct{}

// Transform implements parser.ASTTransformer.
func (unclosedTags) Transform(doc *ast.Document, r mdtext.Reader, _ parser.Context) {
	type tag struct {
		node  *ast.RawHTML
		block ast.Node
		name  string
	}
	type place struct {
		block ast.Node
		name  string
	}
	var opened []tag
	last := map[place]int{} // in opened: all before it are closed
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		raw, ok := n.(*ast.RawHTML)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		value := bytes.ToLower(raw.Segments.Value(r.Source()))
		name, end := tagName(value)
		if !swallowing[name] {
			return ast.WalkContinue, nil
		}
		block := n.Parent()
		for block.Type() == ast.TypeInline {
			block = block.Parent()
		}
		if end {
			last[place{block, name}] = len(opened)
		} else {
			opened = append(opened, tag{raw, block, name})
		}
		return ast.WalkContinue, nil
	})
	for i, t := range opened {
		if i >= last[place{t.block, t.name}] {
			t.node.Parent().RemoveChild(t.node.Parent(), t.node)
		}
	}
}

// tagName reads the name of a tag in lower case.
func tagName(raw []byte) (name string, end bool) {
	raw = bytes.TrimPrefix(raw, []byte("<"))
	raw, end = bytes.CutPrefix(raw, []byte("/"))
	n := 0
	for n < len(raw) && (raw[n] >= 'a' && raw[n] <= 'z' || raw[n] >= '0' && raw[n] <= '9') {
		n++
	}
	return string(raw[:n]), end
}
