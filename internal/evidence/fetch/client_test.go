package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestLinksAreReadAsTyped(t *testing.T) {
	for _, c := range []struct {
		in, want string
		reason   Reason
	}{
		{"HTTPS://Example.COM", "https://example.com/", ""},
		{" https://example.com:443/a#b ", "https://example.com/a", ""},
		{"http://example.com:80", "http://example.com/", ""},
		{"https://user:p@example.com/", "https://example.com/", ""},
		{"https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4", ""},
		{"https://example.com/100%?q=5%", "https://example.com/100%25?q=5%", ""},
		{"https://my_host.example.com/", "https://my_host.example.com/", ""},
		{"http://0x7f.1/", "http://127.0.0.1/", ""},
		{"http://[::ffff:1.2.3.4]/", "http://1.2.3.4/", ""},
		{"http://1.2.3.4.5/", "", NotAURL},
		{"http://256.1.1.1/", "", NotAURL},
		{"http://example.com:99999/", "", NotAURL},
		{"http://exa mple.com/", "", NotAURL},
		{"http:///x", "", NotAURL},
		{"http:example.com", "", NotAURL},
		{"//example.com/x", "", NotAURL},
		{"ftp://example.com/", "", WrongScheme},
		{"gopher://example.com/", "", WrongScheme},
		{"https://" + strings.Repeat("a", 9000), "", NotAURL},
		{"https://example.com/" + strings.Repeat("\xe5", 3000), "", NotAURL}, // 9,000 once escaped
	} {
		u, err := Parse(c.in)
		if ReasonOf(err) != c.reason {
			t.Errorf("Parse(%.40q): %v", c.in, err)
		}
		if err == nil && u.String() != c.want {
			t.Errorf("Parse(%q) = %s, want %s", c.in, u, c.want)
		}
	}
}

func TestARedirectKeepsWhatItNamesOnThePage(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			io.WriteString(w, r.URL.Path+r.URL.Fragment)
			return
		}
		w.Header().Set("Location", "/100%/a#L3-L%20")
		w.WriteHeader(302)
	})
	res, err := newClient(t, Options{Allow: []string{"127.0.0.1"}}).Get(t.Context(), Request{URL: s.URL})
	if err != nil || res.FinalURL.String() != s.URL+"/100%25/a#L3-L%20" || string(res.Body) != "/100%/a" {
		t.Errorf("%v, %v", res, err)
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	var leaked atomic.Value
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		leaked.Store(r.Header.Get("Authorization") + r.Header.Get("Cookie") + r.Header.Get("Referer"))
		io.WriteString(w, "ok")
	})
	own := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cr3t" {
			t.Error("the token is not sent to its own host")
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, other.URL+"/", 302)
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}})
	_, err := c.Get(t.Context(), Request{URL: own.URL, Header: http.Header{"Authorization": {"Bearer s3cr3t"}}})
	if err != nil || leaked.Load() != "" {
		t.Errorf("leaked %q, error %v", leaked.Load(), err)
	}
}

