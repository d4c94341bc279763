package mlflow

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// DefaultURI is where `mlflow server` listens by default.
const DefaultURI = "http://127.0.0.1:5000"

// Config is what the environment says about the tracking server, under the
// names MLflow's own clients use where they have one. Printed, logged or
// marshalled it shows no secrets.
type Config struct {
	URI              string // MLFLOW_TRACKING_URI
	ExperimentName   string // MLFLOW_EXPERIMENT_NAME, empty when unset
	ExperimentID     string // MLFLOW_EXPERIMENT_ID, empty when unset; wins over the name
	ParentRunID      string // MLFLOW_RUN_ID, empty when unset: the run under which runs are written
	UIURL            string // MLFLOW_UI_URL, empty when unset: the server's address as people reach it
	EnableTracking   bool   // MLFLOW_ENABLE_TRACKING: runs
	EnableTracing    bool   // MLFLOW_ENABLE_TRACING: traces
	DisableArtifacts bool   // MLFLOW_ENABLE_ARTIFACTS=false: leave artifacts of runs out

	Timeout    time.Duration // MLFLOW_HTTP_REQUEST_TIMEOUT, of one request; 0 when unset
	MaxRetries int           // MLFLOW_HTTP_REQUEST_MAX_RETRIES, of one trace on a server that is well; 0 when unset

	Username, Password string // MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD
	Token              string // MLFLOW_TRACKING_TOKEN
	TokenFile          string // MLFLOW_TRACKING_TOKEN_FILE, read again when it changes
	OAuth2             OAuth2 // MLFLOW_TRACKING_OAUTH2_*
	Auth               string // MLFLOW_TRACKING_AUTH: kubernetes, kubernetes-namespaced or empty
	Headers            string // MLFLOW_TRACKING_HEADERS, in the form of ParseHeaders
	Workspace          string // MLFLOW_WORKSPACE

	InsecureTLS    bool   // MLFLOW_TRACKING_INSECURE_TLS
	CAFile         string // MLFLOW_TRACKING_SERVER_CERT_PATH, else REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE: PEM file or folder
	ClientCertFile string // MLFLOW_TRACKING_CLIENT_CERT_PATH: PEM with certificate and key

	InsecureStorageTLS bool // MLFLOW_S3_IGNORE_TLS: of the storage that presigned artifacts go to
}

// FromEnv reads the environment, see the package's documentation. Blanks around
// values do not count, and an empty variable is as good as none. A password can
// also come from a file named by the same variable with _FILE appended. Unset
// switches of what is written are on, and an unset address is [DefaultURI]. The
// error lists every variable that cannot be read.
func FromEnv() (Config, error) {
	c, err := fromLookup(os.LookupEnv)
	return c.WithSystemDefaults(), err
}

func fromLookup(lookup func(string) (string, bool)) (Config, error) {
	r := reader{lookup: lookup}
	c := Config{
		URI:              r.text("MLFLOW_TRACKING_URI"),
		ExperimentName:   r.text("MLFLOW_EXPERIMENT_NAME"),
		ExperimentID:     r.text("MLFLOW_EXPERIMENT_ID"),
		ParentRunID:      r.text("MLFLOW_RUN_ID"),
		UIURL:            r.text("MLFLOW_UI_URL"),
		EnableTracking:   r.flag("MLFLOW_ENABLE_TRACKING", true),
		EnableTracing:    r.flag("MLFLOW_ENABLE_TRACING", true),
		DisableArtifacts: !r.flag("MLFLOW_ENABLE_ARTIFACTS", true),
		Timeout:          time.Duration(r.number("MLFLOW_HTTP_REQUEST_TIMEOUT", "seconds, such as 120") * float64(time.Second)),
		MaxRetries:       int(r.number("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "a number, such as 7")),
		Username:         r.text("MLFLOW_TRACKING_USERNAME"),
		Password:         r.secret("MLFLOW_TRACKING_PASSWORD"),
		Token:            r.text("MLFLOW_TRACKING_TOKEN"),
		TokenFile:        r.file("MLFLOW_TRACKING_TOKEN_FILE"),
		OAuth2: OAuth2{
			TokenURL:         r.text("MLFLOW_TRACKING_OAUTH2_TOKEN_URL"),
			ClientID:         r.text("MLFLOW_TRACKING_OAUTH2_CLIENT_ID"),
			ClientSecret:     r.text("MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET"),
			ClientSecretFile: r.file("MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE"),
			Scopes:           r.text("MLFLOW_TRACKING_OAUTH2_SCOPES"),
			Audience:         r.text("MLFLOW_TRACKING_OAUTH2_AUDIENCE"),
			Params:           r.text("MLFLOW_TRACKING_OAUTH2_PARAMS"),
		},
		Auth:           r.text("MLFLOW_TRACKING_AUTH"),
		Headers:        r.text("MLFLOW_TRACKING_HEADERS"),
		Workspace:      r.text("MLFLOW_WORKSPACE"),
		InsecureTLS:    r.flag("MLFLOW_TRACKING_INSECURE_TLS", false),
		CAFile:         r.text("MLFLOW_TRACKING_SERVER_CERT_PATH"),
		ClientCertFile: r.text("MLFLOW_TRACKING_CLIENT_CERT_PATH"),

		InsecureStorageTLS: r.flag("MLFLOW_S3_IGNORE_TLS", false),
	}
	if c.URI == "" {
		c.URI = DefaultURI
	}
	return c, errors.Join(r.errs...)
}

// reader reads variables, and collects what is wrong with them. No error shows
// the value of one that may be a secret.
type reader struct {
	lookup func(string) (string, bool)
	errs   []error
}

func (r *reader) text(key string) string { v, _ := r.lookup(key); return strings.TrimSpace(v) }

func (r *reader) flag(key string, unset bool) bool {
	v := r.text(key)
	if v == "" {
		return unset
	}
	b, err := ParseBool(v)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s=%q: write true or false", key, v))
	}
	return b
}

// number reads one that is not negative; unset is 0.
func (r *reader) number(key, form string) float64 {
	v := r.text(key)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0 && n <= maxNumber) {
		r.errs = append(r.errs, fmt.Errorf("%s=%q: write %s", key, v, form))
		return 0
	}
	return n
}

