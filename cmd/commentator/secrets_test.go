package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/technoshare/commentator/otel/mlflowtest"
)

// Secrets, each in another place. They share no part, so that a leak tells
// where it comes from.
const (
	secretLinkPassword  = "Correct-Horse-7431" // user info of the link
	secretLinkToken     = "Tulip.Bulb.90210x"  // ?token= of the link
	secretPageToken     = "Quartz-Lamp-5577y"  // in a link on the page
	secretPagePassword  = "Marble-Stair-8812z" // the same, as user info
	secretCanonical     = "Velvet-Spoon-1029w" // in the page's canonical link
	secretModelKey      = "sk-proj-Walnut9Cedar8Birch7Maple6"
	secretModelPassword = "Copper-Kettle-3344v" // user info of OPENAI_BASE_URL
	secretMLflow        = "Granite-Otter-6150u" // password
	secretMLflowToken   = "Saffron-Heron-2718t"
	secretMLflowURI     = "Juniper-Badger-1414s" // user info of MLFLOW_TRACKING_URI
	secretBackend       = "Cobalt-Falcon-1618r"  // OTEL_EXPORTER_OTLP_HEADERS
)

// place is what a server may know by right: the headers that authenticate.
type place struct {
	mu   sync.Mutex
	seen bytes.Buffer
}

func (p *place) note(r *http.Request, body []byte, own ...string) {
	h := r.Header.Clone()
	for _, name := range own {
		h.Del(name)
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		body = gunzip(body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(&p.seen, "%s %s\n", r.Method, r.URL)
	_ = h.Write(&p.seen)
	p.seen.Write(body)
}

func (p *place) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

func gunzip(body []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return body
	}
	return plain
}

// secretWorld is a world in which everything has a secret and talks about it.
type secretWorld struct {
	*bench
	mlflow         *mlflowtest.Proxy
	model, backend place
	modelURL       string
	backendURL     string
	keyed          atomic.Int64     // requests to the second backend with its key
	answer         http.HandlerFunc // the model's, may change
}

func newSecretWorld(t *testing.T, all *bench) *secretWorld {
	w := &secretWorld{bench: all.beside(t), mlflow: mlflowtest.NewProxy(t, server.URI(t), "", false), answer: completion(secretAnswer, "stop")}
	w.pages = servePages(t)
	w.set("COMMENTATOR_FETCH_ALLOW", strings.TrimPrefix(w.pages.URL, "http://"))
	page := fmt.Sprintf(`<html lang="en"><head><title>Lamps</title><link rel="canonical" href="http://%[1]s/lamps?access_token=%[2]s">
<meta property="og:url" content="http://%[1]s/lamps?access_token=%[2]s"></head><body><article><h1>Lamps</h1>
<p>A lamp turns electric energy into light, and its efficiency is measured in lumens per watt. Lamps of the first kind had a filament of carbon.</p>
<p>See <a href="https://files.example.com/lamps.pdf?token=%[3]s">the data sheet</a> and <a href="https://reader:%[4]s@files.example.com/lamps">the archive</a> of all lamps
that were built between 1880 and 1920, with drawings, prices and the names of those who built them.</p>
<p>Later lamps used tungsten, which melts at 3422 degrees, and a gas that keeps the filament from wearing out too soon. Every maker had a mixture of its own.</p>
</article></body></html>`, strings.TrimPrefix(w.pages.URL, "http://"), secretCanonical, secretPageToken, secretPagePassword)
	pages := w.pages.Config.Handler.(*http.ServeMux)
	pages.HandleFunc("/secret", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(rw, page)
	})
	pages.HandleFunc("/hop", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "/gone?token="+secretLinkToken, http.StatusFound)
	})
	serve := func(p *place, own []string, answer func(http.ResponseWriter, *http.Request)) string {
		s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			p.note(r, body, own...)
			answer(rw, r)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	w.modelURL = serve(&w.model, []string{"Authorization"}, func(rw http.ResponseWriter, r *http.Request) { w.answer(rw, r) })
	w.backendURL = serve(&w.backend, []string{"X-Api-Key"}, func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") == secretBackend {
			w.keyed.Add(1)
		}
	})
	w.set("OPENAI_API_KEY", secretModelKey)
	w.set("OPENAI_BASE_URL", withUser(w.modelURL, "model", secretModelPassword)+"/v1")
	w.set("MODEL", "test")
	w.set("MLFLOW_TRACKING_URI", w.mlflow.URL)
	w.set("MLFLOW_TRACKING_USERNAME", "carla")
	w.set("MLFLOW_TRACKING_PASSWORD", secretMLflow)
	w.set("OTEL_EXPORTER_OTLP_ENDPOINT", w.backendURL)
	w.set("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key="+secretBackend)
	w.set("LOG_LEVEL", "DEBUG")
	return w
}

