package mlflow

import (
	"maps"
	"net/http"
	"time"
)

// Option configures a [Client].
type Option interface{ apply(config) config }

type optionFunc func(config) config

func (f optionFunc) apply(c config) config { return f(c) }

type config struct {
	user, password, token  string
	tokenFile              string
	oauth2                 OAuth2
	kubernetes, namespaced bool
	serviceAccount         string // folder
	headers                map[string]string
	workspace              string
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
	c := config{user: user, password: password, timeout: DefaultTimeout, serviceAccount: serviceAccountDir}
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

// WithToken sends a bearer token; it wins over all other credentials.
func WithToken(token string) Option {
	return optionFunc(func(c config) config { c.token = token; return c })
}

// WithTokenFile sends the bearer token that a file holds. The file is read again
// every other second while there are requests, and when the server refuses the
// token, whose request is then sent once more. While it is missing or empty the
// last token stays in use. It must be there when the client is made. It wins over
// all other credentials but WithToken.
func WithTokenFile(path string) Option {
	return optionFunc(func(c config) config { c.tokenFile = path; return c })
}

// WithOAuth2 sends access tokens that the client gets for itself. The token
// endpoint is asked with the first request, a while before a token ends, and when
// the server refuses a token, whose request is then sent once more; by one request
// at a time, of at most 30 s, with the client's proxy and certificates. While it is
// away a token is used to its end; then calls fail with a [*CredentialsError]. It
// wins over WithKubernetes and user and password.
func WithOAuth2(o OAuth2) Option {
	return optionFunc(func(c config) config { c.oauth2 = o; return c })
}

// WithKubernetes sends the token of the pod's service account, as MLflow's request
// auth providers kubernetes and kubernetes-namespaced do. namespaced makes the
// pod's namespace the workspace, unless WithWorkspace names one. Credentials of a
// kubeconfig file are not looked for: outside a pod NewClient fails. It wins over
// user and password.
func WithKubernetes(namespaced bool) Option {
	return optionFunc(func(c config) config { c.kubernetes, c.namespaced = true, namespaced; return c })
}

// WithHeaders adds headers to every request to the server, for a gateway in front
// of it. An Authorization among them counts where no other credentials are set.
// Values are kept out of errors as secrets are. Given twice, the last of a name
// counts.
func WithHeaders(headers map[string]string) Option {
	headers = maps.Clone(headers)
	return optionFunc(func(c config) config {
		all := map[string]string{}
		maps.Copy(all, c.headers)
		for name, value := range headers {
			all[http.CanonicalHeaderKey(name)] = value
		}
		c.headers = all
		return c
	})
}

// WithWorkspace names the workspace of every request (header X-MLFLOW-WORKSPACE).
// Servers started with --enable-workspaces have them (seen on 3.17.2; there one
// without them refuses every request that names one). Servers that know no
// workspaces ignore the header.
func WithWorkspace(name string) Option {
	return optionFunc(func(c config) config { c.workspace = name; return c })
}

// WithInsecureTLS accepts any server certificate.
func WithInsecureTLS(on bool) Option {
	return optionFunc(func(c config) config { c.insecureTLS = on; return c })
}

// WithCAFile trusts the certificates of a PEM file, or of all files of a folder,
// instead of the system's.
func WithCAFile(path string) Option {
	return optionFunc(func(c config) config { c.caFile = path; return c })
}

// WithClientCertFile presents the certificate and key of one PEM file, which is
// read again when it changes.
func WithClientCertFile(path string) Option {
	return optionFunc(func(c config) config { c.clientCertFile = path; return c })
}

// WithTimeout bounds one request, [DefaultTimeout] by default. Below 30 s the
// server's own answer to a locked database is never seen; 0 or less means 30 s.
func WithTimeout(d time.Duration) Option {
	return optionFunc(func(c config) config { c.timeout = d; return c })
}

// WithTransport replaces the network transport, of requests for tokens too. It
// must not record spans: the client sends what tracing produced.
func WithTransport(rt http.RoundTripper) Option {
	return optionFunc(func(c config) config { c.transport = rt; return c })
}
