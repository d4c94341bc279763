package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/technoshare/commentator/internal/config"
	"github.com/technoshare/commentator/internal/doctor"
	"github.com/technoshare/commentator/internal/redact"
	"github.com/technoshare/commentator/otel/mlflow"
)

// aliasMoved is the event that the worker's webhook is for: an alias was made, or leads elsewhere.
const aliasMoved = "prompt_alias.created"

// checkWebhook refuses a secret of MLflow's webhook that would do nothing.
func checkWebhook(s config.Settings) error {
	secret := s.Worker.MLflowWebhook.Reveal()
	switch {
	case secret == "":
		return nil
	case s.Model.Prompt == "":
		return errors.New("COMMENTATOR_MLFLOW_WEBHOOK_SECRET needs COMMENTATOR_PROMPT: " +
			"set it to the prompt whose alias is to be followed, or leave both empty")
	case strings.TrimSpace(secret) != secret:
		return errors.New("COMMENTATOR_MLFLOW_WEBHOOK_SECRET has a blank around it, with which no delivery would be " +
			"signed: take it off")
	}
	return nil
}

// checkWebhook refuses one that no address would take in.
func (c *workerCommand) checkWebhook() error {
	if c.Worker.MLflowWebhook.IsSet() && c.Worker.HTTPAddr == "" {
		return errors.New("COMMENTATOR_MLFLOW_WEBHOOK_SECRET needs COMMENTATOR_HTTP_ADDR: " +
			"set it to the address that MLflow's webhook is to reach, or leave the secret empty")
	}
	return checkWebhook(c.Settings)
}

// checkWebhook looks for a webhook in MLflow that posts to a worker. Whether it reaches this one, and has the
// same secret, only a delivery shows: the worker may not run yet. Without one the alias is followed too, later.
func (c *doctorCommand) checkWebhook(ctx context.Context, client *mlflow.Client) []doctor.Finding {
	const name = "prompt webhook"
	if !c.Worker.MLflowWebhook.IsSet() {
		return nil
	}
	const meanwhile = "; aliases are looked at every 30 s"
	all, err := client.Webhooks(ctx)
	switch {
	case mlflow.IsNotFound(err):
		return []doctor.Finding{doctor.Noted(name, "this MLflow has no webhooks: those for prompts are there from 3.5 on"+meanwhile)}
	case err != nil:
		return []doctor.Finding{doctor.Noted(name, fmt.Sprintf("not checked: %v", err))}
	}
	var found []doctor.Finding
	for _, w := range all {
		address, err := url.Parse(w.URL)
		if err != nil || !strings.HasSuffix(address.Path, webhookPath) {
			continue
		}
		switch shown := redact.URL(w.URL); {
		case !w.Active:
			found = append(found, doctor.Noted(name, fmt.Sprintf("%q to %s is switched off in MLflow", w.Name, shown)+meanwhile))
		case !slices.Contains(w.Events, aliasMoved):
			found = append(found, doctor.Noted(name, fmt.Sprintf("%q to %s is not for %s", w.Name, shown, aliasMoved)+meanwhile))
		default:
			found = append(found, doctor.Fine(name, fmt.Sprintf("%q posts to %s when an alias moves", w.Name, shown)))
		}
	}
	if len(found) == 0 {
		found = append(found, doctor.Noted(name, "MLflow has none for "+aliasMoved+" that posts to "+webhookPath+
			": cmd/commentator/README.md has how one is made"+meanwhile))
	}
	return found
}
