package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
)

// clear removes the variables from the test's environment, and restores them.
func clear(t *testing.T, names ...string) {
	t.Helper()
	for _, n := range names {
		t.Setenv(n, "")
		if err := os.Unsetenv(n); err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func parse(t *testing.T, args ...string) config.Settings {
	t.Helper()
	var s struct {
		config.Settings `embed:""`
	}
	k, err := kong.New(&s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(args); err != nil {
		t.Fatal(err)
	}
	return s.Settings
}

// The settings of the original program, as its users have them.
const originalEnv = `SLACK_APP_TOKEN=xapp-1
SLACK_BOT_TOKEN=xoxb-1
SLACK_SIGNING_SECRET=abc
TECHNOSHARE_CHANNEL_ID=C01RESEARCH,C02
OPENAI_API_KEY="sk-test"
MODEL=gpt-5.2
DB_PATH=./db.sqlite
MAX_LINKS_PER_MESSAGE=2
LOG_LEVEL=WARNING
MLFLOW_TRACKING_URI=http://127.0.0.1:5999
MLFLOW_EXPERIMENT_NAME=mine
MLFLOW_ENABLE_TRACKING=false
MLFLOW_ENABLE_TRACING=true
`

func TestOriginalDotEnvWorksAsItIs(t *testing.T) {
	var names []string
	for _, line := range strings.Split(strings.TrimSpace(originalEnv), "\n") {
		names = append(names, strings.SplitN(line, "=", 2)[0])
	}
	clear(t, names...)
	if err := config.LoadDotEnv(write(t, ".env", originalEnv), true); err != nil {
		t.Fatal(err)
	}
	s := parse(t)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Model.Model != "gpt-5.2" || s.Slack.MaxLinks != 2 || len(s.Slack.Channels) != 2 || s.MLflow.EnableTracking || !s.MLflow.EnableTracing ||
		s.MLflow.ExperimentName != "mine" || s.Storage.DBPath != "./db.sqlite" || !s.Model.UsesModel() {
		t.Errorf("settings %+v", s)
	}
}

func TestPrecedenceIsFlagEnvironmentFileDefault(t *testing.T) {
	clear(t, "MODEL")
	file := write(t, ".env", "MODEL=from-file\n")
	if got := parse(t).Model.Model; got != "gpt-4o" {
		t.Errorf("default: %s", got)
	}
	if err := config.LoadDotEnv(file, true); err != nil {
		t.Fatal(err)
	}
	if got := parse(t).Model.Model; got != "from-file" {
		t.Errorf("file: %s", got)
	}
	t.Setenv("MODEL", "from-environment")
	if err := config.LoadDotEnv(file, true); err != nil {
		t.Fatal(err)
	}
	if got := parse(t).Model.Model; got != "from-environment" {
		t.Errorf("environment: %s", got)
	}
	if got := parse(t, "--model=from-flag").Model.Model; got != "from-flag" {
		t.Errorf("flag: %s", got)
	}
}

func TestMalformedDotEnvDoesNotShowItsValues(t *testing.T) {
	err := config.LoadDotEnv(write(t, ".env", "OPENAI_API_KEY sk-very-secret\n"), true)
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "very-secret") {
		t.Errorf("the secret is in %q", err)
	}
	if !strings.Contains(err.Error(), "NAME=value") {
		t.Errorf("no word on how to mend it: %q", err)
	}
}

func TestMissingDotEnvIsAnErrorOnlyWhenAskedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none")
	if err := config.LoadDotEnv(file, false); err != nil {
		t.Error(err)
	}
	if err := config.LoadDotEnv(file, true); err == nil {
		t.Error("no error for a file that was named")
	}
}

func TestSecretFromFile(t *testing.T) {
	clear(t, "MLFLOW_TRACKING_TOKEN")
	t.Setenv("MLFLOW_TRACKING_TOKEN_FILE", write(t, "token", "s3cret-token\n"))
	if err := config.LoadSecretFiles(); err != nil {
		t.Fatal(err)
	}
	if got := parse(t).MLflow.Token; got != "s3cret-token" {
		t.Errorf("token %q", got)
	}
	found := false
	for _, s := range config.Secrets() {
		found = found || s == "s3cret-token"
	}
	if !found {
		t.Error("the token is not among the secrets to mask")
	}
}

func TestBadSettingsSayHowToMendThem(t *testing.T) {
	for name, c := range map[string]struct{ args, want string }{
		"tracking uri without scheme": {"--tracking-uri=127.0.0.1:5000", "http://127.0.0.1:5000"},
		"tracking uri of a file":      {"--tracking-uri=sqlite:///x.db", "MLFLOW_TRACKING_URI"},
		"model base url":              {"--openai-base-url=localhost", "OPENAI_BASE_URL"},
		"temperature":                 {"--temperature=3", "from 0 to 2"},
		"max tokens":                  {"--max-tokens=0", "MODEL_MAX_TOKENS"},
		"links":                       {"--max-links=0", "MAX_LINKS_PER_MESSAGE"},
		"log level":                   {"--log-level=loud", "DEBUG, INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, c.args)
			err := s.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a word on %q", err, c.want)
			}
		})
	}
}

func TestPasswordInURLIsNotShown(t *testing.T) {
	s := parse(t, "--tracking-uri=ftp://user:hunter22@host/")
	if err := s.Check(); err == nil || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("got %v", err)
	}
}

func TestDataDirThatCannotBeWritten(t *testing.T) {
	file := write(t, "file", "")
	s := parse(t, "--data-dir="+filepath.Join(file, "below"))
	if err := s.EnsureDataDir(); err == nil || !strings.Contains(err.Error(), "COMMENTATOR_DATA_DIR") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsInAddressesAndHeadersAreMasked(t *testing.T) {
	clear(t, "OPENAI_API_KEY")
	t.Setenv("MLFLOW_TRACKING_URI", "http://carla:in-the-uri@mlflow:5000")
	t.Setenv("MLFLOW_TRACKING_USERNAME", "carla")
	t.Setenv("MLFLOW_TRACKING_PASSWORD", "on-its-own")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=backend-key, authorization=Basic%20abcdef")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "short=1")
	got := config.Secrets()
	for _, want := range []string{"in-the-uri", "on-its-own", "Y2FybGE6b24taXRzLW93bg==", "Y2FybGE6aW4tdGhlLXVyaQ==", "backend-key", "Basic abcdef"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %q", want, got)
		}
	}
	if slices.Contains(got, "1") || slices.Contains(got, "carla") {
		t.Errorf("too much is masked: %q", got)
	}
}
