package evidence_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/evidence/evidencetest"
	"github.com/technoshare/commentator/internal/evidence/fetch"
	"github.com/technoshare/commentator/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPageBecomesEvidence(t *testing.T) {
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, evidencetest.Article)
	}))
	r := evidencetest.New(t, evidence.Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
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
	much := strings.Repeat("<p>And so it goes on and on for pages.</p>\n", 200_000)
	page := strings.Replace(evidencetest.Article, "<footer>", much+"<footer>", 1)
	s := evidencetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		if strings.HasSuffix(r.URL.Path, ".txt") {
			w.Header().Set("Content-Type", "text/plain")
			w.Write(bytes.Repeat([]byte("line after line\n"), len(page)/16))
			return
		}
		io.WriteString(w, page[:len(evidencetest.Article)]) // and no more: it breaks off
	}))
	r := evidencetest.New(t, evidence.Config{Allow: []string{strings.TrimPrefix(s.URL, "http://")}})
	ev, err := r.Retrieve(t.Context(), s.URL+"/x.txt")
	if err != nil || ev.Coverage != job.CoveragePartial || !strings.Contains(strings.Join(ev.Errors, " "), "larger than 5 MB") {
		t.Errorf("%v %s %v", err, ev.Coverage, ev.Errors)
	}
	ev, err = r.Retrieve(t.Context(), s.URL+"/x")
	if err != nil || ev.Coverage != job.CoveragePartial || !strings.Contains(strings.Join(ev.Errors, " "), "broke off") {
		t.Errorf("%v %s %v", err, ev.Coverage, ev.Errors)
	}
}

// What a page says of itself is kept with the job and in its trace.
func TestWhatAPageSaysOfItselfIsBounded(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	feed := `<rss version="2.0"><channel><title>Ropes</title><link>https://example.com/` + long + `</link><pubDate>` + long +
		`</pubDate><language>` + long + `</language><item><title>A rope</title><link>https://example.com/` + long +
		`</link><description>It holds more than it did before.</description></item></channel></rss>`
	ev, err := evidencetest.New(t, evidence.Config{}).Extract(t.Context(), []byte(feed), "", "https://example.com/feed")
	if err != nil {
		t.Fatal(err)
	}
	ev.Text, ev.Snippets = "", nil
	if b, err := json.Marshal(ev); err != nil || len(b) > 10_000 {
		t.Errorf("%d bytes are known of it, %v", len(b), err)
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
	s := evidencetest.Serve(t, mux)
	defer close(block)
	allow := []string{strings.TrimPrefix(s.URL, "http://")}
	patient := evidencetest.New(t, evidence.Config{Allow: allow})
	hasty := evidencetest.New(t, evidence.Config{Allow: allow, HeaderTimeout: 200 * time.Millisecond, Timeout: 600 * time.Millisecond})
	for _, c := range []struct {
		name, url string
		reason    fetch.Reason
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
			var e *fetch.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want *fetch.Error", err)
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

func TestCancelledRetrievalEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := evidencetest.New(t, evidence.Config{})
	if _, err := r.Retrieve(ctx, "https://example.com/"); fetch.ReasonOf(err) != fetch.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	base, r := evidencetest.Site(t, map[string]string{"/x": evidencetest.Article})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			ev, err := r.Retrieve(t.Context(), base+"/x")
			for fetch.ReasonOf(err) == fetch.ParserTimeout { // the machine is busy, not the parser slow
				ev, err = r.Retrieve(t.Context(), base+"/x")
			}
			if err != nil || len(ev.Snippets) == 0 {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}

// Nothing that a page says reaches the evidence with a token in it.
func TestSecretsInLinksStayOut(t *testing.T) {
	const link = `<p><a href="https://user:pw-s3cr3t@example.com/?api_key=s3cr3t">link</a> `
	base, r := evidencetest.Site(t, map[string]string{"/x": strings.Replace(evidencetest.Article, "<p>", link, 1)})
	ev, err := r.Retrieve(t.Context(), base+"/x?access_token=s3cr3t#id_token=s3cr3t")
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := json.Marshal(ev); strings.Contains(string(raw), "s3cr3t") {
		t.Errorf("%s", raw)
	}
}
