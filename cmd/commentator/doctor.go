package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/internal/slack"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/spool"
)

// checkTime bounds one check of the doctor's.
const checkTime = 10 * time.Second

type doctorCommand struct {
	config.Settings `embed:""`
}

// Run prints one line a check. It ends with code 2 when something is to be
// mended.
func (c *doctorCommand) Run(ctx context.Context, std streams) error {
	if err := c.Check(); err != nil {
		return usage(err)
	}
	bad := 0
	for _, check := range []func(context.Context) []slack.Finding{c.disk, c.outbox, c.mlflow, c.model, c.collector, c.queue, c.slack} {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		for _, f := range check(ctx) {
			word := "ok  "
			if !f.OK {
				word = "mend"
				bad++
			}
			fmt.Fprintf(std.out, "%s  %-18s %s\n", word, f.Name, mask(f.Detail))
		}
		cancel()
	}
	if bad > 0 {
		return exitError{code: exitUsage}
	}
	return nil
}

func found(name, detail string, err error, hint string) []slack.Finding {
	if err != nil {
		return []slack.Finding{{Name: name, Detail: err.Error() + hint}}
	}
	return []slack.Finding{{Name: name, OK: true, Detail: detail}}
}

func (c *doctorCommand) disk(context.Context) []slack.Finding {
	return found("data folder", c.Storage.DataDir, c.EnsureDataDir(), "")
}

func (c *doctorCommand) outbox(context.Context) []slack.Finding {
	pending, refused := 0, 0
	dirs, err := outboxDirs(&c.Settings)
	entries, listErr := listOutbox(dirs)
	err = errors.Join(err, listErr)
	for _, e := range entries {
		if e.State == spool.Pending {
			pending++
		} else {
			refused++
		}
	}
	if err == nil && refused > 0 {
		err = fmt.Errorf("%d traces were refused", refused)
	}
	return found("outbox", fmt.Sprintf("%d traces wait", pending), err, "; commentator outbox list says why")
}

func (c *doctorCommand) mlflow(ctx context.Context) []slack.Finding {
	if !c.MLflow.EnableTracking && !c.MLflow.EnableTracing {
		return found("MLflow", "switched off", nil, "")
	}
	client, err := mlflowConfig(c.Settings).Client()
	if err != nil {
		return found("MLflow", "", err, "")
	}
	defer client.CloseIdle()
	version, err := client.Version(ctx)
	if err != nil {
		return found("MLflow", "", err, "; start it with scripts/start_mlflow.sh, or set MLFLOW_TRACKING_URI")
	}
	_, err = client.ExperimentByName(ctx, c.MLflow.ExperimentName)
	detail := fmt.Sprintf("%s at %s, experiment %s", version, shownURI(c.Settings), c.MLflow.ExperimentName)
	if mlflow.IsNotFound(err) {
		err, detail = nil, detail+" will be made"
	}
	return found("MLflow", detail, err, "")
}

// model asks the server for its models, which costs nothing.
func (c *doctorCommand) model(ctx context.Context) []slack.Finding {
	if !c.Model.UsesModel() {
		return found("model", "none configured: the offline analyst answers", nil, "")
	}
	base := strings.TrimSuffix(c.Model.BaseURL, "/")
	if base == "" {
		base = "https://api.openai.com/v1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/models", nil)
	if err != nil {
		return found("model", "", err, "")
	}
	if c.Model.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+c.Model.APIKey)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return found("model", "", err, "; check OPENAI_BASE_URL")
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return found("model", "", fmt.Errorf("%s does not accept the key (%d)", redact.URL(base), resp.StatusCode), "; set OPENAI_API_KEY")
	}
	return found("model", c.Model.Model+" at "+redact.URL(base), nil, "")
}

func (c *doctorCommand) collector(ctx context.Context) []slack.Finding {
	if !wantsSecondBackend(os.Getenv) {
		return found("second backend", "none: OTEL_EXPORTER_OTLP_ENDPOINT is not set", nil, "")
	}
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(endpoint, "/")+"/v1/traces", http.NoBody)
	if err != nil {
		return found("second backend", "", err, "; OTEL_EXPORTER_OTLP_ENDPOINT wants an address such as http://127.0.0.1:4318")
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return found("second backend", "", err, "; start it, or unset OTEL_EXPORTER_OTLP_ENDPOINT")
	}
	_ = resp.Body.Close()
	return found("second backend", redact.URL(endpoint)+" answers", nil, "")
}

func (c *doctorCommand) queue(ctx context.Context) []slack.Finding {
	kept, err := openStore(ctx, c.Settings, discardLogger())
	if err != nil {
		return found("queue", "", err, "")
	}
	st, err := kept.Queue.Status(ctx)
	err = errors.Join(err, kept.Close())
	return found("queue", fmt.Sprintf("%s: %d queued, %d running, %d waiting", kept.DB.Name(), st.Queued, st.Running, st.Waiting), err, "")
}

func (c *doctorCommand) slack(ctx context.Context) []slack.Finding {
	if c.Slack.BotToken == "" && c.Slack.AppToken == "" {
		return found("Slack", "not configured: commentator run works without", nil, "")
	}
	// Checks need no queue of their own.
	store, err := openStore(ctx, c.Settings, discardLogger())
	if err != nil {
		return nil // said above
	}
	defer func() { _ = store.Close() }()
	bot, err := newBot(c.Settings, store, discardLogger(), nil)
	if err != nil {
		return found("Slack", "", err, "")
	}
	return bot.Check(ctx, !c.Worker.HTTPEvents)
}

type healthCommand struct {
	config.Settings `embed:""`
}

// Run asks /healthz of the worker beside it; for container health checks.
func (c *healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	addr := c.Worker.HTTPAddr
	if strings.HasPrefix(addr, "0.0.0.0:") || strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr[strings.LastIndex(addr, ":"):]
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return usage(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return exitError{exitJob, fmt.Errorf("the worker does not answer: %w", err)}
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return exitError{exitJob, fmt.Errorf("the worker answers %s", resp.Status)}
	}
	return nil
}
