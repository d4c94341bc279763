//go:build linux

package chaos

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestPeersFailAsTheyAreTold asks through a proxy in each way; n 0 and 1 hit every request.
func TestPeersFailAsTheyAreTold(t *testing.T) {
	long := strings.Repeat("good answer ", 1000)
	for _, c := range []struct {
		way    Way
		n      int
		heard  int64 // requests of the peer
		status int   // 0: no answer
		whole  bool
		lost   int64
		misled int64
	}{
		{way: Refuse},
		{way: Reset, heard: 1, status: 200, lost: 1},
		{way: Hang},
		{way: Status, n: 1, status: 503},
		{way: Status, n: 3, status: 429},
		{way: Lost, heard: 1, lost: 1},
		{way: Late, heard: 1, lost: 1},
		{way: Empty, status: 200, misled: 1},
		{way: HTML, status: 200, misled: 1},
		{way: Wrong, status: 200, misled: 1},
		{way: Drip, heard: 1, status: 200, whole: true},
	} {
		t.Run(string(c.way), func(t *testing.T) {
			var heard, lost, misled atomic.Int64
			asked := make(chan struct{}, 2)
			peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				heard.Add(1)
				asked <- struct{}{}
				_, _ = io.WriteString(w, long)
			}))
			defer peer.Close()
			p := NewProxy(t, peer.URL)
			p.spoilt = func(_ http.Header, whole bool) {
				if !whole {
					lost.Add(1)
				}
			}
			p.misled = func([]byte) { misled.Add(1) }
			end := p.Fail(c.way, c.n)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			switch c.way {
			case Hang: // who waits gives up some time
				go func() {
					for _, failed := p.Counts(); failed == 0; _, failed = p.Counts() {
						time.Sleep(time.Millisecond)
					}
					cancel()
				}()
			case Drip, Late:
				go func() { <-asked; end() }()
			}
			status, body, err := get(ctx, p.URL+"/x")
			if status != c.status || (c.status == 0) != (err != nil && body == "") || (body == long) != c.whole {
				t.Errorf("status %d, %d bytes, %v", status, len(body), err)
			}
			p.drain()
			if heard.Load() != c.heard || lost.Load() != c.lost || misled.Load() != c.misled {
				t.Errorf("heard %d, lost %d, misled %d", heard.Load(), lost.Load(), misled.Load())
			}
			end()
			if status, body, err := get(t.Context(), p.URL+"/x"); status != 200 || body != long || err != nil {
				t.Errorf("afterwards: status %d, %d bytes, %v", status, len(body), err)
			}
		})
	}
}

func TestAPeerThatIsShutOffStaysSoWhateverFaultsComeAndGo(t *testing.T) {
	var heard atomic.Int64
	peer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer peer.Close()
	p := NewProxy(t, peer.URL)
	open := p.Shut()
	for _, way := range []Way{Lost, Status, HTML} {
		end := p.Fail(way, 0)
		if status, _, err := get(t.Context(), p.URL+"/x"); err == nil {
			t.Errorf("%s: answered with %d", way, status)
		}
		end()
		if _, _, err := get(t.Context(), p.URL+"/x"); err == nil {
			t.Errorf("answered when %s was over", way)
		}
	}
	open()
	if status, _, err := get(t.Context(), p.URL+"/x"); status != 200 || err != nil || heard.Load() != 1 {
		t.Errorf("afterwards: status %d, %v; heard %d", status, err, heard.Load())
	}
}

func get(ctx context.Context, url string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("question"))
	if err != nil {
		return 0, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(body), errors.Join(err, res.Body.Close())
}
