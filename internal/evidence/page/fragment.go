package page

import (
	"golang.org/x/net/html"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// Render is the text of the tree below n, as [render.Text] writes it.
func Render(n *html.Node) string { return render.Text(n) }

// Fragment is the text of an HTML fragment, as [render.Fragment] writes it.
func Fragment(s string) string { return render.Fragment(s) }
