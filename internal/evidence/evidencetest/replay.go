package evidencetest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Replay is a server of recorded answers. mu guards seen, which the server's goroutines write.
type Replay struct {
	*httptest.Server
	routes map[string]string
	mu     sync.Mutex
	seen   []*http.Request
}

// NewReplay serves recordings until the test ends. Routes map "path" or "path?part
// of the query" to a file; unknown paths answer 404. "404", "500" and the like
// stand for that status with an empty body, and "=…" for the answer that follows the sign.
func NewReplay(t testing.TB, routes map[string]string) *Replay {
	t.Helper()
	p := &Replay{routes: routes}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(t, w, r) }))
	t.Cleanup(p.Close)
	return p
}

// Seen are the requests so far.
func (p *Replay) Seen() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// Paths lists what was asked for.
func (p *Replay) Paths() []string {
	var out []string
	for _, r := range p.Seen() {
		out = append(out, r.URL.EscapedPath())
	}
	return out
}

// serve answers by the route that fits, or 404.
func (p *Replay) serve(t testing.TB, w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r)
	p.mu.Unlock()
	// The longest route that fits is the one that names the query.
	keys := slices.SortedFunc(maps.Keys(p.routes), func(a, b string) int { return len(b) - len(a) })
	for _, k := range keys {
		path, query, _ := strings.Cut(k, "?")
		if r.URL.EscapedPath() == path && strings.Contains(r.URL.RawQuery, query) {
			p.answer(t, w, p.routes[k])
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

// publicAPIs are hosts in recorded headers for which the server stands.
var publicAPIs = []string{"https://api.github.com", "https://www.reddit.com", "https://huggingface.co"}

// answer writes a recorded body as it is, or a recorded interaction with its status and headers,
// in which this server takes the place of the public API. Headers that belong to the recorded
// connection stay out.
func (p *Replay) answer(t testing.TB, w http.ResponseWriter, file string) {
	if body, ok := strings.CutPrefix(file, "="); ok {
		_, _ = io.WriteString(w, body)
		return
	}
	if len(file) == 3 {
		status, err := strconv.Atoi(file)
		if err != nil {
			t.Errorf("route %q is neither a status nor a recording: %v", file, err)
			status = http.StatusInternalServerError
		}
		w.WriteHeader(status)
		return
	}
	if !strings.HasSuffix(file, ".http.json") && !strings.HasSuffix(file, ".wiremock.json") {
		_, _ = w.Write(Payload(t, file))
		return
	}
	rec := Recording(t, file)
	for name, v := range rec.Response.Headers {
		switch strings.ToLower(name) {
		case "content-encoding", "content-length", "transfer-encoding", "connection", "date":
			continue
		}
		if s, ok := v.(string); ok {
			for _, host := range publicAPIs {
				s = strings.ReplaceAll(s, host, p.URL)
			}
			w.Header().Set(name, s)
		}
	}
	w.WriteHeader(rec.Response.Status)
	_, _ = io.WriteString(w, rec.Response.Body)
}
