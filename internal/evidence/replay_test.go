package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/job"
)

var update = flag.Bool("update", false, "write golden files anew")

// payload reads a recorded file of testdata, unpacked.
func payload(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("testdata", "payloads", filepath.FromSlash(name))
	b, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		name += ".gz"
		b, err = os.ReadFile(path + ".gz")
	}
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// recorded is one interaction of a .http.json or .wiremock.json file.
type recorded struct {
	Request  struct{ URL string }
	Response struct {
		Status   int
		Headers  map[string]any
		Body     string
		JSONBody json.RawMessage
	}
}

func recording(t testing.TB, name string) recorded {
	t.Helper()
	var r recorded
	if err := json.Unmarshal(payload(t, name), &r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if r.Response.Body == "" {
		r.Response.Body = string(r.Response.JSONBody)
	}
	return r
}

// replay serves recordings. Routes map "path" or "path?part of the query" to a
// file; unknown paths answer 404. "404", "500" and the like stand for that
// status with an empty body.
type replay struct {
	*httptest.Server
	routes map[string]string
	mu     sync.Mutex
	seen   []*http.Request
}

func newReplay(t testing.TB, routes map[string]string) *replay {
	t.Helper()
	p := &replay{routes: routes}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(t, w, r) }))
	t.Cleanup(p.Close)
	return p
}

func (p *replay) serve(t testing.TB, w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r)
	p.mu.Unlock()
	keys := make([]string, 0, len(p.routes))
	for k := range p.routes {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return len(keys[i]) > len(keys[j]) })
	for _, k := range keys {
		path, query, _ := strings.Cut(k, "?")
		if r.URL.EscapedPath() != path || !strings.Contains(r.URL.RawQuery, query) {
			continue
		}
		file := p.routes[k]
		if len(file) == 3 {
			status := 0
			fmt.Sscan(file, &status)
			w.WriteHeader(status)
			return
		}
		if !strings.HasSuffix(file, ".http.json") && !strings.HasSuffix(file, ".wiremock.json") {
			w.Write(payload(t, file))
			return
		}
		rec := recording(t, file)
		for name, v := range rec.Response.Headers {
			switch strings.ToLower(name) {
			case "content-encoding", "content-length", "transfer-encoding", "connection", "date":
				continue
			}
			if s, ok := v.(string); ok {
				for _, host := range []string{"https://api.github.com", "https://www.reddit.com", "https://huggingface.co"} {
					s = strings.ReplaceAll(s, host, p.URL)
				}
				w.Header().Set(name, s)
			}
		}
		w.WriteHeader(rec.Response.Status)
		io.WriteString(w, rec.Response.Body)
		return
	}
	w.WriteHeader(404)
}

// paths lists what was asked for.
func (p *replay) paths() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, r := range p.seen {
		out = append(out, r.URL.EscapedPath())
	}
	return out
}

// apis points every interface at one server.
func apis(base string) APIs {
	return APIs{ArxivAPI: base, ArxivSite: base, GitHub: base, HackerNews: base, HackerNewsRaw: base, YouTube: base, HuggingFace: base, PyPI: base,
		Npm: base, Wikipedia: base, Reddit: base, StackExchange: base, Crossref: base, DOI: base, X: base, Mastodon: base}
}

// golden compares ev with testdata/golden/name.json; times and the address of
// the test server are replaced.
func golden(t *testing.T, name string, ev *job.Evidence, base string) {
	t.Helper()
	for i := range ev.Sources {
		if ev.Sources[i].FetchedAt.IsZero() {
			t.Error("a source has no time")
		}
		ev.Sources[i].FetchedAt = time.Time{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(ev); err != nil {
		t.Fatal(err)
	}
	got := b.Bytes()
	if base != "" {
		got = bytes.ReplaceAll(got, []byte(base), []byte("http://replay"))
	}
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("evidence differs from %s; got\n%s", path, got)
	}
}

// noNames is a resolver that knows no name, without asking the network.
func noNames() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name service in tests")
	}}
}

// wasmCache is a folder that outlives the test run: compiling the PDF reader
// takes seconds.
func wasmCache(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(dir, "commentator-test")
}
