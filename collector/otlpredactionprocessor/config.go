package otlpredactionprocessor

import (
	"errors"
	"fmt"
	"regexp"

	"go.opentelemetry.io/collector/component"
)

// Config is what a user writes below processors::otlp_redaction. Patterns are regular
// expressions of Go (RE2).
type Config struct {
	// BlockedKeyPatterns name attributes whose value goes as a whole, at any depth, and what goes behind such a name
	// within a text: in JSON, headers, forms, settings. A value whose name is the value of another attribute goes too, as that of
	// headers.0.value does where headers.0.name is authorization.
	BlockedKeyPatterns []string `mapstructure:"blocked_key_patterns"`
	// BlockedValues are secrets: of what matches, wherever it stands, the group named secret goes, or all of it where
	// there is no such group. A pattern of which every match contains one of a
	// few texts costs next to nothing where none of them is.
	BlockedValues []string `mapstructure:"blocked_values"`
	// Mask stands in place of what went.
	Mask string `mapstructure:"mask"`
}

func createDefaultConfig() component.Config { return &Config{Mask: "****"} }

// Validate checks the section.
func (c *Config) Validate() error {
	var errs []error
	for key, list := range map[string][]string{"blocked_key_patterns": c.BlockedKeyPatterns, "blocked_values": c.BlockedValues} {
		for i, p := range list {
			if re, err := regexp.Compile(p); err != nil {
				errs = append(errs, fmt.Errorf("%s[%d]: %w", key, i, err))
			} else if re.MatchString("") {
				errs = append(errs, fmt.Errorf("%s[%d]: %q matches no text at all, which is everywhere", key, i, p))
			}
		}
	}
	return errors.Join(errs...)
}
