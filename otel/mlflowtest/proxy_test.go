package mlflowtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheProxyFailsAsItIsTold(t *testing.T) {
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived.Add(1)
		_, _ = io.WriteString(w, r.URL.Path+" "+string(body))
	}))
	defer server.Close()
	p := NewProxy(t, server.URL, "/team", false)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for name, c := range map[string]struct {
		fault   Fault
		status  int // 0: no answer
		body    string
		arrives int64
	}{
		"none":         {Fault{}, 200, "/x hello", 1},
		"status":       {Fault{Status: 503, Body: "closed", Header: map[string]string{"Retry-After": "7"}}, 503, "closed", 0},
		"cut before":   {Fault{CutBefore: true}, 0, "", 0},
		"cut after":    {Fault{CutAfter: true}, 0, "", 1},
		"hang":         {Fault{Hang: true}, 0, "", 0},
		"hang, though": {Fault{Hang: true, CutAfter: true}, 0, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p.Reset()
			arrived.Store(0)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p.SetFault(func(r Request) Fault {
				if c.fault.Hang { // until it is clear what arrives
					go func() {
						for deadline := time.Now().Add(time.Minute); arrived.Load() < c.arrives && time.Now().Before(deadline); {
							time.Sleep(time.Millisecond)
						}
						cancel()
					}()
				}
				return c.fault
			})
			req, err := http.NewRequestWithContext(ctx, http.MethodPut, p.URL+"/x", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if c.status == 0 {
				if err == nil {
					t.Errorf("answered %s", resp.Status)
				}
			} else if err != nil {
				t.Error(err)
			} else {
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != c.status || string(body) != c.body || resp.Header.Get("Retry-After") != c.fault.Header["Retry-After"] {
					t.Errorf("answered %s %q %v", resp.Status, body, resp.Header)
				}
			}
			if n := arrived.Load(); n != c.arrives {
				t.Errorf("%d requests arrived, want %d", n, c.arrives)
			}
			if r := p.Requests(); len(r) != 1 || r[0].N != 1 || r[0].Method != http.MethodPut || r[0].Path != "x" || string(r[0].Body) != "hello" {
				t.Errorf("requests %+v", r)
			}
		})
	}
	resp, err := client.Get(strings.TrimSuffix(p.URL, "/team") + "/x")
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("without the prefix: %v, %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
}

func TestTheProxySpeaksTLS(t *testing.T) {
	p := NewProxy(t, "http://127.0.0.1:1", "", true)
	if !strings.HasPrefix(p.URL, "https://") || p.Certificate() == nil {
		t.Errorf("%s, certificate %v", p.URL, p.Certificate())
	}
}
