package evidencetest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence"
)

// Article is a page with everything that an article has.
const Article = `<!doctype html><html lang="en"><head><title>Ropes | Example</title>
<meta property="og:site_name" content="Example"><meta property="og:description" content="About ropes.">
<link rel="canonical" href="/ropes"></head><body><nav><a href="/">Home</a></nav><article><h1>Ropes</h1>
<p>A rope is a binary tree whose leaves hold short strings and whose inner nodes hold ` +
	`the length of their left subtree, so that insertion in the middle of a long text costs little.</p>
<h2>Cost</h2><p>Concatenation takes constant time, while reading a character takes time ` +
	`that grows with the logarithm of the number of leaves, which for editors is a good bargain indeed.</p>
<ul><li>Insertion is cheap because no characters move</li><li>Undo is cheap because old nodes are shared</li></ul>
<pre><code>func Concat(a, b *Node) *Node {
	return &amp;Node{Left: a, Right: b}
}</code></pre>
<p>The structure was described in 1995 and is in use in several editors today, often with a gap buffer in each leaf.</p></article>
<footer>© Example</footer></body></html>`

// Serve serves h until the test ends.
func Serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// Site serves pages by path, and returns its address and a Retriever that may
// read them. A page "→/path" redirects there, one that begins with "403 " has that
// status.
func Site(t testing.TB, pages map[string]string) (base string, r *evidence.Retriever) {
	t.Helper()
	s := Serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, ok := pages[req.URL.Path]
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasPrefix(body, "→"):
			http.Redirect(w, req, strings.TrimPrefix(body, "→"), http.StatusFound)
		case strings.HasPrefix(body, "403 "):
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, body[4:])
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, body)
		}
	}))
	return s.URL, New(t, evidence.Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}, CacheDir: CacheDir(t)})
}
