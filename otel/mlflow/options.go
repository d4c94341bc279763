package mlflow

import (
	"net/http"
	"time"
)

// Option configures a [Client].
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	user, password, token  string
	insecureTLS            bool
	insecureStorageTLS     bool
	caFile, clientCertFile string
	timeout                time.Duration
	transport              http.RoundTripper
}

// DefaultTimeout bounds one request unless [WithTimeout] says otherwise.
const DefaultTimeout = 60 * time.Second

// minTimeout leaves room for MLflow's answer to a locked database, a 503 that
// takes 20 s: a shorter wait turns a clear answer into an ambiguous one.
const minTimeout = 30 * time.Second

// newConfig starts from the credentials inside the URI, over which the options
// win.
func newConfig(user, password string, opts []Option) config {
	c := config{user: user, password: password, timeout: DefaultTimeout}
	for _, o := range opts {
		c = o.apply(c)
	}
	if c.timeout <= 0 {
		c.timeout = minTimeout
	}
	return c
}

// WithBasicAuth sends user and password with every request, and wins over
// credentials inside the URI.
func WithBasicAuth(user, password string) Option {
	return optionFunc(func(c config) config { c.user, c.password = user, password; return c })
}

// WithToken sends a bearer token; it wins over user and password.
func WithToken(token string) Option {
	return optionFunc(func(c config) config { c.token = token; return c })
}

// WithInsecureTLS accepts any server certificate.
func WithInsecureTLS(on bool) Option {
	return optionFunc(func(c config) config { c.insecureTLS = on; return c })
}

// WithCAFile trusts the certificates of a PEM file instead of the system's.
func WithCAFile(path string) Option {
	return optionFunc(func(c config) config { c.caFile = path; return c })
}

// WithClientCertFile presents the certificate and key of one PEM file.
func WithClientCertFile(path string) Option {
	return optionFunc(func(c config) config { c.clientCertFile = path; return c })
}

// WithTimeout bounds one request, [DefaultTimeout] by default. Below 30 s the
// server's own answer to a locked database is never seen; 0 or less means 30 s.
func WithTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.timeout = d; return c })
}

// WithTransport replaces the network transport. It must not record spans: the
// client sends what tracing produced.
func WithTransport(rt http.RoundTripper) Option {
	return optionFunc(func(c config) config { c.transport = rt; return c })
}
