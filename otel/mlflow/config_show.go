package mlflow

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
)

// shown is a Config without its methods, and with a mark in place of secrets.
type shown Config

func (c Config) shown() shown {
	mask := func(secret *string) {
		if *secret != "" {
			*secret = "***"
		}
	}
	mask(&c.Password)
	mask(&c.Token)
	if u, err := url.Parse(c.URI); err != nil {
		mask(&c.URI) // whatever it holds
	} else if u.User != nil {
		u.User = nil
		c.URI = u.String()
	}
	return shown(c)
}

// Format writes the configuration without its secrets, for every verb of package
// fmt. Password and Token show as ***, URI without user and password.
func (c Config) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), c.shown())
}

// LogValue returns what Format writes.
func (c Config) LogValue() slog.Value { return slog.AnyValue(c.shown()) }

// MarshalJSON returns the fields as Format shows them.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.shown()) }
