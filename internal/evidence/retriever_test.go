package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const article = `<!doctype html><html lang="en"><head><title>Ropes | Example</title>
<meta property="og:site_name" content="Example"><meta property="og:description" content="About ropes.">
<link rel="canonical" href="/ropes"></head><body><nav><a href="/">Home</a></nav><article><h1>Ropes</h1>
<p>A rope is a binary tree whose leaves hold short strings and whose inner nodes hold the length of their left subtree, so that insertion in the middle of a long text costs little.</p>
<h2>Cost</h2><p>Concatenation takes constant time, while reading a character takes time that grows with the logarithm of the number of leaves, which for editors is a good bargain indeed.</p>
<ul><li>Insertion is cheap because no characters move</li><li>Undo is cheap because old nodes are shared</li></ul>
<pre><code>func Concat(a, b *Node) *Node {
	return &amp;Node{Left: a, Right: b}
}</code></pre>
<p>The structure was described in 1995 and is in use in several editors today, often with a gap buffer in each leaf.</p></article>
<footer>© Example</footer></body></html>`

func newRetriever(t *testing.T, c Config) *Retriever {
	t.Helper()
	c.NoPauses = true
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestPageBecomesEvidence(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, article)
	}))
	r := newRetriever(t, Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
	ev, err := r.Retrieve(t.Context(), s.URL+"/ropes?token=s3cr3t&utm=1")
	if err != nil {
		t.Fatal(err)
	}
	if ev.Title != "Ropes" || ev.Lang != "en" || ev.SiteName != "Example" || ev.AdapterName != "GenericAdapter" ||
		ev.Coverage != job.CoverageFull || ev.Description != "About ropes." || ev.CanonicalURL != s.URL+"/ropes" {
		t.Errorf("metadata: %+v", ev)
	}
	for _, want := range []string{"A rope is a binary tree", "## Cost", "- Insertion is cheap", "```\nfunc Concat", "described in 1995"} {
		if !strings.Contains(ev.Text, want) {
			t.Errorf("text lacks %q:\n%s", want, ev.Text)
		}
	}
	if strings.Contains(ev.Text, "Home") || strings.Contains(ev.Text, "©") {
		t.Errorf("text has boilerplate:\n%s", ev.Text)
	}
	if len(ev.Snippets) == 0 || len(ev.Snippets[0].SHA256) != 64 || ev.Snippets[0].SourceURL == "" || ev.Snippets[0].Position == "" {
		t.Errorf("snippets: %+v", ev.Snippets)
	}
	if strings.Contains(ev.URL+ev.FinalURL, "s3cr3t") {
		t.Errorf("a secret stays in %s %s", ev.URL, ev.FinalURL)
	}
}

func TestALongPageIsReadInPart(t *testing.T) {
	page := strings.Replace(article, "<footer>", strings.Repeat("<p>And so it goes on and on for pages.</p>\n", 200_000)+"<footer>", 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		if strings.HasSuffix(r.URL.Path, ".txt") {
			w.Header().Set("Content-Type", "text/plain")
			w.Write(bytes.Repeat([]byte("line after line\n"), len(page)/16))
			return
		}
		io.WriteString(w, page)
	}))
	r := newRetriever(t, Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
	ev, err := r.Retrieve(t.Context(), s.URL+"/x.txt")
	if err != nil || ev.Coverage != job.CoveragePartial || !strings.Contains(strings.Join(ev.Errors, " "), "larger than 5 MB") {
		t.Errorf("%v %s %v", err, ev.Coverage, ev.Errors)
	}
}

func TestFailuresAreOneClearSentence(t *testing.T) {
	block := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop2", 302) })
	mux.HandleFunc("/loop2", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", 302) })
	mux.HandleFunc("/hops/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", 302) })
	mux.HandleFunc("/tofile", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "file:///etc/passwd", 302) })
	mux.HandleFunc("/tolocal", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://127.0.0.1:1/", 302) })
	mux.HandleFunc("/tometa", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/", 302)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("<p>more</p>"), 1000)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 64 {
			z.Write(zeros)
		}
		z.Close()
	})
	mux.HandleFunc("/binary", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	})
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/blank", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html><body></body></html>") })
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/trickle", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	s := serve(t, mux)
	defer close(block)
	allow := []string{strings.TrimPrefix(s.URL, "http://")}
	patient := newRetriever(t, Config{Allow: allow})
	hasty := newRetriever(t, Config{Allow: allow, HeaderTimeout: 200 * time.Millisecond, Timeout: 600 * time.Millisecond})
	for _, c := range []struct {
		name, url string
		reason    Reason
		says      string
	}{
		{"no URL", "hello world", fetch.NotAURL, "spaces"},
		{"nothing", "", fetch.NotAURL, "empty"},
		{"no host", "https:///x", fetch.NotAURL, "host"},
		{"bare word", "example.com/x", fetch.NotAURL, "scheme"},
		{"file", "file:///etc/passwd", fetch.WrongScheme, "file:"},
		{"data", "data:text/html,hi", fetch.WrongScheme, "data:"},
		{"script", "javascript:alert(1)", fetch.WrongScheme, "javascript:"},
		{"private", "http://192.168.0.1/?token=s3cr3t", fetch.PrivateAddress, "COMMENTATOR_FETCH_ALLOW"},
		{"port", "http://1.1.1.1:22/", fetch.ForbiddenPort, "port 22"},
		{"404", s.URL + "/404?api_key=s3cr3t", fetch.NotFound, "404 Not Found"},
		{"500", s.URL + "/500", fetch.ServerError, "500"},
		{"loop", s.URL + "/loop", fetch.RedirectLoop, "circle"},
		{"too many hops", s.URL + "/hops/", fetch.TooManyHops, "more than 5"},
		{"redirect to a file", s.URL + "/tofile", fetch.BadRedirect, "redirects"},
		{"redirect into this machine", s.URL + "/tolocal", fetch.ForbiddenPort, "port 1"},
		{"redirect to metadata", s.URL + "/tometa", fetch.PrivateAddress, "169.254.169.254"},
		{"endless", s.URL + "/endless", fetch.TooLarge, "5 MB"},
		{"bomb", s.URL + "/bomb", fetch.Bomb, "unpack"},
		{"binary", s.URL + "/binary", fetch.NotText, "not a page"},
		{"empty", s.URL + "/empty", fetch.Empty, "empty"},
		{"blank", s.URL + "/blank", fetch.Empty, "hardly any text"},
		{"silent", s.URL + "/silent", fetch.Timeout, "did not answer"},
		{"trickle", s.URL + "/trickle", fetch.Timeout, "within"},
		{"dns", "https://no-such-host.invalid/", fetch.DNS, "no-such-host.invalid"},
		{"userinfo", "http://user:s3cr3t@127.0.0.1:1/", fetch.ForbiddenPort, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := patient
			if c.reason == fetch.Timeout {
				r = hasty
			}
			ev, err := r.Retrieve(context.Background(), c.url)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want *Error", err)
			}
			if e.Reason != c.reason {
				t.Errorf("reason %q, want %q (%v; cause %v)", e.Reason, c.reason, e, e.Err)
			}
			if !strings.Contains(e.Error(), c.says) {
				t.Errorf("text %q lacks %q", e.Error(), c.says)
			}
			if strings.Contains(e.Error(), "s3cr3t") || strings.ContainsAny(e.Error(), "\n") {
				t.Errorf("text %q", e.Error())
			}
			if ev == nil || ev.Coverage != job.CoverageFailed || len(ev.Errors) != 1 || ev.Snippets == nil {
				t.Errorf("evidence %+v", ev)
			}
		})
	}
}
