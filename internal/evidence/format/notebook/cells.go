package notebook

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// escapes are the sequences that colour the text of terminals.
var escapes = lazyregexp.New("\x1b\\[[0-9;]*[A-Za-z]")

// renderer writes cells and counts what it leaves out.
type renderer struct {
	base          *url.URL
	language      string
	links         []string
	pictures, cut int
}

// cell writes one cell.
func (r *renderer) cell(c cell) string {
	src := r.clip(string(c.Source+c.Input), maxSource)
	switch c.Type {
	case "markdown", "heading", "html":
		if c.Type == "heading" {
			src = strings.Repeat("#", min(max(c.Level, 1), 6)) + " " + text.OneLine(src)
		}
		plain, links := page.Markdown(src, r.base)
		r.links = append(r.links, links...)
		return plain
	case "code":
		d := &outline.Text{}
		d.Add(outline.Code(outline.First(c.Language, r.language), src))
		for _, o := range c.Outputs[:min(len(c.Outputs), maxOutputs)] {
			if shown := r.output(o); shown != "" {
				d.Add("Output:")
				d.Add(shown)
			}
		}
		if len(c.Outputs) > maxOutputs {
			r.cut++
		}
		return d.String()
	}
	return strings.TrimSpace(src)
}

// output writes what a cell of code gave: prose as prose, everything else as it was printed. Of
// several forms of the same data the one that reads best is taken.
func (r *renderer) output(o output) string {
	if o.Type == "error" || o.Type == "pyerr" {
		return outline.Code("", text.OneLine(escapes.ReplaceAllString(o.Name+": "+o.Value, "")))
	}
	if md := o.Data["text/markdown"]; md != "" {
		plain, _ := page.Markdown(r.clip(string(md), maxOutput), r.base)
		return plain
	}
	if latex := outline.First(string(o.Data["text/latex"]), string(o.Latex)); latex != "" {
		return r.clip(latex, maxOutput)
	}
	if o.PNG != "" || hasPicture(o.Data) {
		r.pictures++
		return "" // its text is only the name of an object
	}
	plain := string(o.Data["text/plain"])
	if strings.TrimSpace(plain) == "" {
		plain = string(o.Text)
	}
	if html := string(o.Data["text/html"]); html != "" {
		// Readers see the HTML. The other form reads better, where it says the same. What stands for a part of it is
		// compared with all of it, as far as that is read: a table takes many times its text.
		shown := page.Fragment(text.Head(html, maxHTML))
		if strings.TrimSpace(plain) == "" || saysMore(text.Head(plain, maxOutput), shown) {
			if len(html) > maxHTML || len(shown) > maxOutput {
				r.cut++
			}
			return text.Clip(shown, maxOutput)
		}
	}
	return outline.Code("", printed(r.clip(escapes.ReplaceAllString(plain, ""), maxOutput)))
}

// maxMore is how many words one form of an output may have that the other does not: names of types, counts of rows.
const maxMore = 5

// saysMore reports whether plain says something that readers of shown do not see.
func saysMore(plain, shown string) bool {
	known := map[string]bool{}
	for word := range strings.FieldsFuncSeq(shown, notOfWord) {
		known[word] = true
	}
	more := 0
	for word := range strings.FieldsFuncSeq(plain, notOfWord) {
		if !known[word] {
			more++
		}
	}
	return more > maxMore
}

func notOfWord(r rune) bool { return !unicode.IsLetter(r) }

// printed is what is left on a terminal of lines that were printed over each other, as bars of progress are.
func printed(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		var left []rune
		for over := range strings.SplitSeq(line, "\r") {
			runes := []rune(over)
			left = append(runes, left[min(len(left), len(runes)):]...)
		}
		lines[i] = string(left)
	}
	return strings.Join(lines, "\n")
}

// hasPicture reports whether the data of an output is a picture.
func hasPicture(data map[string]lines) bool {
	for kind := range data {
		if strings.HasPrefix(kind, "image/") {
			return true
		}
	}
	return false
}

// clip bounds s and counts that it did.
func (r *renderer) clip(s string, n int) string {
	if len(s) > n {
		r.cut++
	}
	return text.Clip(s, n)
}
