package render

import (
	"strings"

	"github.com/technoshare/commentator/internal/text"
)

// textWriter writes the text of a tree. Breaks, spaces and marks are only noted as due and are
// written before the next word, so that elements without text leave nothing behind, and the
// largest of several breaks counts.
type textWriter struct {
	b       strings.Builder
	space   bool   // a space is due before the next word
	breaks  int    // line breaks due before the next text
	prefix  string // written at the start of each line: quotes, list indentation
	last    string // the prefix that the last text was written under
	lists   []int  // per open list: -1 bulleted, else the last number
	started bool
	mark    string // of lists and headings, due before the next word, which stands on the same line
	markAt  string // the prefix of the line that mark is due on
	open    string // due before the next word, without a space between: an opening quote
	writes  int    // how often something was written
	lines   bool   // a line of the source is a line of the text
	cell    bool   // all goes on one line, as in a row of a table
	semi    bool   // in a cell, a semicolon is due before the next word
}

func (w *textWriter) String() string { return strings.TrimSpace(w.b.String()) }

// block asks for n line breaks before what comes next.
func (w *textWriter) block(n int) {
	if w.cell {
		w.space = w.started
		return
	}
	if w.mark != "" {
		return
	}
	if w.breaks < n {
		w.breaks = n
	}
	w.space = false
}

// flush writes what is due before the next word: line breaks with their
// prefixes, or one space; then marks. Blocks only ask for breaks, so that empty elements
// leave no trace.
func (w *textWriter) flush() {
	prefix := w.prefix
	if w.mark != "" {
		prefix = w.markAt
	}
	if w.breaks > 0 || !w.started {
		if w.started {
			for i := range w.breaks {
				w.b.WriteByte('\n')
				if i < w.breaks-1 {
					w.b.WriteString(strings.TrimRight(commonPrefix(w.last, prefix), " "))
				}
			}
		}
		w.b.WriteString(prefix)
		w.breaks, w.space = 0, false
	}
	if w.semi && w.started {
		if !strings.ContainsRune(".;:,!?", rune(w.lastByte())) {
			w.b.WriteByte(';')
		}
		w.space = true
	}
	if w.space {
		w.b.WriteByte(' ')
		w.space = false
	}
	w.b.WriteString(w.mark)
	w.b.WriteString(w.open)
	w.started, w.mark, w.open, w.semi, w.last = true, "", "", false, w.prefix
	w.writes++
}

// lastByte is the last byte that was written, 0 at the start.
func (w *textWriter) lastByte() byte {
	if s := w.b.String(); s != "" {
		return s[len(s)-1]
	}
	return 0
}

// adjacent reports whether the next word would follow the last one without a space or break.
func (w *textWriter) adjacent() bool {
	return w.started && w.breaks == 0 && !w.space && w.mark == "" && w.open == "" && !w.semi
}

// marked writes what f writes with a mark before its first word, on the same line, or nothing at
// all.
func (w *textWriter) marked(mark string, f func()) {
	was, writes := w.mark, w.writes
	if was == "" {
		w.markAt = w.prefix
	}
	w.mark += mark
	f()
	if w.writes == writes {
		w.mark = was
	}
}

// maxPrefix bounds what stands before each line, in bytes: it is written once a
// line, and pages can nest deeper than anybody reads.
const maxPrefix = 40

// indent adds to what stands before each line.
func (w *textWriter) indent(by string) {
	if len(w.prefix) < maxPrefix {
		w.prefix += by
	}
}

// commonPrefix is what a and b begin with in common: a blank line between two quotes belongs to
// both.
func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// text writes a text node, with white space collapsed. White space between two
// words is one space, unless a line break is due. text.Strip takes out characters that show
// nothing.
func (w *textWriter) text(s string) {
	for len(s) > 0 {
		word, rest := s, ""
		blank := strings.IndexFunc(s, text.Blank)
		if blank >= 0 {
			word, rest = s[:blank], strings.TrimLeftFunc(s[blank:], text.Blank)
		}
		w.word(word)
		if blank >= 0 {
			if w.lines {
				if n := strings.Count(s[blank:len(s)-len(rest)], "\n"); n > 0 {
					w.block(min(n, 2))
				}
			}
			w.gap()
		}
		s = rest
	}
}

// word writes letters as they are, behind what is due.
func (w *textWriter) word(s string) {
	if s = text.Strip(s); s != "" {
		w.flush()
		w.b.WriteString(s)
	}
}

// gap asks for a space before the next word, unless a line break is due.
func (w *textWriter) gap() { w.space = w.space || w.breaks == 0 && w.started }

// raw writes lines as they are.
func (w *textWriter) raw(s string) {
	if s = text.Strip(s); s != "" {
		w.flush()
		w.b.WriteString(strings.ReplaceAll(s, "\n", "\n"+w.prefix))
	}
}

// fenced writes lines of code as they are, without what stands before the lines of a list or
// quote: it would become a part of them. In a cell they become one line.
func (w *textWriter) fenced(code string) {
	if w.cell {
		w.gap()
		w.codeWord(text.OneLine(code))
		w.gap()
		return
	}
	if w.mark != "" {
		w.mark = strings.TrimRight(w.mark, " ")
		w.flush()
		w.block(1)
	}
	was := w.prefix
	w.prefix = ""
	w.block(2)
	w.raw("```")
	w.block(1)
	w.raw(code)
	w.block(1)
	w.raw("```")
	w.prefix = was
	w.block(2)
}

// codeWord writes a piece of code within a line between backquotes, or as it is when it holds
// such.
func (w *textWriter) codeWord(code string) {
	if code = text.Strip(code); code == "" {
		return
	}
	w.flush()
	if strings.Contains(code, "`") {
		w.b.WriteString(code)
		return
	}
	w.b.WriteString("`" + code + "`")
}
