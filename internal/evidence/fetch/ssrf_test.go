package fetch

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// refusedAddresses are forms of special-purpose addresses; each must be refused
// before a byte is sent.
var refusedAddresses = map[string]string{
	"loopback":               "127.0.0.1",
	"loopback, other":        "127.8.9.10",
	"loopback, short":        "127.1",
	"loopback, one number":   "2130706433",
	"loopback, octal":        "0177.0.0.1",
	"loopback, octal number": "017700000001",
	"loopback, hex":          "0x7f.0x0.0x0.0x1",
	"loopback, hex number":   "0x7f000001",
	"loopback, mixed":        "0x7f.1",
	"loopback, full width":   "１２７.０.０.１",
	"loopback, circled":      "①②⑦.⓪.⓪.①",
	"loopback, other dot":    "127。0。0。1",
	"loopback, final dot":    "127.0.0.1.",
	"loopback, v6":           "[::1]",
	"loopback, v6 long":      "[0:0:0:0:0:0:0:1]",
	"unspecified":            "0.0.0.0",
	"unspecified, zero":      "0",
	"unspecified, v6":        "[::]",
	"this network":           "0.1.2.3",
	"private 10":             "10.0.0.1",
	"private 10, number":     "167772161",
	"private 172":            "172.16.0.1",
	"private 172, end":       "172.31.255.255",
	"private 192":            "192.168.1.1",
	"private, octal":         "0300.0250.1.1",
	"carrier NAT":            "100.64.0.1",
	"link local":             "169.254.1.1",
	"AWS, GCP, Azure":        "169.254.169.254",
	"metadata, number":       "2852039166",
	"metadata, hex":          "0xa9fea9fe",
	"metadata, octal":        "0251.0376.0251.0376",
	"AWS ECS":                "169.254.170.2",
	"AWS, v6":                "[fd00:ec2::254]",
	"Alibaba":                "100.100.100.200",
	"Oracle":                 "192.0.0.192",
	"Azure wire server":      "168.63.129.16",
	"Azure, number":          "2822734096",
	"Azure, mapped":          "[::ffff:168.63.129.16]",
	"IETF":                   "192.0.0.1",
	"documentation 1":        "192.0.2.1",
	"documentation 2":        "198.51.100.1",
	"documentation 3":        "203.0.113.1",
	"benchmarking":           "198.18.0.1",
	"6to4 relay":             "192.88.99.1",
	"multicast":              "224.0.0.1",
	"reserved":               "240.0.0.1",
	"broadcast":              "255.255.255.255",
	"mapped loopback":        "[::ffff:127.0.0.1]",
	"mapped loopback, hex":   "[::ffff:7f00:1]",
	"mapped private":         "[::ffff:10.0.0.1]",
	"mapped metadata":        "[::ffff:a9fe:a9fe]",
	"compatible loopback":    "[::127.0.0.1]",
	"translated":             "[::ffff:0:127.0.0.1]",
	"NAT64 loopback":         "[64:ff9b::127.0.0.1]",
	"NAT64 metadata":         "[64:ff9b::a9fe:a9fe]",
	"NAT64 local":            "[64:ff9b:1::1]",
	"6to4 loopback":          "[2002:7f00:1::]",
	"6to4 private":           "[2002:a00:1::]",
	"6to4 metadata":          "[2002:a9fe:a9fe::]",
	"Teredo":                 "[2001:0:7f00:1::]",
	"documentation, v6":      "[2001:db8::1]",
	"documentation, v6 2":    "[3fff::1]",
	"unique local":           "[fc00::1]",
	"unique local 2":         "[fd12:3456::1]",
	"link local, v6":         "[fe80::1]",
	"link local, zone":       "[fe80::1%25eth0]",
	"site local":             "[fec0::1]",
	"multicast, v6":          "[ff02::1]",
	"discard":                "[100::1]",
	"segment routing":        "[5f00::1]",
	"localhost":              "localhost",
	"localhost, dot":         "localhost.",
	"localhost, capitals":    "LOCALHOST",
	"below localhost":        "x.localhost",
	"GCP by name":            "metadata.google.internal",
	"local":                  "printer.local",
	"home":                   "router.home.arpa",
}

func TestSpecialAddressesAreRefused(t *testing.T) {
	c := newClient(t, Options{})
	for name, host := range refusedAddresses {
		t.Run(name, func(t *testing.T) {
			_, err := c.Get(t.Context(), Request{URL: "http://" + host + "/latest?token=s3cr3t"})
			wantRefused(t, err)
		})
	}
}

