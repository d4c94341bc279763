package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/joho/godotenv"
)

// maxSecretFile bounds a secret file, in bytes.
const maxSecretFile = 64 << 10

// LoadDotEnv adds the variables of a .env file to the process environment;
// variables that are set already win. A file that does not exist is no error
// unless required.
func LoadDotEnv(file string, required bool) error {
	vars, err := godotenv.Read(file)
	if errors.Is(err, os.ErrNotExist) && !required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read settings from %s: %w; each line must read NAME=value", file, withoutValues(err))
	}
	for name, value := range vars {
		if _, set := os.LookupEnv(name); set || value == "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s from %s: %w", name, file, err)
		}
	}
	return nil
}

// withoutValues keeps a parser's quote of the file, which may hold a secret,
// out of the error.
func withoutValues(err error) error {
	if pe := new(os.PathError); errors.As(err, &pe) {
		return err
	}
	return errors.New("a line is malformed")
}

// LoadSecretFiles sets NAME from the content of the file named by NAME_FILE,
// for each setting that is a secret. NAME itself wins.
func LoadSecretFiles() error {
	for _, name := range secretVariables {
		file := os.Getenv(name + "_FILE")
		if _, set := os.LookupEnv(name); set || file == "" {
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("read secret %s_FILE: %w", name, err)
		}
		if info.Size() > maxSecretFile {
			return fmt.Errorf("read secret %s_FILE: %s has %d bytes, more than the %d a secret may have", name, file, info.Size(), maxSecretFile)
		}
		value, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read secret %s_FILE: %w", name, err)
		}
		if err := os.Setenv(name, strings.TrimSpace(string(value))); err != nil {
			return fmt.Errorf("set secret %s: %w", name, err)
		}
	}
	return nil
}

// secretVariables are the settings that may not be shown anywhere.
var secretVariables = []string{
	"MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "OPENAI_API_KEY", "GITHUB_TOKEN", "HF_TOKEN",
	"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "COMMENTATOR_DATABASE_URL",
}

// Secrets lists the secret values in use, for a log handler to mask: those of
// the secret settings, passwords in addresses, and the values of
// OTEL_EXPORTER_OTLP_HEADERS. Values below 6 characters would mask common words.
func Secrets() []string {
	var out []string
	add := func(v string) {
		if len(v) >= 6 {
			out = append(out, v)
		}
	}
	basic := func(user, password string) {
		if password != "" {
			add(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
			add(password)
		}
	}
	for _, name := range secretVariables {
		if name != "COMMENTATOR_DATABASE_URL" {
			add(os.Getenv(name))
		}
	}
	basic(os.Getenv("MLFLOW_TRACKING_USERNAME"), os.Getenv("MLFLOW_TRACKING_PASSWORD"))
	for _, name := range addressVariables {
		if u, err := url.Parse(os.Getenv(name)); err == nil {
			password, _ := u.User.Password()
			basic(u.User.Username(), password)
		}
	}
	for _, name := range headerVariables {
		for header := range strings.SplitSeq(os.Getenv(name), ",") {
			_, v, _ := strings.Cut(header, "=")
			add(strings.TrimSpace(v))
			if plain, err := url.PathUnescape(v); err == nil && plain != v {
				add(strings.TrimSpace(plain))
			}
		}
	}
	return out
}

// addressVariables may hold a user and a password.
var addressVariables = []string{
	"MLFLOW_TRACKING_URI", "OPENAI_BASE_URL", "COMMENTATOR_DATABASE_URL", "SLACK_API_URL",
	"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
}

// headerVariables hold name=value,name=value, with values in percent encoding.
var headerVariables = []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}

// Variable is one line of .env.example.
type Variable struct{ Group, Name, Default, Help string }

// Variables lists every setting, in the order of the struct.
func Variables() []Variable {
	var out []Variable
	walk(reflect.TypeFor[Settings](), "", &out)
	return out
}

func walk(t reflect.Type, group string, out *[]Variable) {
	for i := range t.NumField() {
		f := t.Field(i)
		if _, embedded := f.Tag.Lookup("embed"); embedded {
			walk(f.Type, f.Tag.Get("group"), out)
			continue
		}
		*out = append(*out, Variable{group, f.Tag.Get("env"), f.Tag.Get("default"), f.Tag.Get("help")})
	}
}
