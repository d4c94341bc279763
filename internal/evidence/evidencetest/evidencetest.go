// Package evidencetest tests adapters against recorded answers: it reads the
// recordings under internal/evidence/testdata, serves them in place of the public
// APIs, and compares evidence with golden files.
//
// Golden files are written anew by
//
//	EVIDENCE_GOLDEN=update go test ./internal/evidence/...
package evidencetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/technoshare/commentator/internal/evidence"
	"github.com/technoshare/commentator/internal/job"
)

// Testdata is the folder of recordings, found upwards from the folder that the test runs in. A
// test runs in its package's own folder, so the way up differs.
func Testdata(t testing.TB) string {
	t.Helper()
	for dir := "."; len(dir) < 30; dir = filepath.Join("..", dir) {
		found := filepath.Join(dir, "testdata")
		if _, err := os.Stat(filepath.Join(found, "payloads")); err == nil {
			return found
		}
	}
	t.Fatal("no folder with recorded payloads above this package")
	return ""
}

// Payload is a recorded file, unpacked. It is found under its name alone or with .gz behind
// it; large ones are stored packed.
func Payload(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join(Testdata(t), "payloads", filepath.FromSlash(name))
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

// Recorded is one interaction of a .http.json or .wiremock.json file. Headers may have values
// that are no strings, which are left out.
type Recorded struct {
	Request  struct{ URL string }
	Response struct {
		Status   int
		Headers  map[string]any
		Body     string
		JSONBody json.RawMessage
	}
}

// Recording reads a recorded interaction.
func Recording(t testing.TB, name string) Recorded {
	t.Helper()
	var r Recorded
	if err := json.Unmarshal(Payload(t, name), &r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if r.Response.Body == "" {
		r.Response.Body = string(r.Response.JSONBody)
	}
	return r
}

// New is a Retriever without pauses that is closed with the test.
func New(t testing.TB, c evidence.Config) *evidence.Retriever {
	t.Helper()
	c.NoPauses = true
	r, err := evidence.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Offline is a Retriever in a network in which nothing but the server at base exists, which
// stands for all APIs. An adapter that asked any other address would fail to resolve it, so no
// test reaches the real web.
func Offline(t testing.TB, base string) *evidence.Retriever {
	t.Helper()
	return New(t, evidence.Config{
		APIs: APIs(base), CacheDir: CacheDir(t),
		Proxy:    func(*http.Request) (*url.URL, error) { return nil, nil },
		Resolver: NoNames(),
	})
}

// APIs points every API at one server.
func APIs(base string) evidence.APIs {
	return evidence.APIs{
		ArxivAPI: base, ArxivSite: base, GitHub: base, GitHubRaw: base, HackerNews: base, HackerNewsRaw: base, YouTube: base,
		HuggingFace: base, PyPI: base,
		Npm: base, Wikipedia: base, Reddit: base, StackExchange: base, Crossref: base, DOI: base, X: base, Mastodon: base,
		Forge: base,
	}
}

// NoNames is a resolver that knows no name, without asking the network.
func NoNames() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name service in tests")
	}}
}

// CacheDir is a folder that outlives the test run: compiling the PDF reader takes
// seconds.
func CacheDir(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(dir, "commentator-test")
}

// Golden compares ev with testdata/golden/name.json; times and base, the address of a test
// server, are replaced. It changes ev: the times of its sources are zero afterwards.
func Golden(t testing.TB, name string, ev *job.Evidence, base string) {
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
	path := filepath.Join(Testdata(t), "golden", name+".json")
	if os.Getenv("EVIDENCE_GOLDEN") == "update" {
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
