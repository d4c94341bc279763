package page

import (
	"bytes"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	mdhtml "github.com/yuin/goldmark/renderer/html"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/text"
)

// Bounds on documents. goldmark takes the square of the time for marks in one
// block and for depth: without them 64 KiB of "- " cost 8 s and of "*a_" 6 s.
const (
	maxMarkdown = 512 << 10 // bytes; what a comment is written from is far less
	maxQuotes   = 32        // lists and quotes in one another
	maxMarks    = 1000      // brackets, and runs of stars and underscores, in a paragraph
	maxLines    = 5000      // of a paragraph that is searched for the addresses that its links refer to
)

// toHTML reads CommonMark, and what ~~tildes~~ strike out. A line of the source stays a line, which also keeps
// tables in rows: the extension for them fills up each row to the width of the
// first, and so lets a small document grow without bound.
var toHTML = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(shallow{parser.NewListParser()}, 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
				util.Prioritized(parser.NewHTMLBlockParser(), 900),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(newFew(parser.NewLinkParser()), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewRawHTMLParser(), 400),
				util.Prioritized(newFew(parser.NewEmphasisParser()), 500),
				util.Prioritized(newFew(struck{extension.NewStrikethroughParser()}), 500),
			),
			parser.WithParagraphTransformers(util.Prioritized(references{parser.LinkReferenceParagraphTransformer}, 100)),
			parser.WithASTTransformers(util.Prioritized(unclosedTags{}, 100)),
		)),
		goldmark.WithRendererOptions(mdhtml.WithUnsafe(), mdhtml.WithHardWraps(), renderer.WithNodeRenderers(
			util.Prioritized(tagRenderer{}, 100), util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500))),
	)
})

// shallow is a parser of blocks that hold blocks, down to a depth.
type shallow struct{ parser.BlockParser }

// Open implements parser.BlockParser. What is deeper is read as text of the innermost block.
func (p shallow) Open(parent ast.Node, r mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if depth > 2*maxQuotes { // a list and its item are two
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, r, pc)
}

// references takes the addresses that links refer to out of paragraphs, each of which moves all lines behind it. A
// paragraph of more lines than a document has of them stays text.
type references struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (t references) Transform(n *ast.Paragraph, r mdtext.Reader, pc parser.Context) {
	if n.Lines().Len() <= maxLines {
		t.ParagraphTransformer.Transform(n, r, pc)
	}
}

// few is a parser of inline marks that reads the first of them in a block.
type few struct {
	parser.InlineParser
	count parser.ContextKey // of an int
}

// newFew bounds p by a counter of its own in the context, so that brackets and stars don't share
// one.
func newFew(p parser.InlineParser) few { return few{p, parser.NewContextKey()} }

// Parse implements parser.InlineParser.
func (p few) Parse(parent ast.Node, r mdtext.Reader, pc parser.Context) ast.Node {
	n, _ := pc.Get(p.count).(int)
	if n >= maxMarks {
		return nil
	}
	pc.Set(p.count, n+1)
	return p.InlineParser.Parse(parent, r, pc)
}

// CloseBlock implements parser.CloseBlocker. goldmark calls it at the end of each block, where
// the count starts anew.
func (p few) CloseBlock(parent ast.Node, r mdtext.Reader, pc parser.Context) {
	pc.Set(p.count, 0)
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, r, pc)
	}
}

// struck is a parser of ~~struck out~~ text. A single tilde, which GitHub takes too, parts the
// numbers of a range and stands for "about" in too many texts.
type struck struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (p struck) Parse(parent ast.Node, r mdtext.Reader, pc parser.Context) ast.Node {
	if line, _ := r.PeekLine(); len(line) < 2 || line[1] != '~' {
		return nil
	}
	return p.InlineParser.Parse(parent, r, pc)
}

// CloseBlock implements parser.CloseBlocker.
func (p struck) CloseBlock(parent ast.Node, r mdtext.Reader, pc parser.Context) {
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, r, pc)
	}
}

// elements are the names of HTML elements, current and obsolete (HTML Standard,
// Index of elements, and 16.2 Non-conforming features).
var elements = text.Set(`a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote
	body br button
	canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
	font footer
	form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map mark marquee
	math menu
	meta meter nav nobr noembed noframes noscript object ol optgroup option output p param picture plaintext pre progress q rb rp rt rtc
	ruby s samp
	script search section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th
	thead time
	title tr track tt u ul var video wbr xmp`)

// tagRenderer writes the HTML in a document as it is, but for placeholders such
// as <name>, which are text.
type tagRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (tagRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			writeTags(w, n.(*ast.RawHTML).Segments.Value(source), func(string) int { return len(source) })
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		block := n.(*ast.HTMLBlock)
		if entering {
			raw := block.Lines().Value(source)
			if block.HasClosure() {
				raw = append(raw, block.ClosureLine.Value(source)...)
			}
			writeTags(w, raw, lastClosed(raw))
		}
		return ast.WalkContinue, nil
	})
}

// writeTags writes HTML with the tags of unknown elements as text, and without
// those of swallowing elements that begin behind where the last one is closed.
func writeTags(w util.BufWriter, raw []byte, closed func(name string) int) {
	z := html.NewTokenizer(bytes.NewReader(raw))
	at := 0
	for {
		kind := z.Next()
		token := bytes.Clone(z.Raw()) // TagName writes in it
		switch kind {
		case html.ErrorToken:
			// What is left is an open tag or comment, which goes on in no other node.
			_, _ = w.Write(token)
			return
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			b, _ := z.TagName()
			name := string(b)
			switch {
			case !elements[name]:
				_, _ = w.Write(util.EscapeHTML(token))
			case kind != html.EndTagToken && swallowing[name] && at > closed(name):
				z.NextIsNotRawText()
			default:
				_, _ = w.Write(token)
			}
		default:
			_, _ = w.Write(token)
		}
		at += len(token)
	}
}
