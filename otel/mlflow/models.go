package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// LoggedModel is a version of an agent or model; MLflow calls it an agent
// version in its GenAI pages.
type LoggedModel struct {
	ID, ExperimentID, Name, Status string
}

type loggedModelJSON struct {
	Info struct {
		ID           string `json:"model_id"`
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"name"`
		Status       string `json:"status"`
		Created      int64  `json:"creation_timestamp_ms"`
	} `json:"info"`
}

func (m loggedModelJSON) model() LoggedModel {
	return LoggedModel{m.Info.ID, m.Info.ExperimentID, m.Info.Name, m.Info.Status}
}

// ModelName makes a name MLflow takes: it refuses / : . % and quotes.
func ModelName(parts ...string) string {
	return strings.NewReplacer("/", "-", ":", "-", ".", "-", "%", "-", `"`, "-", "'", "-", " ", "-").
		Replace(strings.Join(parts, "-"))
}

// searchLoggedModels finds the models of a name, oldest first.
func (c *Client) searchLoggedModels(ctx context.Context, experimentID, name string) ([]LoggedModel, error) {
	var out struct {
		Models list[loggedModelJSON] `json:"models"`
		Next   string                `json:"next_page_token"` // the oldest is on the first page
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/logged-models/search", nil, map[string]any{
		"experiment_ids": []string{experimentID},
		"filter":         "name = '" + name + "'",
		"order_by":       []map[string]any{{"field_name": "creation_timestamp", "ascending": true}},
	}, &out)
	models := make([]LoggedModel, 0, len(out.Models))
	for _, m := range out.Models {
		models = append(models, m.model())
	}
	return models, err
}

// ModelSpec is a logged model to be made.
type ModelSpec struct {
	Name, Type   string // Type "agent" for programs
	Params, Tags []Tag
}

// EnsureLoggedModel gets the model of that name in an experiment, and makes it,
// ready for use, when there is none. The name must be one of ModelName's.
func (c *Client) EnsureLoggedModel(ctx context.Context, experimentID string, spec ModelSpec) (LoggedModel, error) {
	found, err := c.searchLoggedModels(ctx, experimentID, spec.Name)
	if err != nil {
		return LoggedModel{}, fmt.Errorf("search logged model %s: %w", spec.Name, err)
	}
	if len(found) > 0 {
		return c.ready(ctx, found[0])
	}
	var out struct {
		Model loggedModelJSON `json:"model"`
	}
	const path = "api/2.0/mlflow/logged-models"
	err = c.call(ctx, http.MethodPost, path, nil, struct {
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"name"`
		Type         string `json:"model_type,omitempty"`
		Params       []Tag  `json:"params,omitempty"`
		Tags         []Tag  `json:"tags,omitempty"`
	}{experimentID, spec.Name, spec.Type, spec.Params, spec.Tags}, &out)
	if err == nil && out.Model.Info.ID == "" {
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("a created model has no id")}
	}
	if err != nil {
		return LoggedModel{}, fmt.Errorf("create logged model %s: %w", spec.Name, err)
	}
	return c.ready(ctx, out.Model.model())
}

func (c *Client) ready(ctx context.Context, m LoggedModel) (LoggedModel, error) {
	const ready = "LOGGED_MODEL_READY"
	if m.Status == ready {
		return m, nil
	}
	var out struct {
		Model loggedModelJSON `json:"model"`
	}
	path := "api/2.0/mlflow/logged-models/" + url.PathEscape(m.ID)
	err := c.call(ctx, http.MethodPatch, path, nil, map[string]string{"model_id": m.ID, "status": ready}, &out)
	if err == nil && out.Model.Info.ID != m.ID {
		err = c.other(http.MethodPatch, path, "model", out.Model.Info.ID, m.ID)
	}
	if err != nil {
		return m, fmt.Errorf("finish logged model %s: %w", m.Name, err)
	}
	m.Status = ready
	return m, nil
}
