package mlflowexporter

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
)

// Unmarshal refuses keys that do not exist. The Collector would do so by itself,
// but confighttp's settings, squashed into a configuration, switch that off for
// all keys beside and below them.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	var errs []error
	known := keys(reflect.TypeFor[Config]())
	for _, k := range slices.Sorted(maps.Keys(conf.ToStringMap())) {
		if !known[k] {
			errs = append(errs, fmt.Errorf("%s: there is no such key", k))
		}
	}
	for key, section := range map[string]any{
		"workspace": &c.Workspace, "experiment": &c.Experiment, "assembly": &c.Assembly, "limits": &c.Limits,
		"delivery": &c.Delivery, "retry_on_failure": &c.RetryConfig, "tls": &c.ClientConfig.TLS, "prices": &c.Prices,
	} {
		sub, err := conf.Sub(key)
		if err == nil {
			err = sub.Unmarshal(section)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

// keys are the names of a configuration's fields, squashed ones included.
func keys(t reflect.Type) map[string]bool {
	out := map[string]bool{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
		if strings.Contains(options, "squash") {
			maps.Copy(out, keys(f.Type))
		} else if name != "" {
			out[name] = true
		}
	}
	return out
}
