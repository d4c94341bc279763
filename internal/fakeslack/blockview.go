package fakeslack

import (
	"bytes"
	"errors"
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// blocks renders the blocks of a message.
func (m *markup) blocks(blocks []any, md goldmark.Markdown) {
	for _, b := range blocks {
		o, _ := b.(object)
		m.block = str(o, "block_id")
		switch kind := str(o, "type"); kind {
		case "input":
			m.input(o)
		case "section":
			m.section(o)
		case "header":
			m.tag(`<h3 class="header">`)
			m.plain(str(sub(o, "text"), "text"))
			m.tag(`</h3>`)
		case "divider":
			m.tag(`<hr>`)
		case "context":
			m.tag(`<div class="context">`)
			for _, e := range list(o, "elements") {
				el, _ := e.(object)
				m.tag(`<span>`)
				if str(el, "type") == "image" {
					m.image(el)
				} else {
					m.textObject(el)
				}
				m.tag(`</span>`)
			}
			m.tag(`</div>`)
		case "actions":
			m.tag(`<div class="actions">`)
			for _, e := range list(o, "elements") {
				el, _ := e.(object)
				m.element(el)
			}
			m.tag(`</div>`)
		case "context_actions":
			m.contextActions(o)
		case "markdown":
			m.tag(`<div class="markdown">`)
			m.markdown(str(o, "text"), md)
			m.tag(`</div>`)
		case "rich_text":
			m.richBlocks(list(o, "elements"))
		case "image":
			m.tag(`<div>`)
			m.image(o)
			m.tag(`</div>`)
		default:
			m.tag(`<div class="context">[`)
			m.text(kind)
			m.tag(` block]</div>`)
		}
	}
}

// textObject renders a text object of either type.
func (m *markup) textObject(o object) {
	if str(o, "type") == "plain_text" {
		m.plain(str(o, "text"))
		return
	}
	m.mrkdwn(str(o, "text"))
}

// section renders text, fields in two columns, and an element beside them.
func (m *markup) section(o object) {
	m.tag(`<div class="section"><div>`)
	if t := sub(o, "text"); t != nil {
		m.tag(`<div>`)
		m.textObject(t)
		m.tag(`</div>`)
	}
	if fields := list(o, "fields"); len(fields) > 0 {
		m.tag(`<div class="fields">`)
		for _, f := range fields {
			fo, _ := f.(object)
			m.tag(`<div>`)
			m.textObject(fo)
			m.tag(`</div>`)
		}
		m.tag(`</div>`)
	}
	m.tag(`</div>`)
	if a := sub(o, "accessory"); a != nil {
		m.tag(`<div class="accessory">`)
		if str(a, "type") == "image" {
			m.image(a)
		} else {
			m.element(a)
		}
		m.tag(`</div>`)
	}
	m.tag(`</div>`)
}

// action writes what the script sends when an element is used.
func (m *markup) action(e object) {
	m.tag(` data-action="`)
	m.text(str(e, "action_id"))
	m.tag(`" data-block="`)
	m.text(m.block)
	m.tag(`"`)
}

// element renders a button or a menu; other interactive elements show as what they are.
func (m *markup) element(e object) {
	label := func() { m.plain(orElse(str(sub(e, "text"), "text"), str(e, "type"))) }
	if str(e, "type") == "static_select" {
		m.choice(e)
		return
	}
	if str(e, "type") != "button" {
		m.tag(`<span class="button off">`)
		m.plain(orElse(str(sub(e, "placeholder"), "text"), str(e, "type")))
		m.tag(`</span>`)
		return
	}
	style := map[string]string{"primary": " primary", "danger": " danger"}[str(e, "style")]
	if href := str(e, "url"); href != "" {
		m.tag(`<span class="button` + style + `">`)
		m.link(href, "", label)
		m.tag(`</span>`)
		return
	}
	m.tag(`<button type="button" class="button` + style + `"`)
	m.action(e)
	m.tag(`>`)
	label()
	m.tag(`</button>`)
}

// image is shown as a link: the page loads nothing from elsewhere.
func (m *markup) image(o object) {
	m.tag(`<span class="image">`)
	label := "🖼 " + orElse(str(o, "alt_text"), "image")
	m.link(str(o, "image_url"), label, nil)
	m.tag(`</span>`)
}

// richBlocks renders the outer elements of a rich_text block.
func (m *markup) richBlocks(elements []any) {
	for _, e := range elements {
		o, _ := e.(object)
		switch str(o, "type") {
		case "rich_text_section":
			m.tag(`<div class="rich">`)
			m.richLeaves(list(o, "elements"))
			m.tag(`</div>`)
		case "rich_text_quote":
			m.tag(`<blockquote>`)
			m.richLeaves(list(o, "elements"))
			m.tag(`</blockquote>`)
		case "rich_text_preformatted":
			m.tag(`<pre>`)
			m.richLeaves(list(o, "elements"))
			m.tag(`</pre>`)
		case "rich_text_list":
			tag := "ul"
			if str(o, "style") == "ordered" {
				tag = "ol"
			}
			m.tag("<" + tag + ` class="indent` + strconv.Itoa(indent(o)) + `">`)
			for _, item := range list(o, "elements") {
				io, _ := item.(object)
				m.tag(`<li>`)
				m.richLeaves(list(io, "elements"))
				m.tag(`</li>`)
			}
			m.tag("</" + tag + ">")
		}
	}
}

// indent is how deep a list stands, at most 8, for which the style sheet has classes.
func indent(o object) int {
	n, err := strconv.Atoi(str(o, "indent"))
	if err != nil {
		return 0
	}
	return min(max(n, 0), 8)
}

// richLeaves renders text, links, names and emoji with their styles, closed in reverse order.
func (m *markup) richLeaves(elements []any) {
	for _, e := range elements {
		o, _ := e.(object)
		style := sub(o, "style")
		var closing []string
		for _, st := range []struct{ key, tag string }{{"bold", "b"}, {"italic", "i"}, {"strike", "s"}, {"underline", "u"}, {"code", "code"}} {
			if truthy(style[st.key]) {
				m.tag("<" + st.tag + ">")
				closing = append(closing, "</"+st.tag+">")
			}
		}
		switch str(o, "type") {
		case "text":
			m.text(str(o, "text"))
		case "link":
			m.link(str(o, "url"), str(o, "text"), nil)
		case "user":
			m.mention("@" + orElse(m.names.users[str(o, "user_id")], str(o, "user_id")))
		case "channel":
			m.mention("#" + orElse(m.names.channels[str(o, "channel_id")], str(o, "channel_id")))
		case "usergroup":
			m.mention("@" + str(o, "usergroup_id"))
		case "broadcast":
			m.mention("@" + str(o, "range"))
		case "emoji":
			m.emoji(str(o, "name"))
		case "date":
			m.text(str(o, "fallback"))
		case "color":
			m.text(str(o, "value"))
		}
		for i := len(closing) - 1; i >= 0; i-- {
			m.tag(closing[i])
		}
	}
}

// attachments renders previews of links and old-style attachments.
func (m *markup) attachments(attachments []any, md goldmark.Markdown) {
	for _, a := range attachments {
		o, _ := a.(object)
		m.tag(`<div class="attachment">`)
		if s := str(o, "service_name"); s != "" {
			m.tag(`<div class="service">`)
			m.text(s)
			m.tag(`</div>`)
		}
		if t := str(o, "title"); t != "" {
			m.tag(`<div class="title">`)
			m.link(orElse(str(o, "title_link"), str(o, "from_url")), t, nil)
			m.tag(`</div>`)
		}
		if t := str(o, "text"); t != "" {
			m.tag(`<div>`)
			m.mrkdwn(t)
			m.tag(`</div>`)
		}
		m.blocks(list(o, "blocks"), md)
		m.tag(`</div>`)
	}
}

// newMarkdown renders the markdown block: GitHub's flavour, but images are links and
// HTML is text, as in Slack.
func newMarkdown() goldmark.Markdown {
	// GFM as a whole writes a style into the cells of a table.
	return goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.TaskList,
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(slackMarkdown{}, 100))))
}

