package analysis

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
)

//go:embed assets/prices.yaml
var defaultPrices []byte

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Input       float64  `yaml:"input"`
	CachedInput *float64 `yaml:"cached_input"` // nil: as Input
	Output      float64  `yaml:"output"`
}

// Prices maps a model to its price. Keys are names as requests carry them,
// mostly without the date of a snapshot.
type Prices map[string]Price

// priceFile is the form of a prices file; see assets/prices.yaml for its
// fields.
type priceFile struct {
	Models Prices `yaml:"models"`
}

// LoadPrices returns the built-in table, with the entries of the file at path
// in place of or beside it; an empty path gives the built-in table alone.
// Negative prices and unknown keys are errors. The caller owns the result.
func LoadPrices(path string) (Prices, error) {
	var base, own priceFile
	if err := loadYAML("", defaultPrices, &base); err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	if path == "" {
		return base.Models, nil
	}
	if err := loadYAML(path, nil, &own); err != nil {
		return nil, fmt.Errorf("read prices: %w", err)
	}
	for name, p := range own.Models {
		if p.Input < 0 || p.Output < 0 || p.CachedInput != nil && *p.CachedInput < 0 {
			return nil, fmt.Errorf("read prices: %s: the price of %s is negative: write US dollars per million tokens", path, name)
		}
	}
	maps.Copy(base.Models, own.Models)
	return base.Models, nil
}

// snapshot is the date that providers append to a model's name:
// gpt-4o-2024-08-06, claude-x-20250219, gpt-4-0613.
var snapshot = regexp.MustCompile(`-(\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$`)

// Cost is the price of one call in US dollars, or nil when the table has no
// entry for any of the names (the first that is known counts; a dated name
// falls back to the undated one). cached is the part of input that the server
// had in its cache; more than input is taken as all of it.
func (p Prices) Cost(input, cached, output int, models ...string) *float64 {
	for _, m := range models {
		price, ok := p[m]
		if !ok {
			price, ok = p[snapshot.ReplaceAllString(m, "")]
		}
		if !ok {
			continue
		}
		cachedPrice := price.Input
		if price.CachedInput != nil {
			cachedPrice = *price.CachedInput
		}
		// A server that counts cached tokens beside the input must not make the
		// rest negative.
		cached = min(max(cached, 0), input)
		usd := (float64(input-cached)*price.Input + float64(cached)*cachedPrice + float64(output)*price.Output) / 1e6
		return &usd
	}
	return nil
}
