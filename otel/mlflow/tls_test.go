package mlflow_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
)

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// sign issues a certificate for a new key; without a certificate of its own the
// authority's.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// client issues a client's certificate, as the PEM file with its key.
func (a *authority) client(t *testing.T, name string) []byte {
	t.Helper()
	cert, key := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// mutual is a server that wants a client certificate, and answers with its name as
// the version.
func mutual(t *testing.T, clients *authority) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	pool := x509.NewCertPool()
	pool.AddCert(clients.cert)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are expected
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func caOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestCertificatesUnderTheNamesOfTheEnvironment(t *testing.T) {
	a := newAuthority(t)
	s := mutual(t, a)
	dir, folder := t.TempDir(), t.TempDir()
	ca, cert, wrong := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.pem"), filepath.Join(dir, "wrong.pem")
	put(t, ca, caOf(s))
	put(t, filepath.Join(folder, "one.crt"), caOf(s))
	put(t, filepath.Join(folder, "readme"), []byte("nothing"))
	put(t, cert, a.client(t, "worker"))
	put(t, wrong, newAuthority(t).client(t, "other"))
	for name, tt := range map[string]struct {
		env map[string]string
		ok  bool
	}{
		"MLflow's names":                    {map[string]string{"MLFLOW_TRACKING_SERVER_CERT_PATH": ca, "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, true},
		"bundle of requests":                {map[string]string{"REQUESTS_CA_BUNDLE": ca, "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, true},
		"bundle of curl":                    {map[string]string{"CURL_CA_BUNDLE": ca, "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, true},
		"folder":                            {map[string]string{"REQUESTS_CA_BUNDLE": folder, "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, true},
		"MLflow's wins over the bundle":     {map[string]string{"MLFLOW_TRACKING_SERVER_CERT_PATH": wrong, "REQUESTS_CA_BUNDLE": ca, "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, false},
		"any server":                        {map[string]string{"MLFLOW_TRACKING_INSECURE_TLS": "true", "MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, true},
		"unknown authority":                 {map[string]string{"MLFLOW_TRACKING_CLIENT_CERT_PATH": cert}, false},
		"no client certificate":             {map[string]string{"MLFLOW_TRACKING_SERVER_CERT_PATH": ca}, false},
		"certificate of somebody unrelated": {map[string]string{"MLFLOW_TRACKING_SERVER_CERT_PATH": ca, "MLFLOW_TRACKING_CLIENT_CERT_PATH": wrong}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t)
			t.Setenv("MLFLOW_TRACKING_URI", s.URL)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			cfg, err := mlflow.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			c, err := cfg.Client()
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdle()
			v, err := c.Version(t.Context())
			if (err == nil) != tt.ok || tt.ok && v != "worker" {
				t.Errorf("%q, %v", v, err)
			}
			if err != nil && !mlflow.IsRetryable(err) {
				t.Errorf("can be mended outside: %v", err)
			}
		})
	}
}

func TestABundleThatIsMissingCountsForHTTPSOnly(t *testing.T) {
	bare(t)
	t.Setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
	for uri, ok := range map[string]bool{"http://h": true, "https://h": false} {
		t.Setenv("MLFLOW_TRACKING_URI", uri)
		cfg, err := mlflow.FromEnv()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cfg.Client(); (err == nil) != ok {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestAClientCertificateThatIsRenewedIsPresented(t *testing.T) {
	a := newAuthority(t)
	s := mutual(t, a)
	cert := filepath.Join(t.TempDir(), "client.pem")
	put(t, cert, a.client(t, "first"))
	c := client(t, s.URL, mlflow.WithInsecureTLS(true), mlflow.WithClientCertFile(cert))
	for _, step := range []struct {
		content []byte
		want    string
	}{
		{nil, "first"},
		{a.client(t, "second"), "second"},
		{[]byte("half written"), "second"},
		{a.client(t, "third"), "third"},
	} {
		if step.content != nil {
			put(t, cert, step.content)
		}
		c.CloseIdle() // a connection keeps the certificate it was made with
		if v, err := c.Version(t.Context()); v != step.want {
			t.Errorf("%q instead of %q, %v", v, step.want, err)
		}
	}
}

func TestTheTokenEndpointIsReachedWithTheSameCertificates(t *testing.T) {
	a := newAuthority(t)
	idp := mutual(t, a)
	idp.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"for-%s","token_type":"Bearer"}`, r.TLS.PeerCertificates[0].Subject.CommonName)
	})
	dir := t.TempDir()
	ca, cert := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.pem")
	put(t, ca, caOf(idp))
	put(t, cert, a.client(t, "worker"))
	server := answering(t, 200, "3.17.2")
	c := client(t, server.URL, mlflow.WithCAFile(ca), mlflow.WithClientCertFile(cert),
		mlflow.WithOAuth2(mlflow.OAuth2{TokenURL: idp.URL, ClientID: "me", ClientSecret: "s3cret"}))
	if _, err := c.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.requests[0].Header.Get("Authorization"); got != "Bearer for-worker" {
		t.Errorf("Authorization %q", got)
	}
}
