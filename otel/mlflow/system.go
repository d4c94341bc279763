package mlflow

import (
	"cmp"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/technoshare/commentator/otel/namedfile"
)

// WithSystemDefaults fills in what MLflow's Python client takes from elsewhere
// than MLFLOW_* variables, where the configuration has nothing of its own:
//
//   - the certificates to trust, from REQUESTS_CA_BUNDLE or else CURL_CA_BUNDLE,
//     unless neither server nor token endpoint is reached over https;
//   - user and password from the section [mlflow] of ~/.mlflow/credentials, unless
//     other credentials are set.
//
// A file that is missing or cannot be read fills in nothing. [FromEnv] does this.
func (c Config) WithSystemDefaults() Config {
	if c.CAFile == "" && !c.InsecureTLS && (usesTLS(c.URI) || usesTLS(c.OAuth2.TokenURL)) {
		c.CAFile = cmp.Or(strings.TrimSpace(os.Getenv("REQUESTS_CA_BUNDLE")), strings.TrimSpace(os.Getenv("CURL_CA_BUNDLE")))
	}
	if c.Token != "" || c.TokenFile != "" || c.OAuth2 != (OAuth2{}) || c.Auth != "" || c.Username != "" && c.Password != "" {
		return c
	}
	if u, err := ParseURI(c.URI); err == nil && u.User != nil {
		return c
	}
	user, password := storedCredentials()
	c.Username, c.Password = cmp.Or(c.Username, user), cmp.Or(c.Password, password)
	return c
}

func usesTLS(uri string) bool {
	u, err := url.Parse(strings.TrimSpace(uri))
	return err == nil && strings.EqualFold(u.Scheme, "https")
}

// maxCredentials bounds ~/.mlflow/credentials, in bytes.
const maxCredentials = 64 << 10

// storedCredentials reads ~/.mlflow/credentials, an INI file of Python's
// configparser (mlflow/utils/credentials.py).
func storedCredentials() (user, password string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", ""
	}
	text, err := namedfile.Read(filepath.Join(home, ".mlflow", "credentials"), maxCredentials)
	if err != nil {
		return "", ""
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section, _, _ = strings.Cut(name, "]")
			continue
		}
		at := strings.IndexAny(line, "=:")
		if section != "mlflow" || at < 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		// configparser takes % as its own sign, which is written twice.
		value := strings.ReplaceAll(strings.TrimSpace(line[at+1:]), "%%", "%")
		switch strings.ToLower(strings.TrimSpace(line[:at])) {
		case "mlflow_tracking_username":
			user = value
		case "mlflow_tracking_password":
			password = value
		}
	}
	return user, password
}
