package mlflow

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rewrite replaces a file as the kubelet does: by another one of the same name.
func rewrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestATokenFileMayBeReplacedWhileRequestsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		i := newIssuer(0)
		give := func(token string, life time.Duration) {
			i.mu.Lock()
			i.tokens[token] = time.Now().Add(life)
			i.mu.Unlock()
			rewrite(t, path, token+"\n")
		}
		give("token-0", 70*time.Second)
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithTokenFile(path))
		end := time.Now().Add(10 * time.Minute)
		var wg sync.WaitGroup
		for n := range 5 {
			wg.Go(func() {
				for time.Now().Before(end) {
					if err := post(c, t.Context()); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(200+n) * time.Millisecond)
				}
			})
		}
		for n := 1; time.Now().Before(end); n++ {
			time.Sleep(time.Minute)
			give(fmt.Sprint("token-", n), 70*time.Second)
			if n == 3 { // for a moment there is nothing
				rewrite(t, path, "")
				time.Sleep(5 * time.Second)
				rewrite(t, path, "token-3")
			}
		}
		wg.Wait()
		if i.refused.Load() != 0 {
			t.Errorf("%d requests with an old token", i.refused.Load())
		}
	})
}

func TestATokenThatIsRefusedIsReadAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		rewrite(t, path, "old-token")
		i := newIssuer(0)
		i.tokens["new-token"] = time.Now().Add(time.Hour)
		c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithTokenFile(path))
		ctx, n := CountRequests(t.Context())
		if _, err := c.GetRun(ctx, "r"); !IsUnauthorized(err) || strings.Contains(err.Error(), "old-token") || n.Load() != 1 {
			t.Errorf("%d requests, %v", n.Load(), err)
		}
		rewrite(t, path, "new-token")
		if err := post(c, ctx); err != nil || n.Load() != 4 {
			t.Errorf("%d requests, %v", n.Load(), err)
		}
		if hid := strings.Join(c.auth.secrets(), " "); hid != "old-token new-token" {
			t.Errorf("masked are %s", hid)
		}
	})
}

func TestABodyThatCannotBeHadAgainIsNotSentAgain(t *testing.T) {
	i := newIssuer(time.Hour)
	c := made(t, "http://mlflow", WithTransport(inMemory{i}), WithOAuth2(oauth))
	if err := post(c, t.Context()); err != nil {
		t.Fatal(err)
	}
	i.revoke()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.OTLPEndpoint(), io.MultiReader(bytes.NewReader([]byte("x"))))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Transport().RoundTrip(req)
	if err == nil {
		resp.Body.Close()
	}
	if !IsUnauthorized(err) || i.asked() != 1 {
		t.Errorf("%d token requests, %v", i.asked(), err)
	}
}

func TestPodsSendTheirServiceAccountAndNamespace(t *testing.T) {
	dir := t.TempDir()
	rewrite(t, filepath.Join(dir, "token"), "pod-token\n")
	rewrite(t, filepath.Join(dir, "namespace"), "team-a\n")
	inPod := optionFunc(func(c config) config { c.serviceAccount = dir; return c })
	for name, tt := range map[string]struct {
		opts          []Option
		token, worksp string
	}{
		"kubernetes":            {[]Option{WithKubernetes(false)}, "pod-token", ""},
		"kubernetes-namespaced": {[]Option{WithKubernetes(true)}, "pod-token", "team-a"},
		"a workspace wins":      {[]Option{WithKubernetes(true), WithWorkspace("team-b")}, "pod-token", "team-b"},
		"a token wins":          {[]Option{WithKubernetes(true), WithToken("static")}, "static", "team-a"},
		"before a password":     {[]Option{WithKubernetes(false), WithBasicAuth("ann", "pw")}, "pod-token", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []*http.Request
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = append(got, r); answerJSON(w, "{}") })
			c := made(t, "http://mlflow", append(tt.opts, inPod, WithTransport(inMemory{h}))...)
			if err := post(c, t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, r := range got {
				if r.Header.Get("Authorization") != "Bearer "+tt.token || r.Header.Get("X-MLFLOW-WORKSPACE") != tt.worksp {
					t.Errorf("%s: headers %v", r.URL.Path, r.Header)
				}
			}
		})
	}
}
