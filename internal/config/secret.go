package config

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
)

// Mask stands where a secret was.
const Mask = "***"

// Secret is a token, key or password. It prints, formats, logs and marshals as
// Mask, or as nothing where none is set; only Reveal gives the value. A Secret is
// immutable and may be used by several goroutines.
type Secret struct {
	// The value hangs on a pointer because fmt prints unexported fields of other
	// structs without asking their methods: it then shows an address in memory.
	value *string
}

// NewSecret returns the secret that holds value. An empty value is no secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// Reveal returns the value itself, for the request or signature that needs it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet reports whether there is a value.
func (s Secret) IsSet() bool { return s.value != nil }

// String returns Mask, or nothing where no value is set.
func (s Secret) String() string {
	if s.IsSet() {
		return Mask
	}
	return ""
}

// Format writes what String returns for every verb of package fmt.
func (s Secret) Format(f fmt.State, verb rune) { format(f, verb, s.String()) }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String returns. The encoders of JSON, XML and YAML call it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the value as it is, but for a line break at its end, as secrets of Kubernetes have that were
// made of a file. The command line's parser calls it. An empty text sets no secret.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(strings.TrimRight(string(text), "\r\n"))
	return nil
}

// format writes shown in the place of a value that has something to hide.
func format(f fmt.State, verb rune, shown string) {
	if verb == 'q' || f.Flag('#') {
		shown = strconv.Quote(shown)
	}
	_, _ = io.WriteString(f, shown)
}
