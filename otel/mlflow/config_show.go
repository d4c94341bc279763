package mlflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// shown is a Config without its methods, and with a mark in place of secrets.
type shown Config

func (c Config) shown() shown {
	for _, secret := range []*string{&c.Password, &c.Token, &c.Headers} {
		if *secret != "" {
			*secret = hidden
		}
	}
	if c.URI != "" {
		c.URI = shownAddress(c.URI)
	}
	return shown(c)
}

// shownAddress is a tracking URI without user and password.
func shownAddress(uri string) string {
	u, err := ParseURI(uri)
	if err == nil {
		u.User = nil
		return u.String()
	}
	var e *URIError
	if errors.As(err, &e) && e.Shown != "" {
		return e.Shown
	}
	return hidden // whatever it holds
}

// Format writes the configuration without its secrets, for every verb of package
// fmt. What may be secret shows as ***, URI without user and password.
func (c Config) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), c.shown())
}

// LogValue returns what Format writes.
func (c Config) LogValue() slog.Value { return slog.AnyValue(c.shown()) }

// MarshalJSON returns the fields as Format shows them.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.shown()) }
