package integration

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// crossing is a proxy whose server is another one from one request to the next, as
// when a name is pointed elsewhere: nobody's connection breaks.
type crossing struct {
	URL    string
	target atomic.Pointer[url.URL]
}

func newCrossing(t *testing.T, target string) *crossing {
	t.Helper()
	c := &crossing{}
	c.lead(t, target)
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		to := c.target.Load()
		r.SetURL(to)
		r.Out.Host = to.Host
	}})
	t.Cleanup(func() { proxy.Close(); transport.CloseIdleConnections() })
	c.URL = proxy.URL
	return c
}

func (c *crossing) lead(t *testing.T, target string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	c.target.Store(u)
}

// TestAServerIsAnotherFromOneRequestToTheNext, with another database and another
// release, and is the first again later. What was half on one of them when it went is
// on the other as a whole.
func TestAServerIsAnotherFromOneRequestToTheNext(t *testing.T) {
	needServers(t)
	const traces = 60
	older := mlflowtest.New(mlflowtest.WithVersion("3.8.1"))
	t.Cleanup(older.Stop)
	newURI, oldURI := server.URI(t), older.URI(t)
	address := newCrossing(t, newURI)
	s := newSender(t)
	s.start(newClient(t, address.URL))
	for range traces {
		s.send("a note")
	}
	s.untilDelivered(traces / 3)
	address.lead(t, oldURI)
	s.untilDelivered(2 * traces / 3)
	address.lead(t, newURI)
	s.untilEmpty()
	t.Logf("%d failed attempts: %.400q", len(s.failures()), s.failures())

	first := count(t, newClient(t, newURI), newURI, s.experiment)
	second := count(t, newClient(t, oldURI), oldURI, s.experiment)
	onFirst, onSecond := 0, 0
	for _, id := range s.sent {
		a, b := first[id].whole(), second[id].whole()
		switch {
		case a != nil && b != nil:
			t.Errorf("trace %s is lost: %v on the first server, %v on the second", id, a, b)
		case a == nil && b == nil:
			t.Errorf("trace %s is on both servers", id)
		case a == nil:
			onFirst++
		default:
			onSecond++
		}
		if first[id].doubled() || second[id].doubled() {
			t.Errorf("trace %s has runs twice", id)
		}
	}
	if onFirst+onSecond != traces || onSecond == 0 || len(first)+len(second) < traces {
		t.Errorf("%d traces on the first server, %d on the second", onFirst, onSecond)
	}
	t.Logf("%d traces on the first server, %d on the second", onFirst, onSecond)
}
