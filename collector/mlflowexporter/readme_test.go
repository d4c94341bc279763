package mlflowexporter

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension"
	"go.yaml.in/yaml/v3"
)

// TestREADMEsConfigurationsAreValid reads the examples as the Collector would.
func TestREADMEsConfigurationsAreValid(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	exporters := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		var doc struct {
			Extensions map[string]any `yaml:"extensions"`
			Exporters  any            `yaml:"exporters"` // a list in a manifest of the builder
		}
		if err := yaml.Unmarshal([]byte(block[1]), &doc); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
			continue
		}
		if all, ok := doc.Exporters.(map[string]any); ok {
			exporters++
			text, err := yaml.Marshal(all["mlflow"])
			if err != nil {
				t.Fatal(err)
			}
			c, err := parse(t, string(text))
			if err == nil {
				err = confmap.Validate(c)
			}
			if err != nil {
				t.Errorf("%v in\n%s", err, block[1])
			}
		}
		for _, f := range []extension.Factory{oauth2clientauthextension.NewFactory(), bearertokenauthextension.NewFactory()} {
			settings, ok := doc.Extensions[f.Type().String()].(map[string]any)
			if !ok {
				continue
			}
			cfg := f.CreateDefaultConfig()
			err := confmap.NewFromStringMap(settings).Unmarshal(cfg)
			if err == nil {
				err = confmap.Validate(cfg)
			}
			if err != nil {
				t.Errorf("%s: %v in\n%s", f.Type(), err, block[1])
			}
		}
	}
	if exporters < 2 {
		t.Errorf("%d examples found", exporters)
	}
}

// TestREADMEListsTheSettings holds the table of settings against the configuration.
func TestREADMEListsTheSettings(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	c := confmap.New()
	if err := c.Marshal(createDefaultConfig()); err != nil {
		t.Fatal(err)
	}
	for _, section := range []string{"workspace", "experiment", "assembly", "limits", "delivery"} {
		sub, err := c.Sub(section)
		if err != nil || len(sub.AllKeys()) == 0 {
			t.Fatal(section, err)
		}
		for _, key := range sub.AllKeys() {
			if !strings.Contains(string(readme), "`"+section+"::"+key+"`") && !strings.Contains(string(readme), "`::"+key+"`") {
				t.Errorf("README.md does not mention %s::%s", section, key)
			}
		}
	}
}
