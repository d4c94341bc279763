package mlflow

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// DefaultURI is where `mlflow server` listens by default.
const DefaultURI = "http://127.0.0.1:5000"

// Config is what the environment says about the tracking server, under the
// names MLflow's own clients use. Printed, logged or marshalled it shows no secrets.
type Config struct {
	URI            string // MLFLOW_TRACKING_URI
	ExperimentName string // MLFLOW_EXPERIMENT_NAME, empty when unset
	ExperimentID   string // MLFLOW_EXPERIMENT_ID, empty when unset; wins over the name
	EnableTracking bool   // MLFLOW_ENABLE_TRACKING: runs
	EnableTracing  bool   // MLFLOW_ENABLE_TRACING: traces

	Username, Password string // MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD
	Token              string // MLFLOW_TRACKING_TOKEN
	InsecureTLS        bool   // MLFLOW_TRACKING_INSECURE_TLS
	CAFile             string // MLFLOW_TRACKING_SERVER_CERT_PATH
	ClientCertFile     string // MLFLOW_TRACKING_CLIENT_CERT_PATH: PEM with certificate and key
}

// FromEnv reads the MLFLOW_* environment. A secret can also come from a file
// named by the same variable with _FILE appended. Unset switches are on, and an
// unset address is [DefaultURI]. The error lists every variable that cannot be
// read.
func FromEnv() (Config, error) { return fromLookup(os.LookupEnv) }

func fromLookup(lookup func(string) (string, bool)) (Config, error) {
	get := func(key string) string { v, _ := lookup(key); return strings.TrimSpace(v) }
	var errs []error
	flag := func(key string, unset bool) bool {
		v := get(key)
		if v == "" {
			return unset
		}
		b, err := parseBool(v)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s=%q: write true or false", key, v))
		}
		return b
	}
	secret := func(key string) string {
		if v := get(key); v != "" {
			return v
		}
		path := get(key + "_FILE")
		if path == "" {
			return ""
		}
		b, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("read %s_FILE: %w", key, err))
		}
		return strings.TrimSpace(string(b))
	}
	c := Config{
		URI:            get("MLFLOW_TRACKING_URI"),
		ExperimentName: get("MLFLOW_EXPERIMENT_NAME"),
		ExperimentID:   get("MLFLOW_EXPERIMENT_ID"),
		EnableTracking: flag("MLFLOW_ENABLE_TRACKING", true),
		EnableTracing:  flag("MLFLOW_ENABLE_TRACING", true),
		Username:       get("MLFLOW_TRACKING_USERNAME"),
		Password:       secret("MLFLOW_TRACKING_PASSWORD"),
		Token:          secret("MLFLOW_TRACKING_TOKEN"),
		InsecureTLS:    flag("MLFLOW_TRACKING_INSECURE_TLS", false),
		CAFile:         get("MLFLOW_TRACKING_SERVER_CERT_PATH"),
		ClientCertFile: get("MLFLOW_TRACKING_CLIENT_CERT_PATH"),
	}
	if c.URI == "" {
		c.URI = DefaultURI
	}
	return c, errors.Join(errs...)
}

// parseBool takes what people write in .env files, as MLflow does, and more.
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "yes", "on":
		return true, nil
	case "no", "off":
		return false, nil
	}
	return strconv.ParseBool(strings.ToLower(s))
}

// Client makes a client of this configuration; opts come on top. Errors are those
// of [NewClient].
func (c Config) Client(opts ...Option) (*Client, error) {
	base := []Option{WithInsecureTLS(c.InsecureTLS), WithCAFile(c.CAFile), WithClientCertFile(c.ClientCertFile)}
	if c.Username != "" || c.Password != "" {
		base = append(base, WithBasicAuth(c.Username, c.Password))
	}
	if c.Token != "" {
		base = append(base, WithToken(c.Token))
	}
	return NewClient(c.URI, append(base, opts...)...)
}
