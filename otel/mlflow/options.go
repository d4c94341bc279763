package mlflow

import (
	"net/http"
	"time"
)

// Option configures a Client.
type Option interface{ apply(*settings) }

type optionFunc func(*settings)

func (f optionFunc) apply(s *settings) { f(s) }

type settings struct {
	user, password, token  string
	insecureTLS            bool
	caFile, clientCertFile string
	timeout                time.Duration
	transport              http.RoundTripper
}

// minTimeout leaves room for MLflow's answer to a locked database, a 503 that
// takes 20 s: a shorter wait turns a clear answer into an ambiguous one.
const minTimeout = 30 * time.Second

// WithBasicAuth sends user and password with every request, and wins over
// credentials inside the URI.
func WithBasicAuth(user, password string) Option {
	return optionFunc(func(s *settings) { s.user, s.password = user, password })
}

// WithToken sends a bearer token; it wins over user and password.
func WithToken(token string) Option { return optionFunc(func(s *settings) { s.token = token }) }

// WithInsecureTLS accepts any server certificate.
func WithInsecureTLS(on bool) Option { return optionFunc(func(s *settings) { s.insecureTLS = on }) }

// WithCAFile trusts the certificates of a PEM file instead of the system's.
func WithCAFile(path string) Option { return optionFunc(func(s *settings) { s.caFile = path }) }

// WithClientCertFile presents the certificate and key of one PEM file.
func WithClientCertFile(path string) Option {
	return optionFunc(func(s *settings) { s.clientCertFile = path })
}

// WithTimeout bounds one request, 60 s by default. Below 30 s the server's own
// answer to a locked database is never seen.
func WithTimeout(d time.Duration) Option { return optionFunc(func(s *settings) { s.timeout = d }) }

// WithTransport replaces the network transport. It must not record spans: the
// client sends what tracing produced.
func WithTransport(rt http.RoundTripper) Option {
	return optionFunc(func(s *settings) { s.transport = rt })
}