func TestTheSameLinkTwiceCostsOneBody(t *testing.T) {
	var bodies, notModified int
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			notModified++
			w.WriteHeader(304)
			return
		}
		bodies++
		io.WriteString(w, "hello")
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}})
	for i := range 3 {
		res, err := c.Get(t.Context(), Request{URL: s.URL + "/a"})
		if err != nil || string(res.Body) != "hello" || res.FromCache != (i > 0) {
			t.Fatalf("fetch %d: %+v %v", i, res, err)
		}
	}
	if bodies != 1 || notModified != 2 {
		t.Errorf("%d bodies, %d not modified", bodies, notModified)
	}
	if _, err := c.Get(t.Context(), Request{URL: s.URL + "/a", Header: http.Header{"Authorization": {"x"}}}); err != nil || bodies != 2 {
		t.Errorf("an answer is shared between credentials: %d bodies, %v", bodies, err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	small := http.Header{"Etag": {"x"}}
	for name, fill := range map[string]*Response{
		"by bodies":  {Status: 200, Body: make([]byte, 15_000), Header: small},
		"by headers": {Status: 200, Body: make([]byte, 1), Header: http.Header{"Etag": {"x"}, "X": {strings.Repeat("a", 15_000)}}},
		"by names":   {Status: 200, Body: make([]byte, 1), Header: http.Header{"Etag": {"x"}, strings.Repeat("X", 15_000): {""}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCache(100_000)
			for i := range 50 {
				c.put(fmt.Sprint(i), fill)
			}
			c.put("large", &Response{Status: 200, Body: make([]byte, 60_000), Header: small})
			c.put("bare", &Response{Status: 200, Body: make([]byte, 1)})
			c.put("not whole", &Response{Status: 200, Body: make([]byte, 1), Header: small, BrokeOff: true})
			if c.size > 100_000 || c.entries.Len() != 6 || c.get("49") == nil || c.get("0") != nil {
				t.Errorf("%d bytes in %d entries", c.size, c.entries.Len())
			}
			if c.get("large") != nil || c.get("bare") != nil || c.get("not whole") != nil {
				t.Error("what is not to be kept is")
			}
		})
	}
}

// A page whose connection broke was taken for whole, and from then on came so from the cache.
func TestAnAnswerThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	broken := true
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Length", "4000")
		n := 4000
		if broken {
			n = 2000
		}
		io.WriteString(w, strings.Repeat("a", n))
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}})
	if _, err := c.Get(t.Context(), Request{URL: s.URL}); ReasonOf(err) != Connect {
		t.Errorf("for who needs all of it: %v", err)
	}
	res, err := c.Get(t.Context(), Request{URL: s.URL, Truncate: true})
	if err != nil || len(res.Body) != 2000 || !res.BrokeOff || res.Missing("page") == "" {
		t.Errorf("for who can do with the beginning: %+v, %v", res, err)
	}
	broken = false
	res, err = c.Get(t.Context(), Request{URL: s.URL, Truncate: true})
	if err != nil || len(res.Body) != 4000 || res.FromCache || res.Missing("page") != "" {
		t.Errorf("when it is well again: %+v, %v", res, err)
	}
}

// What stands behind the end of a compressed page is no part of it, nor is a page that says its own end broken off.
func TestACompressedPageIsWholeWhateverComesBehind(t *testing.T) {
	compressed := func(s string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, s); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	page := strings.Repeat("The quick brown fox. ", 100)
	for name, c := range map[string]struct {
		sent   string
		length int // that is declared; 0 for that of sent
		want   string
		broken bool
	}{
		"nothing":             {sent: compressed(page), want: page},
		"zeros":               {sent: compressed(page) + strings.Repeat("\x00", 512), want: page},
		"a word":              {sent: compressed(page) + "ok", want: page},
		"a second part":       {sent: compressed(page) + compressed("") + compressed("and more"), want: page + "and more"},
		"no part at all":      {sent: compressed(""), want: ""},
		"the length unpacked": {sent: compressed(page), length: len(page), want: page},
		"a torn part":         {sent: compressed(page) + compressed(page)[:30], want: page, broken: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.Header().Set("Content-Length", strconv.Itoa(max(c.length, len(c.sent))))
				io.WriteString(w, c.sent)
			})
			client := newClient(t, Options{Allow: []string{"127.0.0.1"}})
			res, err := client.Get(t.Context(), Request{URL: s.URL, Truncate: true})
			if err != nil || !strings.HasPrefix(string(res.Body), c.want) || res.BrokeOff != c.broken || !c.broken && len(res.Body) != len(c.want) {
				t.Errorf("%v, %+v", err, res)
			}
			if _, err := client.Get(t.Context(), Request{URL: s.URL}); (err != nil) != c.broken {
				t.Errorf("for who needs all of it: %v", err)
			}
		})
	}
}

// What decodes to nothing never reaches the bound on what was decoded, and used a processor for as long as the fetch
// might take.
func TestACompressedBodyIsBoundedAsItIsSentToo(t *testing.T) {
	var sent atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_ = z.Flush()
		empty := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 10_000) // stored blocks of no byte
		for {
			n, err := w.Write(empty)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}})
	if _, err := c.Get(t.Context(), Request{URL: s.URL, MaxBytes: 100_000, Truncate: true}); ReasonOf(err) != TooLarge {
		t.Errorf("%v after %d bytes", err, sent.Load())
	}
}