// wantRefused holds an error to be the guard's, to say how to allow the target, and to hide the
// secret that the link held.
func wantRefused(t *testing.T, err error) {
	t.Helper()
	if ReasonOf(err) != PrivateAddress {
		t.Fatalf("got %q (%v), want %q", ReasonOf(err), err, PrivateAddress)
	}
	if s := err.Error(); !strings.Contains(s, "COMMENTATOR_FETCH_ALLOW") || strings.Contains(s, "s3cr3t") {
		t.Errorf("text: %s", s)
	}
}

func TestRedirectsToSpecialAddressesAreRefused(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(302)
	})
	c := newClient(t, Options{Allow: []string{hostOf(s)}})
	for name, host := range refusedAddresses {
		t.Run(name, func(t *testing.T) {
			_, err := c.Get(t.Context(), Request{URL: s.URL + "/?to=" + url.QueryEscape("http://"+host+"/")})
			wantRefused(t, err)
		})
	}
}

func TestNamesThatResolveToSpecialAddressesAreRefused(t *testing.T) {
	answers := map[string][][]string{}
	for i, addr := range []string{"127.0.0.1", "10.1.2.3", "169.254.169.254", "168.63.129.16", "::1", "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::", "100.64.0.1"} {
		answers[fmt.Sprintf("n%d.example.com", i)] = [][]string{{addr}}
	}
	resolver, _ := dnsServer(t, answers)
	c := newClient(t, Options{Resolver: resolver})
	for name := range answers {
		_, err := c.Get(t.Context(), Request{URL: "http://" + name + "/"})
		wantRefused(t, err)
	}
}

// A name that is public at the first look-up and private at the second gains
// nothing: the check is made on the address that is dialled.
func TestChangingAnswersAreRefused(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "secret") })
	_, port, _ := net.SplitHostPort(hostOf(s))
	resolver, questions := dnsServer(t, map[string][][]string{
		"rebind.example.com": {{"203.0.114.1"}, {"127.0.0.1"}},
		"start.example.com":  {{"127.0.0.1"}},
	})
	redirect := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://rebind.example.com:"+port+"/", 302)
	})
	_, first, _ := net.SplitHostPort(hostOf(redirect))
	c := newClient(t, Options{Resolver: resolver, Allow: []string{"start.example.com:" + first, "203.0.114.1:" + port}})
	// The first look-up is spent by somebody who checks before fetching.
	if _, err := resolver.LookupHost(t.Context(), "rebind.example.com"); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), Request{URL: "http://start.example.com:" + first + "/"})
	if r := ReasonOf(err); r != PrivateAddress && r != ForbiddenPort {
		t.Fatalf("got %v", err)
	}
	if questions.Load() < 3 {
		t.Errorf("%d look-ups; the second answer was not seen", questions.Load())
	}
}

// recordingProxy is an HTTP proxy that connects everything to one server and
// remembers what it was asked for.
type recordingProxy struct {
	mu    sync.Mutex
	asked []string
}

func (p *recordingProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.RequestURI+" Host:"+r.Host)
	p.mu.Unlock()
	if r.Method == http.MethodConnect {
		if !strings.HasSuffix(r.RequestURI, ":80") {
			w.WriteHeader(502)
			return
		}
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		inner, err := http.ReadRequest(rw.Reader)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.asked = append(p.asked, inner.Method+" "+inner.RequestURI+" Host:"+inner.Host)
		p.mu.Unlock()
		if inner.RequestURI == "/bounce" {
			fmt.Fprint(conn, "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\nthrough the proxy")
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "through the proxy")
}

// take returns what the proxy was asked for since the last call.
func (p *recordingProxy) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.asked
	p.asked = nil
	return a
}

