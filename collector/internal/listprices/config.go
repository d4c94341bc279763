// Package listprices is the section prices of components that know what model calls cost.
package listprices

import (
	"fmt"

	"github.com/technoshare/commentator/otel/genai/prices"
)

// Config says what model calls cost whose cost no span says.
type Config struct {
	// Enabled computes their cost by list.
	Enabled bool `mapstructure:"enabled"`
	// File has entries in place of the built-in ones and beside them, in the form that package prices documents.
	File string `mapstructure:"file"`
}

// Default is the built-in table.
func Default() Config { return Config{Enabled: true} }

// Validate reads the file.
func (c *Config) Validate() error {
	_, err := c.Table()
	return err
}

// Table returns the prices, nil where they are switched off.
func (c *Config) Table() (*prices.Table, error) {
	if !c.Enabled {
		return nil, nil
	}
	table, err := prices.Load(c.File)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return table, nil
}
