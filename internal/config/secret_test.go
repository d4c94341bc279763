package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/technoshare/commentator/internal/config"
)

const hidden = "Walnut-9-Cedar"

// forms gives a value in every form in which a program shows values.
func forms(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	out["Sprint"] = fmt.Sprint(v)
	for name, marshal := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "YAML": yaml.Marshal} {
		body, err := marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(body)
	}
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", v)
	out["slog text"], out["slog JSON"] = text.String(), js.String()
	return out
}

func TestSecretsShowInNoForm(t *testing.T) {
	secret, address := config.NewSecret(hidden), config.Address("http://carla:"+hidden+"@mlflow:5000/x")
	type visible struct{ S any }
	type unexported struct{ s config.Secret }
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "list": []config.Secret{secret}, "map": map[string]config.Secret{"k": secret},
		"struct": visible{secret}, "unexported field": unexported{secret}, "address": address, "addresses": []config.Address{address},
		"settings": config.Settings{Model: config.Model{APIKey: secret, BaseURL: address}},
	} {
		for form, shown := range forms(t, v) {
			if strings.Contains(shown, hidden) || strings.Contains(shown, fmt.Sprintf("%x", hidden)) {
				t.Errorf("%s as %s: %s", name, form, shown)
			}
		}
	}
	for form, want := range map[string]string{"%v": "***", "%+v": "***", "%#v": `"***"`, "%s": "***", "%q": `"***"`, "JSON": `"***"`, "YAML": "'***'\n"} {
		if got := forms(t, secret)[form]; got != want {
			t.Errorf("%s is %s, want %s", form, got, want)
		}
	}
	if got := fmt.Sprint(address); got != "http://mlflow:5000/x" {
		t.Errorf("the address shows as %s", got)
	}
	if got := fmt.Sprintf("%v %q", config.Secret{}, config.Secret{}); got != ` ""` {
		t.Errorf("no secret shows as %s", got)
	}
}

func TestSecretsAreRevealedWhenAskedFor(t *testing.T) {
	if s := config.NewSecret(hidden); s.Reveal() != hidden || !s.IsSet() {
		t.Errorf("got %q", s.Reveal())
	}
	if s := config.NewSecret(""); s.Reveal() != "" || s.IsSet() {
		t.Errorf("got %q", s.Reveal())
	}
	var s config.Secret
	if err := json.Unmarshal([]byte(`"`+hidden+`"`), &s); err != nil || s.Reveal() != hidden {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
}

// A setting that holds a credential by its name must hold it by its type.
func TestSettingsThatNameCredentialsHaveTheirTypes(t *testing.T) {
	shown := map[string]bool{ // by design
		"MLFLOW_UI_URL":    true,                               // printed for people
		"MODEL_MAX_TOKENS": true, "MODEL_CONTEXT_TOKENS": true, // numbers
		"MLFLOW_TRACKING_TOKEN_FILE": true, "MLFLOW_TRACKING_OAUTH2_CLIENT_SECRET_FILE": true, // paths
		"MLFLOW_TRACKING_OAUTH2_TOKEN_URL": true, // refused with credentials in it
	}
	secrets := map[string]bool{}
	for _, name := range config.Secrets() {
		secrets[name] = true
	}
	n := 0
	for _, v := range config.Variables() {
		for _, word := range []string{"TOKEN", "KEY", "PASSWORD", "SECRET", "URL", "URI"} {
			if strings.Contains(v.Name, word) && !shown[v.Name] {
				n++
				if !secrets[v.Name] {
					t.Errorf("%s is neither a Secret nor an Address", v.Name)
				}
				break
			}
		}
	}
	if n < 12 {
		t.Errorf("only %d settings were looked at", n)
	}
	if reflect.TypeFor[config.Secret]().Kind() == reflect.String {
		t.Error("a string of a secret can be converted without a word")
	}
}

func ExampleSecret() {
	key := config.NewSecret("sk-proj-Walnut9Cedar8")
	fmt.Printf("key: %v, %d characters\n", key, len(key.Reveal()))
	// Output: key: ***, 21 characters
}
