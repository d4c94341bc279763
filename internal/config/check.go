package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/technoshare/commentator/otel/genai"
)

// Check completes defaults that depend on the machine and refuses settings that
// cannot work, each with one sentence on what to write instead. It stops at the
// first fault. It makes no request and no folder; commands call it before
// anything else, and may call it twice.
func (s *Settings) Check() error {
	if s.Storage.DataDir == "" {
		dir, err := stateDir()
		if err != nil {
			return err
		}
		s.Storage.DataDir = dir
	}
	if err := s.MLflow.check(); err != nil {
		return err
	}
	if s.MLflow.UIURL != "" {
		if err := checkURL("MLFLOW_UI_URL", Address(s.MLflow.UIURL), "http://127.0.0.1:5000"); err != nil {
			return err
		}
	}
	if s.Model.BaseURL != "" {
		if err := checkURL("OPENAI_BASE_URL", s.Model.BaseURL, "http://127.0.0.1:8080/v1"); err != nil {
			return err
		}
	}
	if db := s.Storage.DatabaseURL.Reveal(); !strings.Contains(db, "://") && strings.Contains(db, "password=") {
		return errors.New("COMMENTATOR_DATABASE_URL is a list of keywords: write it as postgres://user:password@host/name")
	}
	if s.Slack.APIURL != "" {
		if err := checkURL("SLACK_API_URL", s.Slack.APIURL, "http://127.0.0.1:7777/api/"); err != nil {
			return err
		}
	}
	if !(s.Model.Temperature >= 0 && s.Model.Temperature <= 2) { // also NaN
		return fmt.Errorf("MODEL_TEMPERATURE is %g: write a number from 0 to 2", s.Model.Temperature)
	}
	if s.Model.MaxTokens < 1 {
		return fmt.Errorf("MODEL_MAX_TOKENS is %d: write a positive number of tokens, such as 2000", s.Model.MaxTokens)
	}
	if s.Slack.MaxLinks < 1 {
		return fmt.Errorf("MAX_LINKS_PER_MESSAGE is %d: write a positive number, such as 3", s.Slack.MaxLinks)
	}
	if !(s.Slack.Budget >= 0 && s.Slack.Budget <= 1e6) {
		return fmt.Errorf("COMMENTATOR_CHANNEL_BUDGET is %g: write US dollars a month, 0 for no bound", s.Slack.Budget)
	}
	// Settings of which zero would mean that nothing is ever done.
	for name, n := range map[string]int{
		"COMMENTATOR_WORKERS": s.Worker.Workers, "COMMENTATOR_MODEL_CALLS": s.Worker.ModelCalls,
		"COMMENTATOR_QUEUE_DEPTH": s.Worker.QueueDepth, "COMMENTATOR_ATTEMPTS": s.Worker.Attempts,
	} {
		if n < 1 {
			return fmt.Errorf("%s is %d: write a positive number", name, n)
		}
	}
	if n := s.Worker.Workers; n > maxWorkers {
		return fmt.Errorf("COMMENTATOR_WORKERS is %d: write at most %d", n, maxWorkers)
	}
	for name, d := range map[string]time.Duration{
		"COMMENTATOR_OUTAGE": s.Worker.Outage, "COMMENTATOR_SEEN_WINDOW": s.Worker.SeenWindow,
		"COMMENTATOR_POST_INTERVAL": s.Worker.PostInterval, "COMMENTATOR_GRACE": s.Worker.Grace,
		"MODEL_TIMEOUT": s.Model.Timeout, "COMMENTATOR_FETCH_TIMEOUT": s.Fetch.Timeout,
	} {
		if d < 0 || d > maxDuration {
			return fmt.Errorf("%s is %s: write a duration from 0 to %s, such as 30s or 24h", name, d, maxDuration)
		}
	}
	if err := s.checkSecrets(); err != nil {
		return err
	}
	if _, err := s.Telemetry.Level(); err != nil {
		return err
	}
	if _, err := genai.ParseContent(s.Telemetry.CaptureContent); err != nil {
		return err
	}
	return nil
}

