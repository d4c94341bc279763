package comment

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/technoshare/commentator/internal/job"
)

//go:embed message.html.tmpl
var pageSource string

// pageTemplate is parsed when the first page is rendered.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("message").Parse(pageSource))
})

// HTML renders a reply as a page of its own that looks like the message in
// Slack. It loads nothing and runs nothing: MLflow shows artifacts to whoever
// may read the experiment, and the page holds foreign text.
func HTML(r job.Reply) string { return page(newDocument(r)) }

// page fills the template, which escapes every value for its place.
func page(d document) string {
	var b strings.Builder
	err := pageTemplate().Execute(&b, struct {
		document
		None string
	}{d, none})
	if err != nil {
		// The template is fixed and all values are strings.
		return fmt.Sprintf("<!doctype html><title>%s</title><p>%s</p>", d.Kind, template.HTMLEscapeString(err.Error()))
	}
	return b.String()
}
