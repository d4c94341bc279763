package visible

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/technoshare/commentator/internal/text"
)

// order matches what is said to machines and not to people. It decides only about text that is
// hidden at first, so it may be wide; whoever hides an order words it as they like, so it is one
// line of several.
var order = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}` +
	`\b(?:previous|prior|above|all|earlier|instructions?|prompts?|rules|guidelines)\b|` +
	`\bsystem (?:prompt|message|override|action)\b|\byou are (?:now )?(?:an? )?(?:ai|llm|assistant|language model|chatbot)\b|` +
	`\bas an? (?:ai|llm|language model)\b|` +
	`\b(?:new|updated|following|my|these|your) instructions\b|</?(?:system|assistant|user|instructions?)>|<\|?im_start|\[/?INST\]|` +
	`\b(?:respond|reply|answer) (?:only )?(?:with|in|by)\b|\byour (?:response|answer|output|summary|reply)\b|\bwhen (?:you )?summari[sz]|` +
	`\b(?:do not|don't|never) (?:mention|reveal|tell|say|summari[sz]e)\b|` +
	`\byou (?:must|will|should|may) (?:pretend|now|not|always|only|say|write|include|recommend)\b|` +
	`\b(?:llms?|ai|assistants?|models?|chatbots?|agents?|summari[sz]ers?) (?:must|should|shall|reading|are instructed|processing)\b|` +
	`\b(?:ignoriere|vergiss)\b.{0,40}\banweisung|` +
	`\b(?:ignora|ignore[zr]?|olvida|oublie[zr]?|esque[çc]a)\b.{0,40}\b(?:instru|anterior|pr[ée]c[ée]dent)|` +
	`(?:игнорируй|забудь|проигнорируй).{0,60}(?:инструкци|указани)|` +
	`忽略.{0,12}(?:指令|指示|之前|以上|前面|所有)|(?:指示|命令).{0,8}無視|이전.{0,8}(?:지시|명령)`)

// maxOrders bounds the text that is searched for orders, in bytes.
const maxOrders = 8 << 10

// orders reports whether what is in n, size bytes without white space, speaks to machines: it has
// an order in each six hundred bytes. An article about such orders has fewer.
func orders(n *html.Node, size int) bool {
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
	found := len(order.FindAllStringIndex(text.OneLine(text.Head(b.String(), maxOrders)), -1))
	return found > 0 && found*600 >= min(size, maxOrders)
}
