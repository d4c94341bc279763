package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/technoshare/commentator/internal/config"
)

// unset removes the variables from the test's environment, and restores them.
func unset(t *testing.T, names ...string) {
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

// load reads a .env file; "" is none.
func load(t *testing.T, file string) *config.Environment {
	t.Helper()
	e, err := config.LoadEnvironment(file, file != "")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func parse(t *testing.T, args ...string) config.Settings {
	t.Helper()
	s, err := parseFrom(load(t, ""), args...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parseFrom(e *config.Environment, args ...string) (config.Settings, error) {
	var s struct {
		config.Settings `embed:""`
	}
	k, err := kong.New(&s, kong.Resolvers(e.Resolver()))
	if err != nil {
		return s.Settings, err
	}
	_, err = k.Parse(args)
	return s.Settings, err
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
	unset(t, names...)
	s, err := parseFrom(load(t, write(t, ".env", originalEnv)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Model.Model != "gpt-5.2" || s.Slack.MaxLinks != 2 || len(s.Slack.Channels) != 2 || s.MLflow.EnableTracking ||
		!s.MLflow.EnableTracing ||
		s.MLflow.ExperimentName != "mine" || s.Storage.DBPath != "./db.sqlite" || !s.Model.UsesModel() ||
		s.Model.APIKey.Reveal() != "sk-test" || s.Slack.AppToken.Reveal() != "xapp-1" || s.Slack.BotToken.Reveal() != "xoxb-1" ||
		s.Slack.SigningSecret.Reveal() != "abc" {
		t.Errorf("settings %+v", s)
	}
}

func TestPrecedenceIsFlagEnvironmentFileDefault(t *testing.T) {
	unset(t, "MODEL")
	file := write(t, ".env", "MODEL=from-file\n")
	if got := parse(t).Model.Model; got != "gpt-4o" {
		t.Errorf("default: %s", got)
	}
	load(t, file)
	if got := parse(t).Model.Model; got != "from-file" {
		t.Errorf("file: %s", got)
	}
	t.Setenv("MODEL", "from-environment")
	load(t, file)
	if got := parse(t).Model.Model; got != "from-environment" {
		t.Errorf("environment: %s", got)
	}
	if got := parse(t, "--model=from-flag").Model.Model; got != "from-flag" {
		t.Errorf("flag: %s", got)
	}
}

func TestBadSettingsSayWhatToWriteInstead(t *testing.T) {
	for name, c := range map[string]struct{ args, want string }{
		"tracking uri without scheme": {"--tracking-uri=127.0.0.1:5000", "http://127.0.0.1:5000"},
		"tracking uri of a database":  {"--tracking-uri=sqlite:///x.db", "MLFLOW_TRACKING_URI: MLflow tracking URI \"sqlite:///x.db\" is a database"},
		"tracking uri of Databricks":  {"--tracking-uri=databricks", "not supported"},
		"timeout":                     {"--mlflow-timeout=-1", "MLFLOW_HTTP_REQUEST_TIMEOUT"},
		"retries":                     {"--mlflow-max-retries=-1", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"},
		"a negative duration":         {"--outage=-1h", "COMMENTATOR_OUTAGE"},
		"a model's negative timeout":  {"--timeout=-5s", "MODEL_TIMEOUT is -5s: write a duration from 0"},
		"a timeout of centuries":      {"--timeout=2000000h", "MODEL_TIMEOUT"},
		"more workers than there are": {"--workers=10001", "COMMENTATOR_WORKERS is 10001: write at most 10000"},
		"no temperature":              {"--temperature=NaN", "from 0 to 2"},
		"a token of two lines":        {"--bot-token=xoxb-1\nfoo", "SLACK_BOT_TOKEN holds a line break"},
		"a key behind an escape":      {"--openai-api-key=sk-\x1b[0m", "OPENAI_API_KEY holds a line break or another control character"},
		"model base url":              {"--openai-base-url=localhost", "OPENAI_BASE_URL"},
		"temperature":                 {"--temperature=3", "from 0 to 2"},
		"content":                     {"--capture-content=spans", "use NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT"},
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

func TestALineBreakBehindASecretIsNoPartOfIt(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-1\r\n")
	if s := parse(t); s.Slack.BotToken.Reveal() != "xoxb-1" || s.Check() != nil {
		t.Errorf("%q, %v", s.Slack.BotToken.Reveal(), s.Check())
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
