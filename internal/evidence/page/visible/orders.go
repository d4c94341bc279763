package visible

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/evidence/page/tree"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// command matches what is said to a machine and hardly ever to people; order also what articles
// about machines say. They decide only about text that is hidden at first, so they may be wide;
// whoever hides an order words it as they like, so they are one line of several.
var (
	command = lazyregexp.New("(?i)" + commands)
	order   = lazyregexp.New(`(?i)\b(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your )*(?:rules|guidelines|safety)\b|` +
		`\bsystem (?:override|action)\b|\byou are (?:now )?(?:an? )?(?:ai|llm|assistant|language model|chatbot)\b|` +
		`\bas an? (?:ai|llm|language model)\b|\b(?:new|updated|my) instructions\b|\bwhen (?:you )?summari[sz]|` +
		`\b(?:do not|don't|never) (?:mention|reveal|summari[sz]e)\b|\byou (?:must|will|should) (?:pretend|recommend)\b|` +
		`\b(?:act as|pretend (?:to be|you are)|imagine you are)\b|` + commands)
)

// commands are the alternatives of command.
const commands = `\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:previous|prior|above|earlier|your) .{0,20}` +
	`(?:instruct|prompt|rule|text|context)|` +
	`\b(?:ignore|disregard|forget)\b.{0,30}\b(?:instructions|prompts)\b|` +
	`</?(?:system|assistant|user|instructions?)>|<\|?im_start|\[/?INST\]|\[/?(?:system|user|assistant)\]|<end of [a-z]+>|` +
	`(?:^|[-.>"]\s*)(?:system|assistant):\s|\bnote to (?:automated|ai|llms?|assistants?)\b|` +
	`\b(?:respond|reply|answer) only (?:with|in|by)\b|` +
	`\b(?:in|into|of|to|translate|encode|encrypt|represent) your (?:response|answer|output|summary|reply)\b|` +
	`\b(?:llms?|ai (?:assistants?|models?|agents?)|summari[sz]ers?) (?:must|reading|are instructed|processing)\b|` +
	`\b(?:ignoriere|vergiss)\b.{0,40}\banweisung|` +
	`\b(?:ignora|ignore[zr]?|olvida|oublie[zr]?|esque[çc]a)\b.{0,40}\b(?:instru|anterior|pr[ée]c[ée]dent)|` +
	`(?:игнорируй|забудь|проигнорируй).{0,60}(?:инструкци|указани)|` +
	`忽略.{0,12}(?:指令|指示|之前|以上|前面|所有)|(?:指示|命令).{0,8}無視|이전.{0,8}(?:지시|명령)`

// maxOrders bounds the text that is searched for orders, in bytes.
const maxOrders = 8 << 10

// orders reports whether what is in n, size bytes without white space, speaks to machines.
func orders(n *html.Node, size int) bool {
	found, _ := (&search{}).count(n)
	return speaks(found, size)
}

// search looks for orders in elements of a page, which may be in one another.
type search struct {
	read  int    // bytes that were searched
	text  string // the one before, and what was found in it
	found int

	commanded int // bytes that were searched whole
	said      string
	command   bool
}

// maxSearched bounds the text of a page that is searched for orders, in bytes: how much of it is how long that takes.
const maxSearched = 2 << 20

// commands reports whether what is in n commands a machine, or is more than is searched.
func (s *search) commands(n *html.Node) bool {
	if s.commanded > maxCommanded {
		return true
	}
	said := text.OneLine(tree.Text(n))
	if said != s.said {
		s.commanded += len(said)
		s.said, s.command = said, s.commanded > maxCommanded || command.MatchString(said)
	}
	return s.command
}

// maxCommanded bounds the hidden text that is searched whole, in bytes.
const maxCommanded = 3 << 20

// orders reports whether what is in n, size bytes without white space, speaks to machines, or is more than is searched.
func (s *search) orders(n *html.Node, size int) bool {
	found, _ := s.count(n)
	return s.read > maxSearched || speaks(found, size)
}

// perOrder is of how many bytes one order is enough. An article about such orders has fewer.
const perOrder = 300

// speaks reports whether so many orders are enough for a text of a size.
func speaks(found, size int) bool { return found > 0 && found*perOrder >= min(size, maxOrders) }

// speaksIn is speaks for what is in n, of which no more is measured than that takes.
func speaksIn(n *html.Node, found int) bool {
	return speaks(found, maxOrders) || found > 0 && !longer(n, found*perOrder+1)
}

// count is how many orders are in n, and whether all of it was searched.
func (s *search) count(n *html.Node) (found int, whole bool) {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && b.Len() < maxOrders; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(c.Data)
				b.WriteByte(' ')
			case c.DataAtom != atom.Script && c.DataAtom != atom.Style:
				walk(c)
			}
		}
	}
	walk(n)
	whole = b.Len() < maxOrders
	said := text.OneLine(text.Head(b.String(), maxOrders))
	if said == s.text {
		return s.found, whole
	}
	if s.read += len(said); s.read > maxSearched {
		return 0, whole
	}
	s.text, s.found = said, len(order.FindAllStringIndex(said, -1))
	return s.found, whole
}

// commanding reports whether what is in n commands a machine.
func commanding(n *html.Node) bool { return command.MatchString(text.OneLine(tree.Text(n))) }

// maxProgram bounds a text for programs, in bytes: those of articles have some 50 kB.
const maxProgram = 512 << 10

// WithoutCommands is a text that a page has for programs only, without the sentences that command a machine; "" for one
// that is longer than is searched, or that commands one in ever new ways. Its lines are joined where a command is spread
// over them.
func WithoutCommands(said string) string {
	if len(said) > maxProgram {
		return ""
	}
	for round := range 3 {
		line := text.OneLine(said)
		if !command.MatchString(line) {
			return said
		}
		if round > 0 {
			said = line
		}
		said = withoutSentences(said)
	}
	return ""
}

// withoutSentences is a text without the sentences, or lines, that command a machine.
func withoutSentences(said string) string {
	const ends = ".!?\n。！？"
	var b strings.Builder
	at := 0
	for _, m := range command.FindAllStringIndex(said, -1) {
		if m[0] < at {
			continue // in the sentence that was left out
		}
		begin := at
		if i := strings.LastIndexAny(said[at:m[0]], ends); i >= 0 {
			_, mark := utf8.DecodeRuneInString(said[at+i:])
			begin += i + mark
		}
		b.WriteString(said[at:begin])
		at = len(said)
		if i := strings.IndexAny(said[m[1]:], ends); i >= 0 {
			at = m[1] + i
		}
	}
	b.WriteString(said[at:])
	return b.String()
}

// dropOrders takes out of what is shown after all the blocks that speak to machines.
func dropOrders(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode {
			if parts(c) {
				dropOrders(c)
			} else if commanding(c) {
				n.RemoveChild(c)
			}
		}
		c = next
	}
}

// parts reports whether an element has others with text in them that may be judged one by one.
func parts(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.DataAtom {
		case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Ul, atom.Ol, atom.Li, atom.Pre, atom.Table, atom.Tbody,
			atom.Tr, atom.Td, atom.Blockquote, atom.Dl, atom.Dd, atom.H1, atom.H2, atom.H3, atom.H4, atom.Figure, atom.Details, atom.Header:
			return true
		}
	}
	return false
}
