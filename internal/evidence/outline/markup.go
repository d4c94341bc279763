package outline

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/evidence/page"
	"github.com/technoshare/commentator/internal/text"
)

// maxFrontMatter bounds the YAML at the top of a card that is read, in bytes.
const maxFrontMatter = 256 << 10

// Markup makes the text of a README-like file readable, by the ending of its
// name, and returns the links in it as absolute addresses. A file without an
// ending is read as Markdown; text of an unknown kind is returned as it is.
func Markup(name, text string, base *url.URL) (readable string, links []string) {
	switch strings.ToLower(path.Ext(name)) {
	case ".rst":
		return page.ReStructured(text, base)
	case ".md", ".markdown", ".mdx", ".qmd", "":
		return markdown(text, base)
	case ".html", ".htm":
		return page.Fragment(text), nil
	}
	return strings.TrimSpace(text), nil
}

// maxPart is the length, in bytes, of what is given to [page.Markdown] at once, which reads no
// more than 512 KiB of a document.
const maxPart = 448 << 10

// markdown reads a document of any length, in parts that end between paragraphs. A link whose
// address stands in another part is text only.
func markdown(src string, base *url.URL) (readable string, links []string) {
	if len(src) <= maxPart {
		return page.Markdown(src, base)
	}
	d := &Text{}
	for len(src) > 0 {
		end := partEnd(src)
		part, more := page.Markdown(src[:end], base)
		d.Add(part)
		links = append(links, more...)
		src = src[end:]
	}
	return d.String(), links
}

// partEnd is where src is best cut to be at most maxPart long: after its last blank line that is
// not within code, or after its last line, or anywhere between two characters.
func partEnd(src string) int {
	if len(src) <= maxPart {
		return len(src)
	}
	pos, blank, fenced := 0, 0, false
	for line := range strings.Lines(src) {
		if pos+len(line) > maxPart {
			break
		}
		pos += len(line)
		switch {
		case fenceOf(line) != "":
			fenced = !fenced
		case !fenced && strings.TrimSpace(line) == "":
			blank = pos
		}
	}
	switch {
	case blank > 0:
		return blank
	case pos > 0:
		return pos
	}
	return max(1, len(text.Head(src, maxPart)))
}

// frontMatterKeys are the names in front matter that tell a reader something,
// in the order in which they are written.
var frontMatterKeys = []string{
	"pretty_name", "title", "license", "language", "pipeline_tag", "library_name", "base_model", "datasets",
	"task_categories", "size_categories", "metrics", "tags",
}

// FrontMatter separates the YAML between --- lines at the top of a Markdown file, as facts,
// from its body. Front matter that is no mapping is left out. Only known keys become facts:
// cards carry configuration for programs in the same place.
func FrontMatter(source string) (facts []Field, body string) {
	source = strings.ReplaceAll(strings.TrimPrefix(source, "\ufeff"), "\r\n", "\n")
	if !strings.HasPrefix(source, "---\n") {
		return nil, source
	}
	head, body, ok := strings.Cut(source[4:], "\n---")
	if !ok {
		return nil, source
	}
	_, body, _ = strings.Cut(body, "\n")
	var m map[string]any
	if len(head) > maxFrontMatter || yaml.Unmarshal([]byte(head), &m) != nil {
		return nil, body
	}
	for _, k := range frontMatterKeys {
		if v := yamlList(m[k]); v != "" {
			facts = append(facts, Fact(strings.ReplaceAll(strings.ToUpper(k[:1])+k[1:], "_", " "), text.Clip(v, 300)))
		}
	}
	return facts, body
}

// yamlList writes a scalar, or a list's first twenty scalars, on one line.
func yamlList(v any) string {
	switch t := v.(type) {
	case string, int, float64:
		return text.OneLine(fmt.Sprint(t))
	case []any:
		var s []string
		for _, e := range t[:min(len(t), 20)] {
			if str := yamlList(e); str != "" {
				s = append(s, str)
			}
		}
		return strings.Join(s, ", ")
	}
	return ""
}
