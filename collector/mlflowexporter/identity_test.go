package mlflowexporter

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowtest"
)

// authenticator is a host with one extension of the distribution.
func authenticator(t *testing.T, f extension.Factory, settings map[string]any) host {
	t.Helper()
	cfg := f.CreateDefaultConfig()
	err := confmap.NewFromStringMap(settings).Unmarshal(cfg)
	if err == nil {
		err = confmap.Validate(cfg)
	}
	if err != nil {
		t.Fatal(err)
	}
	ext, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := ext.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ext.Shutdown(context.Background()) })
	return host{component.NewID(f.Type()): ext}
}

// gate is a reverse proxy that lets through what allows says, and counts the rest.
type gate struct {
	*httptest.Server
	refused, passed atomic.Int64
}

func newGate(t *testing.T, uri string, allows func(*http.Request) bool, begin func(*httptest.Server)) *gate {
	t.Helper()
	target, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	through := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Del("Authorization") },
		Transport: &http.Transport{DisableKeepAlives: true},
	}
	g := &gate{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allows(r) {
			g.refused.Add(1)
			http.Error(w, "sign in", http.StatusUnauthorized)
			return
		}
		g.passed.Add(1)
		through.ServeHTTP(w, r)
	}))
	begin(g.Server)
	t.Cleanup(g.Close)
	return g
}

// unique gives the number of a trace that no other test's experiment has: a server
// holds a trace id once.
func unique(experiment string, n int) int {
	return int(crc32.ChecksumIEEE([]byte(experiment))) + n
}

// deliverAll sends n traces and waits until a real server has them and all their runs,
// ended. Those before first are there already.
func deliverAll(t *testing.T, exp exporter.Traces, uri, experiment string, first, n int) {
	t.Helper()
	for i := range n {
		if err := exp.ConsumeTraces(t.Context(), request(unique(experiment, first+i), "shop", root(1), chat(2, 1))); err != nil {
			t.Fatal(err)
		}
	}
	c, err := mlflow.NewClient(uri)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdle()
	all := first + n - 1
	waitFinished(t, c, experiment, 2*all)
	e, err := c.ExperimentByName(t.Context(), experiment)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.SearchTraces(t.Context(), e.ID, "", 500)
	if err != nil || len(got) != all {
		t.Errorf("%d traces, want %d (%v)", len(got), all, err)
	}
}

// waitFinished waits until an experiment has so many runs that have ended well.
func waitFinished(t *testing.T, c *mlflow.Client, experiment string, n int) {
	t.Helper()
	within(t, 3*time.Minute, fmt.Sprint(n, " finished runs"), func() bool {
		e, err := c.ExperimentByName(t.Context(), experiment)
		if err != nil {
			return false // not made yet
		}
		list, _, err := c.SearchRuns(t.Context(), mlflow.RunSearch{
			ExperimentIDs: []string{e.ID}, Filter: "attributes.status = 'FINISHED'", MaxResults: 1000,
		})
		return err == nil && len(list) == n
	})
}