func withUser(address, user, password string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // a test server's own address
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

// link leads to a page, with a password and a token.
func (w *secretWorld) link(path string) string {
	return withUser(w.pages.URL, "reader", secretLinkPassword) + path + "?id=7&token=" + secretLinkToken
}

// scan looks for secrets in a text: as they are, in a URL, in basic
// authentication.
func (w *secretWorld) scan(where, text string) {
	w.t.Helper()
	for _, s := range []string{
		secretLinkPassword, secretLinkToken, secretPageToken, secretPagePassword, secretCanonical, secretModelKey, secretModelPassword,
		secretMLflow, secretMLflowToken, secretMLflowURI, secretBackend,
	} {
		for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte("carla:" + s)),
			base64.StdEncoding.EncodeToString([]byte("reader:" + s))} {
			if i := strings.Index(text, form); i >= 0 {
				w.t.Errorf("%s has the secret %s: …%s…", where, s, text[max(0, i-150):min(len(text), i+len(form)+40)])
				break
			}
		}
	}
}

// scanFiles looks into everything that was written to disk.
func (w *secretWorld) scanFiles() (files int) {
	w.t.Helper()
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		files++
		w.scan(path, path+"\n"+string(gunzip(body)))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

// scanServers looks into all that the servers got.
func (w *secretWorld) scanServers() {
	w.t.Helper()
	var b bytes.Buffer
	for _, r := range w.mlflow.Requests() {
		h := r.Header.Clone()
		h.Del("Authorization")
		fmt.Fprintf(&b, "%s %s\n", r.Method, r.Path)
		_ = h.Write(&b)
		if h.Get("X-Api-Key") != "" {
			w.t.Error("MLflow got the header of the second backend")
		}
		b.Write(gunzip(r.Body))
		b.WriteString("\n")
	}
	w.scan("MLflow", b.String())
	w.scan("the model server", w.model.text())
	w.scan("the second backend", w.backend.text())
}

// call runs the program and looks for secrets in what it prints.
func (w *secretWorld) call(wantCode int, args ...string) string {
	w.t.Helper()
	p := w.start(args...)
	code := p.wait(w.t)
	if code != wantCode {
		w.t.Errorf("%s: exit code %d, want %d\n%s\n%s", args[0], code, wantCode, &p.out, &p.err)
	}
	w.scan("stdout of "+args[0], p.out.String())
	w.scan("stderr of "+args[0], p.err.String())
	return p.out.String() + p.err.String()
}

const secretAnswer = `{"tldr":["A lamp turns electric energy into light.","Lamps of the first kind had a filament of carbon.","Later lamps used tungsten, which melts at 3422 degrees."],
"summary":"A lamp turns electric energy into light. Its efficiency is measured in lumens per watt. Lamps of the first kind had a filament of carbon. Later lamps used tungsten, which melts at 3422 degrees. A gas keeps the filament from wearing out too soon.","projects":["Compare lamps by lumens per watt.","Draw the makers of lamps on a map.","Measure how long a filament lasts."],"similar_tech":[]}`

func TestSecretsAreFoundNowhere(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real MLflow server")
	}
	echo := func(code int) http.HandlerFunc { // what OpenAI says of a wrong key, and worse
		return func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(code)
			_, _ = fmt.Fprintf(rw, `{"error":{"message":"Incorrect API key provided: %s (%s). Your headers: %s","code":"invalid_api_key"}}`,
				secretModelKey, secretModelPassword, r.Header.Get("Authorization"))
		}
	}
	all := newOwnBench(t)
	for name, c := range map[string]struct {
		prepare func(*secretWorld)
		links   func(*secretWorld) []string // by default one page
		code    int
	}{
		"jobs that succeed":     {nil, nil, exitOK},
		"the model answers 401": {func(w *secretWorld) { w.answer = echo(401) }, nil, exitJob},
		"the model answers 400": {func(w *secretWorld) { w.answer = echo(400) }, nil, exitJob},
		"the model is not there": {func(w *secretWorld) {
			w.set("OPENAI_BASE_URL", withUser("http://127.0.0.1:1", "model", secretModelPassword))
		}, nil, exitJob},
		"links that lead nowhere": {nil, func(w *secretWorld) []string {
			return []string{
				w.link("/gone"), w.link("/hop"),
				"http://reader:" + secretLinkPassword + "@127.0.0.1:1/?token=" + secretLinkToken,
			}
		}, exitJob},
		"a token for MLflow": {func(w *secretWorld) {
			w.unset("MLFLOW_TRACKING_USERNAME")
			w.unset("MLFLOW_TRACKING_PASSWORD")
			w.set("MLFLOW_TRACKING_TOKEN", secretMLflowToken)
		}, nil, exitOK},
		"MLflow's password in its address": {func(w *secretWorld) {
			w.set("MLFLOW_TRACKING_URI", withUser(w.mlflow.URL, "carla", secretMLflowURI))
		}, nil, exitOK},
		"MLflow is away": {func(w *secretWorld) {
			w.set("MLFLOW_TRACKING_URI", withUser("http://127.0.0.1:1", "carla", secretMLflowURI))
		}, nil, exitWaiting},
		"MLflow refuses and repeats the password": {func(w *secretWorld) {
			w.mlflow.SetFault(func(r mlflowtest.Request) mlflowtest.Fault {
				return mlflowtest.Fault{Status: 403, Body: fmt.Sprintf(`{"error_code":"PERMISSION_DENIED","message":"carla:%s (%s) may not"}`, secretMLflow, r.Header.Get("Authorization"))}
			})
		}, nil, exitWaiting},
		"the second backend is away": {func(w *secretWorld) {
			w.set("OTEL_EXPORTER_OTLP_ENDPOINT", withUser("http://127.0.0.1:1", "key", secretBackend))
		}, nil, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSecretWorld(t, all)
			if c.prepare != nil {
				c.prepare(w)
			}
			links := []string{w.link("/secret")}
			if c.links != nil {
				links = c.links(w)
			}
			args := []string{"run", "--json"}
			if c.code != exitWaiting {
				args = append(args, "--wait=5m") // other tests keep the server busy
			}
			out := w.call(c.code, append(args, links...)...)
			if n := strings.Count(out, `"outcome"`); n != len(links) {
				t.Fatalf("%d reports: %s", n, out)
			}
			if w.own["OTEL_EXPORTER_OTLP_ENDPOINT"] == w.backendURL && w.keyed.Load() == 0 {
				t.Error("the second backend got no key")
			}
			if c.code == exitWaiting {
				w.scanFiles()
				w.call(exitOK, "outbox", "list")
				w.call(exitOK, "outbox", "list", "--json")
				w.call(exitWaiting, "outbox", "retry", "--wait=1s")
			}
			if n := w.scanFiles(); n < 2 {
				t.Errorf("%d files in %s: nothing was looked at", n, w.dir)
			}
			w.scanServers()
		})
	}
}

func TestSecretsAreNotShownOfWrongSettings(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	all := newOwnBench(t)
	for name, set := range map[string][2]string{
		"tracking uri": {"MLFLOW_TRACKING_URI", "ftp://carla:" + secretMLflowURI + "@host"},
		"unparsable":   {"MLFLOW_TRACKING_URI", "http://carla:" + secretMLflowURI + "@[::1/%zz"},
		"model":        {"OPENAI_BASE_URL", "ftp://model:" + secretModelPassword + "@host/v1"},
		"database":     {"COMMENTATOR_DATABASE_URL", "mysql://db:" + secretMLflow + "@host/db"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSecretWorld(t, all)
			w.set(set[0], set[1])
			p := w.start("doctor")
			p.wait(t)
			w.scan("stdout", p.out.String())
			w.scan("stderr", p.err.String())
			if p.out.Len()+p.err.Len() == 0 {
				t.Error("nothing was said")
			}
		})
	}
}