const (
	// maxWorkers is how many River runs at most.
	maxWorkers = 10_000
	// maxDuration is ten years: the sum of several durations still is one.
	maxDuration = 10 * 365 * 24 * time.Hour
)

// checkSecrets refuses secrets that no header takes. Each call would fail before it is made, as if nobody could be reached.
func (s *Settings) checkSecrets() error {
	for _, f := range fieldsOf(reflect.ValueOf(*s), "") {
		if secret, ok := f.value.Interface().(Secret); ok && strings.ContainsFunc(secret.Reveal(), unicode.IsControl) {
			return fmt.Errorf("%s holds a line break or another control character: write the value alone, on one line", f.Name)
		}
	}
	return nil
}

// QueueURL returns the database of the queue, with its credentials: the URL set, or
// the path of an SQLite file.
func (s *Settings) QueueURL() string {
	switch {
	case s.Storage.DatabaseURL != "":
		return s.Storage.DatabaseURL.Reveal()
	case s.Storage.DBPath != "":
		return s.Storage.DBPath
	}
	return filepath.Join(s.Storage.DataDir, "queue.sqlite")
}

// EnsureDataDir creates the data folder and proves that it can be written.
// The folder is for the user alone (0700): it holds texts of pages and
// messages.
func (s *Settings) EnsureDataDir() error {
	dir := s.Storage.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the data folder: %w; set COMMENTATOR_DATA_DIR to a folder that can be written", err)
	}
	if err := ProveWritable(dir); err != nil {
		return fmt.Errorf("%w; set COMMENTATOR_DATA_DIR to a folder that can be written", err)
	}
	return nil
}

// leastSpace is how many bytes must be free where the worker writes. A job's trace and
// checkpoints mostly need less.
const leastSpace = 1 << 20

// ProveWritable writes a file of 1 MiB into a folder and removes it. Permissions alone do not tell
// of a read-only or full disk; a small file may still fit into one that is full, and SQLite writes into
// what it has reserved. It costs no more than the copy: the file is gone before it comes to the disk.
func ProveWritable(dir string) (err error) {
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return fmt.Errorf("write to the folder %s: %w", dir, err)
	}
	// Where an open file can be removed, a crash leaves nothing.
	removed := os.Remove(f.Name()) == nil
	_, err = f.Write(make([]byte, leastSpace))
	err = errors.Join(err, f.Close())
	if !removed {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	if err != nil {
		return fmt.Errorf("write to the folder %s: %w", dir, err)
	}
	return nil
}

// UsesModel reports whether a model is configured at all: a key or a base URL,
// and no model named offline. Local servers want no key, hence either is
// enough.
func (m Model) UsesModel() bool {
	return m.Model != "offline" && (m.APIKey.IsSet() || m.BaseURL != "")
}

// Content reports whether spans and artifacts may carry content: prompts,
// answers and text of pages.
func (t Telemetry) Content() bool {
	on, err := genai.ParseContent(t.CaptureContent)
	return on && err == nil
}

// Level returns the log level in slog's terms.
// Beside slog's names it takes those of Python's logging, WARNING and CRITICAL;
// the empty string is INFO.
func (t Telemetry) Level() (slog.Level, error) {
	switch strings.ToUpper(t.LogLevel) {
	case "DEBUG":
		return slog.LevelDebug, nil
	case "", "INFO":
		return slog.LevelInfo, nil
	case "WARN", "WARNING":
		return slog.LevelWarn, nil
	case "ERROR", "CRITICAL":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("LOG_LEVEL is %q: write DEBUG, INFO, WARNING or ERROR", t.LogLevel)
}

// checkURL refuses an address that is not http or https with a host. name is
// the variable, example what the error recommends. The address is quoted
// without its password, and not at all if it does not parse, as its parts are
// then uncertain.
func checkURL(name string, value Address, example string) error {
	u, err := url.Parse(value.Reveal())
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		shown := "what is set there"
		if err == nil {
			shown = strconv.Quote(value.String())
		}
		return fmt.Errorf("%s: %s is no http or https address; write one such as %s", name, shown, example)
	}
	return nil
}