// While eight slow servers kept all fetches busy, a ninth link had what was left of its own time.
func TestTheFetchesOfOthersAreNotASitesSlowness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, Options{Timeout: time.Second, Allow: []string{"a.example"}})
		c.direct.DialContext = func(context.Context, string, string) (net.Conn, error) {
			own, server := net.Pipe()
			go func() {
				defer server.Close()
				if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood")
				}
			}()
			return own, nil
		}
		for range cap(c.slots) {
			c.slots <- struct{}{}
		}
		time.AfterFunc(3*time.Second, func() { <-c.slots })
		if res, err := c.Get(t.Context(), Request{URL: "http://a.example/"}); err != nil || string(res.Body) != "good" {
			t.Errorf("%v, %v", res, err)
		}
	})
}

func TestRequestsToOneHostAreSpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(map[string]time.Duration{"arxiv.org": 3 * time.Second, "": time.Second})
		start := time.Now()
		for _, host := range []string{"export.arxiv.org", "arxiv.org", "www.arxiv.org"} {
			if err := p.wait(t.Context(), host); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 6*time.Second {
			t.Errorf("three requests took %s, want 6s", d)
		}
		start = time.Now()
		for range 6 {
			if err := p.wait(t.Context(), "example.com"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("six requests took %s, want 2s after a burst of four", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2) // the turn is a second away
		defer cancel()
		var e *Error
		if err := p.wait(ctx, "arxiv.org"); !errors.As(err, &e) || e.Reason != RateLimited {
			t.Errorf("got %v", err)
		}
	})
}

func TestRobotsIsHonouredWhereAsked(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			io.WriteString(w, "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /private\nAllow: /private/open$\nDisallow: /*.pdf$\n")
			return
		}
		io.WriteString(w, "hello")
	})
	polite := newClient(t, Options{Allow: []string{"127.0.0.1"}, Robots: "all"})
	for path, want := range map[string]Reason{"/": "", "/private/x": Robots, "/private/open": "", "/private/open2": Robots, "/a.pdf": Robots, "/a.pdf?x": ""} {
		if _, err := polite.Get(t.Context(), Request{URL: s.URL + path}); ReasonOf(err) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	asked := newClient(t, Options{Allow: []string{"127.0.0.1"}})
	if _, err := asked.Get(t.Context(), Request{URL: s.URL + "/private/x"}); err != nil {
		t.Error(err)
	}
	if _, err := New(Options{Robots: "sometimes"}); err == nil {
		t.Error("an unknown setting is accepted")
	}
}

func TestEachFetchIsOneSpanWithoutSecrets(t *testing.T) {
	rec := tracetest.NewSpanRecorder()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(rec))
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}, TracerProvider: tp})
	_, err := c.Get(t.Context(), Request{URL: s.URL + "/x?token=s3cr3t", Header: http.Header{"Authorization": {"s3cr3t"}}})
	if ReasonOf(err) != NotFound {
		t.Fatal(err)
	}
	spans := rec.Ended()
	if len(spans) != 1 {
		t.Fatalf("%d spans", len(spans))
	}
	text := fmt.Sprint(spans[0].Name(), spans[0].SpanKind(), spans[0].Attributes(), spans[0].Status(), spans[0].Events())
	for _, want := range []string{"client", "http.response.status_code", "404", "not_found", "server.port"} {
		if !strings.Contains(text, want) {
			t.Errorf("span lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "s3cr3t") {
		t.Errorf("span holds a secret: %s", text)
	}
}

func TestUserAgentIsSentAsSet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.UserAgent()) })
	c := newClient(t, Options{Allow: []string{"127.0.0.1"}, UserAgent: "Bot/1 (+https://example.com)"})
	res, err := c.Get(t.Context(), Request{URL: s.URL})
	if err != nil || string(res.Body) != "Bot/1 (+https://example.com)" {
		t.Errorf("%v %v", res, err)
	}
}
