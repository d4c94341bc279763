package comment

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
)

//go:embed message.html.tmpl
var pageSource string

// pageTemplate is parsed when the first page is rendered.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("message").Parse(pageSource))
})

// HTML renders a comment as a page of its own that looks like the message in
// Slack. It loads nothing and runs nothing.
func HTML(c Comment) string { return page(c.document(), "Comment") }

func page(d document, kind string) string {
	var b strings.Builder
	err := pageTemplate().Execute(&b, struct {
		document
		Kind, None string
	}{d, kind, none})
	if err != nil {
		// The template is fixed and all values are strings.
		return fmt.Sprintf("<!doctype html><title>%s</title><p>%s</p>", kind, template.HTMLEscapeString(err.Error()))
	}
	return b.String()
}
