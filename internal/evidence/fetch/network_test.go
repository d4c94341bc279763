package fetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client that ignores the proxy of the environment.
func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Proxy == nil {
		o.Proxy = noProxy
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve serves h until the test ends.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// hostOf is the host:port of a test server.
func hostOf(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// dnsServer answers A and AAAA questions from answers: one list of addresses a
// look-up, the last one for all further ones.
func dnsServer(t *testing.T, answers map[string][][]string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var questions atomic.Int64
	counts := map[string]int{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			name := strings.TrimSuffix(q.Name.String(), ".")
			m.Response, m.Additionals = true, nil
			lists, ok := answers[name]
			if !ok {
				m.RCode = dnsmessage.RCodeNameError
			} else {
				if q.Type == dnsmessage.TypeA {
					questions.Add(1)
					counts[name]++
				}
				for _, s := range lists[min(max(counts[name]-1, 0), len(lists)-1)] {
					a := netip.MustParseAddr(s)
					h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
					switch {
					case a.Is4() && q.Type == dnsmessage.TypeA:
						h.Type = dnsmessage.TypeA
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
					case a.Is6() && q.Type == dnsmessage.TypeAAAA:
						h.Type = dnsmessage.TypeAAAA
						m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
					}
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, &questions
}
