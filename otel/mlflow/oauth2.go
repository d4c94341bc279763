package mlflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// OAuth2 is how a client gets access tokens for itself: the client credentials
// grant (RFC 6749, section 4.4). Printed, logged or marshalled it shows no secret.
type OAuth2 struct {
	TokenURL         string // of the token endpoint, http or https
	ClientID         string
	ClientSecret     string
	ClientSecretFile string // read for each token request; ClientSecret wins
	Scopes           string // separated by blanks; may be empty
	Audience         string // sent as audience, which some servers want; may be empty
	// Params are further parameters of the token request, in the form of
	// [ParseHeaders], such as resource=https%3A%2F%2Fmlflow.example; may be empty.
	Params string
}

// reservedParams are set by the grant itself, or have a field of their own.
var reservedParams = []string{"grant_type", "client_id", "client_secret", "scope", "audience"}

// check returns what to put right, and the parameters beside those of the grant.
func (o OAuth2) check() (url.Values, error) {
	u, err := url.Parse(o.TokenURL)
	switch {
	case o.TokenURL == "":
		return nil, errors.New("OAuth2 needs the address of a token endpoint: set MLFLOW_TRACKING_OAUTH2_TOKEN_URL")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil:
		return nil, errors.New("the OAuth2 token endpoint is no http:// or https:// address without credentials: " +
			"mend MLFLOW_TRACKING_OAUTH2_TOKEN_URL")
	case o.ClientID == "":
		return nil, errors.New("OAuth2 needs a client: set MLFLOW_TRACKING_OAUTH2_CLIENT_ID")
	case o.ClientSecret == "" && o.ClientSecretFile == "":
		return nil, errors.New("OAuth2 needs the client's secret: set MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET, or " +
			"MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE")
	}
	pairs, err := ParseHeaders(o.Params)
	if err != nil {
		return nil, fmt.Errorf("read MLFLOW_TRACKING_OAUTH2_PARAMS: %w", err)
	}
	params := url.Values{}
	for k, v := range pairs {
		params.Set(k, v)
	}
	for _, name := range reservedParams {
		if params.Has(name) {
			return nil, fmt.Errorf("read MLFLOW_TRACKING_OAUTH2_PARAMS: %s has a setting of its own", name)
		}
	}
	if o.Audience != "" {
		params.Set("audience", o.Audience)
	}
	return params, nil
}

// secretValues are what must not be shown.
func (o OAuth2) secretValues() []string {
	values := []string{o.ClientSecret}
	if pairs, err := ParseHeaders(o.Params); err == nil {
		for k, v := range pairs {
			if secretParam(k) {
				values = append(values, v)
			}
		}
	}
	return values
}

// secretParam reports whether a parameter's value is a secret by its name; a
// resource or a tenant is not, and server's words would be hidden with it.
func secretParam(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "secret") || strings.Contains(name, "password") || strings.Contains(name, "assertion") ||
		strings.Contains(name, "token") || strings.Contains(name, "key")
}

// shownOAuth2 is an OAuth2 without its methods.
type shownOAuth2 OAuth2

func (o OAuth2) shown() shownOAuth2 {
	for _, secret := range []*string{&o.ClientSecret, &o.Params} {
		if *secret != "" {
			*secret = hidden
		}
	}
	if u, err := url.Parse(o.TokenURL); err != nil {
		o.TokenURL = hidden
	} else if u.User != nil {
		u.User = nil
		o.TokenURL = u.String()
	}
	return shownOAuth2(o)
}

// Format writes it without secrets, for every verb of package fmt.
func (o OAuth2) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), o.shown())
}

// LogValue returns what Format writes.
func (o OAuth2) LogValue() slog.Value { return slog.AnyValue(o.shown()) }

// MarshalJSON returns the fields as Format shows them.
func (o OAuth2) MarshalJSON() ([]byte, error) { return json.Marshal(o.shown()) }
