package mlflow

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/technoshare/commentator/otel/namedfile"
)

// maxCertificates bounds a file of certificates, in bytes: all that the web trusts have less than one MiB.
const maxCertificates = 16 << 20

func newTLSConfig(c config) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.insecureTLS} //nolint:gosec // asked for by name
	if c.caFile != "" {
		cfg.RootCAs = x509.NewCertPool()
		if err := addCAs(cfg.RootCAs, c.caFile); err != nil {
			return nil, err
		}
	}
	if c.clientCertFile != "" {
		cert := &clientCert{path: c.clientCertFile}
		if err := cert.read(); err != nil {
			return nil, err
		}
		cfg.GetClientCertificate = cert.current
	}
	return cfg, nil
}

// addCAs adds the certificates of a PEM file to those to trust, or of all files of a
// folder, as Python's requests takes either.
func addCAs(pool *x509.CertPool, path string) error {
	files := []string{path}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read certificates to trust: %w", err)
	}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*")); err != nil {
			return fmt.Errorf("list certificates to trust: %w", err)
		}
	}
	found := false
	for _, file := range files {
		pem, err := namedfile.Read(file, maxCertificates)
		if err != nil {
			if info.IsDir() {
				continue // folders and links to nowhere among certificates
			}
			return fmt.Errorf("read certificates to trust: %w", err)
		}
		found = pool.AppendCertsFromPEM(pem) || found
	}
	if !found {
		return fmt.Errorf("%s holds no PEM certificate to trust", path)
	}
	return nil
}

// clientCert is the client's certificate with its key, read again when the file
// changes: certificates of a mesh or of cert-manager live for hours.
type clientCert struct {
	path string

	mu   sync.Mutex
	cert *tls.Certificate
	info os.FileInfo // of the file that cert was read from
}

// current gives the certificate for one handshake. A file that cannot be read, or
// is half written, leaves the last one in use.
func (c *clientCert) current(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.path)
	if err == nil && (!os.SameFile(info, c.info) || info.Size() != c.info.Size() || !info.ModTime().Equal(c.info.ModTime())) {
		_ = c.read() // there is one from before
	}
	return c.cert, nil
}

func (c *clientCert) read() error {
	info, err := os.Stat(c.path)
	if err != nil {
		return fmt.Errorf("read client certificate: %w", err)
	}
	pem, err := namedfile.Read(c.path, maxCertificates)
	if err != nil {
		return fmt.Errorf("read client certificate: %w", err)
	}
	cert, err := tls.X509KeyPair(pem, pem)
	if err != nil {
		return fmt.Errorf("read client certificate from %s (one PEM file with certificate and key): %w", c.path, err)
	}
	c.cert, c.info = &cert, info
	return nil
}