func TestOAuth2TokensThatExpireUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	// The extension fetches a new token 10 s before the end of one: each is used for 2 s.
	const life = 12 * time.Second
	var mu sync.Mutex
	valid := map[string]time.Time{} // until when
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "mlflow" || id != "collector" || secret != "s3cret" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		token := fmt.Sprint("token-", len(valid))
		valid["Bearer "+token] = time.Now().Add(life)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%d}`, token, int(life.Seconds()))
	}))
	defer issuer.Close()
	g := newGate(t, uri, func(r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Before(valid[r.Header.Get("Authorization")])
	}, (*httptest.Server).Start)
	h := authenticator(t, oauth2clientauthextension.NewFactory(), map[string]any{
		"client_id": "collector", "client_secret": "s3cret", "token_url": issuer.URL, "scopes": []any{"mlflow"}, "expiry_buffer": "2s",
	})
	exp, _ := begin(t, quick(t, g.URL, "auth: {authenticator: oauth2client}\nexperiment: {name: "+experiment+"}"), h)
	n := 0
	tokens := func() int { mu.Lock(); defer mu.Unlock(); return len(valid) }
	for tokens() < 4 { // so many tokens were used up under load
		deliverAll(t, exp, uri, experiment, n+1, 20)
		n += 20
	}
	if refused := g.refused.Load(); refused > 0 {
		t.Errorf("%d of %d requests refused", refused, refused+g.passed.Load())
	}
	t.Logf("%d traces, %d requests, %d tokens", n, g.passed.Load(), tokens())
}

func TestATokenFileIsReplacedWhileRunning(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	var want atomic.Value
	want.Store("Bearer first")
	g := newGate(t, uri, func(r *http.Request) bool { return r.Header.Get("Authorization") == want.Load() }, (*httptest.Server).Start)
	path := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(path+".new", []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil { // as Kubernetes does
			t.Fatal(err)
		}
	}
	write("first")
	h := authenticator(t, bearertokenauthextension.NewFactory(), map[string]any{
		"filename": path, "wait_for_token_file": true, "retry_on_failure": map[string]any{"enabled": true, "interval": "1s", "max_retries": 60},
	})
	exp, _ := begin(t, quick(t, g.URL, "auth: {authenticator: bearertokenauth}\nexperiment: {name: "+experiment+"}"), h)
	deliverAll(t, exp, uri, experiment, 1, 3)
	want.Store("Bearer second")
	write("second")
	deliverAll(t, exp, uri, experiment, 4, 3)
}

func TestHeadersTravelWithEveryRequest(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	g := newGate(t, uri, func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == "k" }, (*httptest.Server).Start)
	exp, _ := begin(t, quick(t, g.URL, "headers: {x-api-key: k}\nexperiment: {name: "+experiment+"}"), nil)
	deliverAll(t, exp, uri, experiment, 1, 2)
	if n := g.refused.Load(); n > 0 {
		t.Errorf("%d requests without the header", n)
	}
}

func TestOwnCAAndClientCertificate(t *testing.T) {
	if testing.Short() {
		t.Skip("needs MLflow")
	}
	uri, experiment := server.URI(t), mlflowtest.Experiment(t)
	dir := t.TempDir()
	pool, pair := certificates(t, dir)
	g := newGate(t, uri, func(r *http.Request) bool { return len(r.TLS.VerifiedChains) > 0 }, func(s *httptest.Server) {
		s.TLS = &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		}
		s.StartTLS()
	})
	identity := fmt.Sprintf("tls: {ca_file: %[1]s/ca.pem, cert_file: %[1]s/cert.pem, key_file: %[1]s/key.pem}", dir)
	exp, _ := begin(t, quick(t, g.URL, identity+"\nexperiment: {name: "+experiment+"}"), nil)
	deliverAll(t, exp, uri, experiment, 1, 2)

	// Without the certificate nothing gets through, and the traces are kept.
	stranger, stop := begin(t, quick(t, g.URL, fmt.Sprintf("tls: {ca_file: %s/ca.pem}\ndelivery: {drain_timeout: 1ms}", dir)), nil)
	passed := g.passed.Load()
	if err := stranger.ConsumeTraces(t.Context(), request(9, "shop", root(1), chat(2, 1))); err != nil {
		t.Fatal(err)
	}
	stop()
	if g.passed.Load() != passed {
		t.Error("a request without the client's certificate got through")
	}
}

// certificates writes ca.pem, and cert.pem with key.pem for both ends, into dir.
func certificates(t *testing.T, dir string) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	write := func(name, kind string, der []byte) []byte {
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		return text
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an own CA"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "both ends"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	caDER, err := x509.CreateCertificate(crand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(crand.Reader, leaf, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(write("ca.pem", "CERTIFICATE", caDER))
	pair, err := tls.X509KeyPair(write("cert.pem", "CERTIFICATE", leafDER), write("key.pem", "EC PRIVATE KEY", keyDER))
	if err != nil {
		t.Fatal(err)
	}
	return pool, pair
}