// maxNumber bounds what is read from the environment: beyond it, in seconds, a
// duration overflows.
const maxNumber = 1e9

// secret reads a variable, or else the file that key with _FILE appended names.
func (r *reader) secret(key string) string {
	path := r.file(key + "_FILE")
	if path == "" {
		return r.text(key)
	}
	v, _ := readSecretFile(path) // file has told
	return v
}

// file reads the path of a secret's file, and whether it can be read now. It is
// empty where the secret itself is set, which wins.
func (r *reader) file(key string) string {
	path := r.text(key)
	if path == "" || r.text(strings.TrimSuffix(key, "_FILE")) != "" {
		return ""
	}
	if _, err := readSecretFile(path); err != nil {
		r.errs = append(r.errs, fmt.Errorf("read %s: %w", key, err))
	}
	return path
}

// ParseBool takes what people write for switches, as MLflow does, and more: true,
// t, 1, yes, on and their opposites, in any case.
func ParseBool(s string) (bool, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "yes", "on":
		return true, nil
	case "no", "off":
		return false, nil
	}
	return strconv.ParseBool(s)
}

// Client makes a client of this configuration; opts come on top. Errors are those
// of [NewClient].
func (c Config) Client(opts ...Option) (*Client, error) {
	base, err := c.options()
	if err != nil {
		return nil, err
	}
	return NewClient(c.URI, append(base, opts...)...)
}

// options are the configuration as options of NewClient.
func (c Config) options() ([]Option, error) {
	opts := []Option{
		WithInsecureTLS(c.InsecureTLS), WithCAFile(c.CAFile), WithClientCertFile(c.ClientCertFile),
		WithInsecureStorageTLS(c.InsecureStorageTLS), WithWorkspace(c.Workspace),
		WithToken(c.Token), WithTokenFile(c.TokenFile), WithOAuth2(c.OAuth2),
	}
	if c.Username != "" || c.Password != "" {
		opts = append(opts, WithBasicAuth(c.Username, c.Password))
	}
	switch c.Auth {
	case "":
	case "kubernetes", "kubernetes-namespaced":
		opts = append(opts, WithKubernetes(c.Auth == "kubernetes-namespaced"))
	default:
		return nil, fmt.Errorf("MLFLOW_TRACKING_AUTH=%q names a plugin of MLflow's Python client, which cannot be used here: write kubernetes "+
			"or kubernetes-namespaced, or unset it and set MLFLOW_TRACKING_TOKEN_FILE, MLFLOW_TRACKING_OAUTH2_TOKEN_URL or "+
			"MLFLOW_TRACKING_HEADERS", c.Auth)
	}
	headers, err := ParseHeaders(c.Headers)
	if err != nil {
		return nil, fmt.Errorf("read MLFLOW_TRACKING_HEADERS: %w", err)
	}
	opts = append(opts, WithHeaders(headers))
	if c.Timeout > 0 {
		opts = append(opts, WithTimeout(c.Timeout))
	}
	return opts, nil
}