// markdown renders Markdown. What is nested deeper than people nest is shown as it was written: browsers give up at 512.
func (m *markup) markdown(source string, md goldmark.Markdown) {
	const maxNodes = 100 // one in another
	doc := md.Parser().Parse(text.NewReader([]byte(source)))
	var buf bytes.Buffer
	if isDeeper(doc, maxNodes) || md.Renderer().Render(&buf, []byte(source), doc) != nil {
		m.text(source)
		return
	}
	m.b.Write(buf.Bytes()) // newMarkdown escapes HTML and leaves script links out
}

// isDeeper reports whether more than limit nodes stand in one another.
func isDeeper(n ast.Node, limit int) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if limit == 0 || isDeeper(c, limit-1) {
			return true
		}
	}
	return false
}

// anchor writes the start or the end of a link; other schemes than those of the web
// and of mail are no links.
func anchor(w util.BufWriter, target string, entering bool) error {
	if !linkable(target) {
		return nil
	}
	tag := "</a>"
	if entering {
		tag = `<a href="` + html.EscapeString(target) + `">`
	}
	_, err := w.WriteString(tag)
	return err
}

// slackMarkdown renders what must not become live HTML: links by their scheme, images, and HTML
// itself.
type slackMarkdown struct{}

func (slackMarkdown) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	raw := func(w util.BufWriter, source []byte, lines *text.Segments) error {
		for i := range lines.Len() {
			at := lines.At(i)
			if _, err := w.WriteString(html.EscapeString(string(at.Value(source)))); err != nil {
				return err
			}
		}
		return nil
	}
	reg.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, anchor(w, string(n.(*ast.Link).Destination), entering)
	})
	reg.Register(ast.KindAutoLink, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		link := n.(*ast.AutoLink)
		if !entering {
			return ast.WalkContinue, nil
		}
		target := string(link.URL(source))
		if link.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(target, "mailto:") {
			target = "mailto:" + target
		}
		before := anchor(w, target, true)
		_, err := w.WriteString(html.EscapeString(string(link.Label(source))))
		return ast.WalkContinue, errors.Join(before, err, anchor(w, target, false))
	})
	reg.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		return ast.WalkSkipChildren, raw(w, source, n.(*ast.RawHTML).Segments)
	})
	reg.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		block := n.(*ast.HTMLBlock)
		if entering {
			_, err := w.WriteString("<p>")
			return ast.WalkContinue, errors.Join(err, raw(w, source, block.Lines()))
		}
		if block.HasClosure() {
			if _, err := w.WriteString(html.EscapeString(string(block.ClosureLine.Value(source)))); err != nil {
				return ast.WalkStop, err
			}
		}
		_, err := w.WriteString("</p>")
		return ast.WalkContinue, err
	})
	reg.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		var m markup
		m.link(string(n.(*ast.Image).Destination), "🖼 image", nil)
		_, err := w.WriteString(string(m.html()))
		return ast.WalkSkipChildren, err
	})
}
