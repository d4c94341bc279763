package links

import (
	"encoding/json"
	"slices"
)

// node is what blocks, the elements inside them and their texts have in common
// (docs.slack.dev/reference/block-kit). All kinds are read into this one type: what a kind does
// not have stays empty. Title, Text and Fallback are a string or a text object, Rows hold
// arrays of cells or objects with items.
type node struct {
	Type          string            `json:"type"`
	URL           string            `json:"url"`
	TitleURL      string            `json:"title_url"` // of a video
	VideoURL      string            `json:"video_url"`
	Style         json.RawMessage   `json:"style"` // an object, or "bullet" and "ordered" on lists
	Title         json.RawMessage   `json:"title"`
	RichTextTitle json.RawMessage   `json:"rich_text_title"`
	Subtitle      json.RawMessage   `json:"subtitle"`
	Text          json.RawMessage   `json:"text"`
	Body          json.RawMessage   `json:"body"`
	Subtext       json.RawMessage   `json:"subtext"`
	Description   json.RawMessage   `json:"description"`
	Details       json.RawMessage   `json:"details"`
	Output        json.RawMessage   `json:"output"`
	Sources       []json.RawMessage `json:"sources"`
	Tasks         []json.RawMessage `json:"tasks"`
	Fields        []json.RawMessage `json:"fields"`
	Elements      []json.RawMessage `json:"elements"`
	Element       json.RawMessage   `json:"element"`
	Rows          []json.RawMessage `json:"rows"`
	Items         []json.RawMessage `json:"items"`
	Block         json.RawMessage   `json:"block"`
	ChildBlocks   []json.RawMessage `json:"child_blocks"`
	Options       []json.RawMessage `json:"options"`
	Actions       []json.RawMessage `json:"actions"`
	Accessory     json.RawMessage   `json:"accessory"`
}

// maxDepth of rich_text is 4 in Slack, of messages that quote messages 1; more is an attack.
const maxDepth = 16

// notLinks are the types whose url is that of a picture.
var notLinks = []string{"image", "emoji"}

// blocks reads an array of blocks. It reports whether one of them is rich_text, as clients
// make of what people write: the message's text says the same then.
func (s *scan) blocks(list json.RawMessage, depth int) (rich bool) {
	for _, raw := range array(list) {
		var b struct {
			Type string `json:"type"`
		}
		rich = object(raw, &b) && b.Type == "rich_text" || rich
		s.node(raw, depth)
	}
	return rich
}

// node collects the links of a block or element, and those in it. A cell of a table is an
// element like any other; an empty one is null.
func (s *scan) node(raw json.RawMessage, depth int) {
	if depth > maxDepth || len(s.all) >= maxShown {
		return
	}
	if cells := array(raw); cells != nil { // a row of a table
		for _, c := range cells {
			s.node(c, depth+1)
		}
		return
	}
	var n node
	if !object(raw, &n) {
		return
	}
	switch n.Type {
	case "rich_text_preformatted":
		s.code(n, depth)
		return
	case "markdown":
		s.markdown(plain(n.Text))
		return
	case "mrkdwn", "plain_text", "raw_text":
		s.mrkdwn(plain(n.Text))
		return
	}
	if n.URL != "" && !slices.Contains(notLinks, n.Type) {
		s.add(unescape(n.URL), codeStyle(n.Style))
	}
	if isHTTPLink.MatchString(n.TitleURL) {
		s.add(unescape(n.TitleURL), "")
	} else if isHTTPLink.MatchString(n.VideoURL) {
		s.add(unescape(n.VideoURL), "")
	}
	for _, one := range []json.RawMessage{
		n.Title, n.RichTextTitle, n.Subtitle, n.Text, n.Body, n.Subtext, n.Description, n.Details, n.Output,
	} {
		s.node(one, depth+1)
	}
	for _, list := range [][]json.RawMessage{n.Fields, n.Elements, n.Rows, n.Items, n.ChildBlocks, n.Tasks, n.Sources, n.Options, n.Actions} {
		for _, one := range list {
			s.node(one, depth+1)
		}
	}
	s.node(n.Element, depth+1)
	s.node(n.Block, depth+1)
	s.node(n.Accessory, depth+1)
}

// code notes the links of an element as such that are not taken.
func (s *scan) code(n node, depth int) {
	for _, raw := range n.Elements {
		var inner node
		if depth > maxDepth || !object(raw, &inner) {
			continue
		}
		if inner.URL != "" {
			s.add(unescape(inner.URL), inCode)
		}
		s.code(inner, depth+1)
	}
}

// inCode is why a link in code is not taken.
const inCode = "stands in code"

// codeStyle is [inCode] for the style of code, "" for others and for that of a list.
func codeStyle(style json.RawMessage) string {
	var st struct {
		Code bool `json:"code"`
	}
	if object(style, &st) && st.Code {
		return inCode
	}
	return ""
}

// plain is a string in JSON; "" for anything else.
func plain(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}
