// Package outline writes the text of evidence.
//
// In: facts, headings and passages as an adapter found them. Out: one text of
// blocks that are separated by blank lines, in the Markdown that snippets are cut
// from: "Name: value" lines, "## Heading", paragraphs. Everything here is pure.
package outline

import (
	"fmt"
	"strings"
)

// Text assembles the text of evidence from blocks. The zero value is empty and
// ready for use; it is not safe for concurrent use.
type Text struct{ blocks []string }

// Add appends a block, if there is anything in it.
func (t *Text) Add(block string) {
	if block = strings.TrimSpace(block); block != "" {
		t.blocks = append(t.blocks, block)
	}
}

// Section appends a heading of the second level and its text, if there is any text. text
// should have no headings above the third level, see [page.Headings].
func (t *Text) Section(heading, text string) {
	if strings.TrimSpace(text) != "" {
		t.Add("## " + heading)
		t.Add(text)
	}
}

// Field is one "Name: value" line.
type Field struct {
	name  string
	value any
}

// Fact returns the line that says value under name. A value that says nothing
// (nil, empty, zero, false) gives no line.
func Fact(name string, value any) Field { return Field{name, value} }

// Facts appends the lines of fields as one block.
func (t *Text) Facts(fields ...Field) {
	var lines []string
	for _, f := range fields {
		v := strings.TrimSpace(fmt.Sprint(f.value))
		// Sprint writes a nil pointer or an empty list like this.
		if f.value == nil || v == "" || v == "0" || v == "<nil>" || v == "false" || v == "[]" {
			continue
		}
		lines = append(lines, f.name+": "+v)
	}
	t.Add(strings.Join(lines, "\n"))
}

// String returns the blocks, separated by blank lines.
func (t *Text) String() string { return strings.Join(t.blocks, "\n\n") }