func TestThroughAProxyTheSameIsRefused(t *testing.T) {
	proxy := &recordingProxy{}
	s := httptest.NewServer(proxy)
	defer s.Close()
	at, _ := url.Parse(s.URL)
	resolver, _ := dnsServer(t, map[string][][]string{
		"public.example.com":  {{"203.0.114.7"}},
		"private.example.com": {{"192.168.7.7"}},
		"mixed.example.com":   {{"203.0.114.7", "10.0.0.7"}},
	})
	c := newClient(t, Options{Resolver: resolver, Proxy: http.ProxyURL(at)})
	for name, host := range refusedAddresses {
		_, err := c.Get(t.Context(), Request{URL: "http://" + host + "/?token=s3cr3t"})
		if ReasonOf(err) != PrivateAddress {
			t.Errorf("%s: got %v", name, err)
		}
		_, err = c.Get(t.Context(), Request{URL: "https://" + host + "/"})
		if ReasonOf(err) != PrivateAddress {
			t.Errorf("%s by https: got %v", name, err)
		}
	}
	for _, link := range []string{"http://private.example.com/", "https://private.example.com/", "http://mixed.example.com/"} {
		_, err := c.Get(t.Context(), Request{URL: link})
		wantRefused(t, err)
	}
	if asked := proxy.take(); len(asked) != 0 {
		t.Fatalf("the proxy was asked: %v", asked)
	}
	res, err := c.Get(t.Context(), Request{URL: "http://public.example.com/page"})
	if err != nil || string(res.Body) != "through the proxy" {
		t.Fatalf("public page: %v", err)
	}
	// The checked address, not the name, so that no second look-up can differ.
	if asked := proxy.take(); len(asked) != 2 || !strings.HasPrefix(asked[0], "CONNECT 203.0.114.7:80 ") ||
		asked[1] != "GET /page Host:public.example.com" {
		t.Errorf("asked %v", asked)
	}
	_, err = c.Get(t.Context(), Request{URL: "http://public.example.com/bounce"})
	wantRefused(t, err)
	if _, err = c.Get(t.Context(), Request{URL: "https://public.example.com/"}); ReasonOf(err) != Proxy {
		t.Errorf("a proxy that fails: %v", err)
	}
	if asked := proxy.take(); len(asked) != 3 || !strings.HasPrefix(asked[2], "CONNECT 203.0.114.7:443") {
		t.Errorf("asked %v", asked)
	}
	if _, err := c.Get(t.Context(), Request{URL: "http://unknown.example.com/"}); ReasonOf(err) != DNS {
		t.Errorf("unknown name: %v", err)
	}
}

func TestProxyThatResolvesIsAskedByName(t *testing.T) {
	proxy := &recordingProxy{}
	s := httptest.NewServer(proxy)
	defer s.Close()
	at, _ := url.Parse(s.URL)
	resolver, _ := dnsServer(t, map[string][][]string{"private.example.com": {{"10.0.0.1"}}})
	c := newClient(t, Options{Resolver: resolver, Proxy: http.ProxyURL(at), ProxyResolves: true})
	if _, err := c.Get(t.Context(), Request{URL: "http://unknown.example.com/a"}); err != nil {
		t.Fatal(err)
	}
	if asked := proxy.take(); len(asked) != 1 || !strings.HasPrefix(asked[0], "GET http://unknown.example.com/a") {
		t.Errorf("asked %v", asked)
	}
	_, err := c.Get(t.Context(), Request{URL: "http://private.example.com/"})
	wantRefused(t, err)
}

func TestAllowList(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	_, port, _ := net.SplitHostPort(hostOf(s))
	resolver, _ := dnsServer(t, map[string][][]string{"wiki.example.com": {{"127.0.0.1"}}})
	for _, c := range []struct {
		allow, host string
		reason      Reason
	}{
		{"127.0.0.1", "127.0.0.1", ""},
		{"127.0.0.1:" + port, "127.0.0.1", ""},
		{"127.0.0.0/8", "127.0.0.1", ""},
		{"wiki.example.com", "wiki.example.com", ""},
		{"WIKI.example.com:" + port, "wiki.example.com", ""},
		{"127.0.0.1", "wiki.example.com", ""},
		{"127.0.0.1:1", "127.0.0.1", ForbiddenPort},
		{"wiki.example.com:1", "wiki.example.com", ForbiddenPort},
		{"example.com", "wiki.example.com", ForbiddenPort},
		{"10.0.0.0/8", "127.0.0.1", ForbiddenPort},
	} {
		client := newClient(t, Options{Allow: []string{c.allow}, Resolver: resolver})
		_, err := client.Get(t.Context(), Request{URL: "http://" + c.host + ":" + port + "/"})
		if ReasonOf(err) != c.reason {
			t.Errorf("allow %s, fetch %s: %v", c.allow, c.host, err)
		}
	}
	for _, bad := range []string{"http://x/", "a b", "host:port", "*.example.com", "1.2.3.4/99", "x:99999"} {
		if _, err := New(Options{Allow: []string{bad}}); err == nil || !strings.Contains(err.Error(), "CIDR") {
			t.Errorf("allow-list entry %q: %v", bad, err)
		}
	}
}

func TestResponseHeadersAreBounded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("a", 1000)); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	c := newClient(t, Options{Allow: []string{l.Addr().String()}})
	if _, err := c.Get(t.Context(), Request{URL: "http://" + l.Addr().String() + "/"}); ReasonOf(err) != TooLarge {
		t.Errorf("got %v", err)
	}
}
