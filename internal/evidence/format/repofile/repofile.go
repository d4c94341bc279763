// Package repofile reads a file as it lies in a repository. In go its name, its text and the
// fragment of the link; out come the lines, the section or the cell that the fragment names, then
// the whole file, prose as prose and anything else as code.
package repofile

import (
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/technoshare/commentator/internal/evidence/format/notebook"
	"github.com/technoshare/commentator/internal/evidence/outline"
	"github.com/technoshare/commentator/internal/evidence/source"
	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/internal/lazyregexp"
	"github.com/technoshare/commentator/internal/text"
)

// Fill writes the file into ev, whose title is its name. Links in it are relative to base. Of a
// file that is kept in Git LFS there is only what points to it.
func Fill(name, plain string, base *url.URL, anchor string, ev *job.Evidence) {
	ev.Title = path.Base(name)
	if path.Ext(name) == ".ipynb" && notebook.Read([]byte(plain), path.Base(name), base, anchor, ev) {
		return
	}
	readable, links := Readable(name, plain, base)
	ev.Links = append(ev.Links, links...)
	if strings.HasPrefix(plain, "version https://git-lfs.github.com/spec/") {
		ev.MarkPartial("the file is kept in Git LFS: this only points to it")
	}
	source.Complete(ev)
	ev.Text = readable
	if from, to, ok := LineRange(anchor); ok {
		ev.Text, ev.Lead = WithLines(name, plain, readable, from, to, ev)
	} else {
		LeadWith(anchor, "file", ev)
	}
}

// Readable is the text of a file by the ending of its name, and the links in it.
func Readable(name, plain string, base *url.URL) (readable string, links []string) {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".md", ".markdown", ".mdx", ".qmd", ".rst", ".html", ".htm", ".txt":
		return outline.Markup(name, plain, base)
	case "":
		return strings.TrimSpace(plain), nil
	default:
		return outline.Code(strings.TrimPrefix(ext, "."), plain), nil
	}
}

// linePattern matches the anchors of lines: L10, L10-L20, and with columns L10C3-L20C9.
var linePattern = lazyregexp.New(`^L(\d{1,8})(?:C\d+)?(?:-L?(\d{1,8})(?:C\d+)?)?$`)

// LineRange reads the lines that an anchor names, from 1, both included.
func LineRange(anchor string) (from, to int, ok bool) {
	m := linePattern.FindStringSubmatch(anchor)
	if m == nil {
		return 0, 0, false
	}
	from, _ = strconv.Atoi(m[1]) // at most eight digits
	to = from
	if m[2] != "" {
		to, _ = strconv.Atoi(m[2])
	}
	if to < from {
		from, to = to, from
	}
	return from, to, from > 0
}

// WithLines puts lines of a file before its text and returns both and the length of the former.
// Lines that the file does not have are said to be missing.
func WithLines(name, plain, readable string, from, to int, ev *job.Evidence) (all string, lead int) {
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(plain, "\r\n", "\n"), "\n"), "\n")
	if to > len(lines) {
		ev.MarkPartial(fmt.Sprintf("the link names line %d, but the file has %d lines", to, len(lines)))
		to = len(lines)
	}
	if from > to {
		return readable, 0
	}
	label := fmt.Sprintf("lines %d–%d", from, to)
	if from == to {
		label = fmt.Sprintf("line %d", from)
	}
	ev.Title += ", " + label
	code := outline.Code(strings.TrimPrefix(strings.ToLower(path.Ext(name)), "."), strings.Join(lines[from-1:to], "\n"))
	d := &outline.Text{}
	d.Add("## L" + label[1:] + " of " + name)
	d.Add(outline.First(code, "(empty)"))
	lead = len(d.String())
	d.Section("The whole file", readable)
	return d.String(), lead
}

// LeadWith puts the section of ev's text that anchor names first. whole is what people call the
// text. An anchor that names the whole, or a place in the page of the site, is none.
func LeadWith(anchor, whole string, ev *job.Evidence) {
	switch anchor {
	case "", "readme", "start-of-content", "top":
		return
	}
	part, rest, ok := outline.Part(ev.Text, anchor)
	switch {
	case ok:
		ev.Text, ev.Lead = strings.TrimSpace(part+"\n\n"+rest), len(part)
	case !strings.HasPrefix(anchor, ":~:"):
		ev.MarkPartial(fmt.Sprintf("the %s has no section %q as the link names it", whole, text.Clip(text.OneLine(anchor), 60)))
	}
}
