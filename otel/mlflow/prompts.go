package mlflow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Prompt is a text prompt to be registered.
type Prompt struct {
	Name, Description string
	ExperimentID      string // lists the prompt in that experiment's pages
	Text              string // variables as {{name}}
	CommitMessage     string
	Tags              map[string]string // of the version, shown as metadata
}

const isPrompt = "mlflow.prompt.is_prompt"

// RegisterPrompt makes the prompt when there is none of that name, and a new
// version of it. The caller decides whether the text is new.
func (c *Client) RegisterPrompt(ctx context.Context, p Prompt) (PromptRef, error) {
	tags := []Tag{{isPrompt, "true"}}
	if p.ExperimentID != "" {
		tags = append(tags, Tag{"_mlflow_experiment_ids", "," + p.ExperimentID + ","})
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/registered-models/create", nil, struct {
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Tags        []Tag  `json:"tags"`
	}{p.Name, p.Description, tags}, nil)
	if err != nil && !IsAlreadyExists(err) {
		return PromptRef{}, fmt.Errorf("register prompt %s: %w", p.Name, err)
	}
	version := []Tag{{isPrompt, "true"}, {"_mlflow_prompt_type", "text"}, {"mlflow.prompt.text", p.Text}}
	for _, k := range sortedKeys(p.Tags) {
		version = append(version, Tag{k, p.Tags[k]})
	}
	var out struct {
		Version struct {
			Version string `json:"version"`
		} `json:"model_version"`
	}
	err = c.call(ctx, http.MethodPost, "api/2.0/mlflow/model-versions/create", nil, struct {
		Name        string `json:"name"`
		Source      string `json:"source"`
		Description string `json:"description,omitempty"`
		Tags        []Tag  `json:"tags"`
	}{p.Name, "prompt-template", p.CommitMessage, version}, &out)
	if err != nil {
		return PromptRef{}, fmt.Errorf("create version of prompt %s: %w", p.Name, err)
	}
	return PromptRef{p.Name, out.Version.Version}, nil
}

// SetPromptAlias moves an alias such as "production" to a version.
func (c *Client) SetPromptAlias(ctx context.Context, ref PromptRef, alias string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/registered-models/alias", nil,
		map[string]string{"name": ref.Name, "alias": alias, "version": ref.Version}, nil)
}

// PromptVersion is a registered text.
type PromptVersion struct {
	Name, Version, Text string
	Tags                map[string]string
}

// PromptByAlias reads the version an alias points to. See IsNotFound.
func (c *Client) PromptByAlias(ctx context.Context, name, alias string) (PromptVersion, error) {
	return c.promptVersion(ctx, "api/2.0/mlflow/registered-models/alias", url.Values{"name": {name}, "alias": {alias}})
}

// PromptVersion reads one version. See IsNotFound.
func (c *Client) PromptVersion(ctx context.Context, name string, version int) (PromptVersion, error) {
	return c.promptVersion(ctx, "api/2.0/mlflow/model-versions/get", url.Values{"name": {name}, "version": {strconv.Itoa(version)}})
}

func (c *Client) promptVersion(ctx context.Context, path string, q url.Values) (PromptVersion, error) {
	var out struct {
		Version struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Tags    []Tag  `json:"tags"`
		} `json:"model_version"`
	}
	if err := c.call(ctx, http.MethodGet, path, q, nil, &out); err != nil {
		return PromptVersion{}, err
	}
	tags := TagMap(out.Version.Tags)
	return PromptVersion{out.Version.Name, out.Version.Version, tags["mlflow.prompt.text"], tags}, nil
}
