package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultExperiment is the name of the experiment that every server has.
const DefaultExperiment = "Default"

// Values of LifecycleStage.
const (
	stageActive  = "active"
	stageDeleted = "deleted"
)

// Experiment groups runs and traces.
type Experiment struct {
	ID               string `json:"experiment_id"`
	Name             string `json:"name"`
	ArtifactLocation string `json:"artifact_location"`
	LifecycleStage   string `json:"lifecycle_stage"` // active or deleted
	Created          int64  `json:"creation_time"`   // Unix milliseconds; 0 of one made by this client just now
	Tags             []Tag  `json:"tags"`
}

// Tag is a key with a value; params have the same shape.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// TagMap returns tags, or params, as a map.
func TagMap(tags []Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

// DeletedExperimentError says that an experiment is deleted. MLflow keeps its name
// taken until somebody restores it or removes it for good.
type DeletedExperimentError struct{ ID, Name string }

func (e *DeletedExperimentError) Error() string {
	return fmt.Sprintf("MLflow experiment %q (id %s) is deleted and its name stays taken: restore it with "+
		"`mlflow experiments restore --experiment-id %s`, or choose another name in MLFLOW_EXPERIMENT_NAME", e.Name, e.ID, e.ID)
}

// Retryable reports true: somebody may restore the experiment.
func (e *DeletedExperimentError) Retryable() bool { return true }

// RetryAfter returns 0: nobody said when.
func (e *DeletedExperimentError) RetryAfter() time.Duration { return 0 }

// CreateExperiment makes an experiment and returns its id. For a name that is
// taken, by a deleted experiment too, [IsAlreadyExists] holds.
func (c *Client) CreateExperiment(ctx context.Context, name string, tags []Tag) (string, error) {
	var out struct {
		ID string `json:"experiment_id"`
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/experiments/create", nil, struct {
		Name string `json:"name"`
		Tags []Tag  `json:"tags,omitempty"`
	}{name, tags}, &out)
	if err == nil && out.ID == "" {
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("a created experiment has no id")}
	}
	return out.ID, err
}

// ExperimentByName finds an experiment, deleted ones too. For an unknown name
// [IsNotFound] holds.
func (c *Client) ExperimentByName(ctx context.Context, name string) (Experiment, error) {
	var out struct {
		Experiment Experiment `json:"experiment"`
	}
	const path = "api/2.0/mlflow/experiments/get-by-name"
	err := c.call(ctx, http.MethodGet, path, url.Values{"experiment_name": {name}}, nil, &out)
	switch {
	case err != nil:
	case out.Experiment.ID == "":
		err = &NotMLflowError{URI: c.URI(), Err: errors.New("an experiment has no id")}
	case !sameName(out.Experiment.Name, name):
		err = c.other(http.MethodGet, path, "experiment", out.Experiment.Name, name)
	}
	return out.Experiment, err
}

// sameName reports whether a server may take one name for the other: MySQL and SQL Server
// compare without regard to case and to spaces at the end, as they come, and Databricks,
// where names are paths, to a slash there.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, " /"), strings.TrimRight(b, " /"))
}

// ExperimentByID gets the experiment with that id. A deleted one is a
// [*DeletedExperimentError]; for an id that the server does not know, [IsNotFound]
// holds, and nothing but another id helps.
func (c *Client) ExperimentByID(ctx context.Context, id string) (Experiment, error) {
	var out struct {
		Experiment Experiment `json:"experiment"`
	}
	err := c.call(ctx, http.MethodGet, "api/2.0/mlflow/experiments/get", url.Values{"experiment_id": {id}}, nil, &out)
	switch {
	case IsNotFound(err) && !IsUnsupported(err):
		return out.Experiment, fmt.Errorf("the server has no experiment with id %q, check MLFLOW_EXPERIMENT_ID: %w", id, err)
	case err != nil:
		return out.Experiment, fmt.Errorf("get experiment with id %q: %w", id, err)
	case out.Experiment.ID == "":
		return out.Experiment, &NotMLflowError{URI: c.URI(), Err: errors.New("an experiment has no id")}
	case out.Experiment.ID != id:
		return out.Experiment, c.other(http.MethodGet, "api/2.0/mlflow/experiments/get", "experiment", out.Experiment.ID, id)
	}
	return out.Experiment, out.Experiment.active()
}

// EnsureExperiment gets the experiment of that name, and makes it when there is
// none; tags go only to a new one. A deleted one is a [*DeletedExperimentError].
func (c *Client) EnsureExperiment(ctx context.Context, name string, tags []Tag) (e Experiment, created bool, err error) {
	e, err = c.ExperimentByName(ctx, name)
	if IsNotFound(err) {
		id, createErr := c.CreateExperiment(ctx, name, tags)
		if createErr == nil {
			return Experiment{ID: id, Name: name, LifecycleStage: stageActive, Tags: tags}, true, nil
		}
		if !IsAlreadyExists(createErr) {
			return e, false, fmt.Errorf("create experiment %q: %w", name, createErr)
		}
		e, err = c.ExperimentByName(ctx, name) // another process was quicker
	}
	if err != nil {
		return e, false, fmt.Errorf("get experiment %q: %w", name, err)
	}
	return e, false, e.active()
}

func (e Experiment) active() error {
	if e.LifecycleStage == stageDeleted {
		return &DeletedExperimentError{ID: e.ID, Name: e.Name}
	}
	return nil
}

// SetExperimentTag sets one tag; values hold up to 20,000 characters.
func (c *Client) SetExperimentTag(ctx context.Context, experimentID, key, value string) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/experiments/set-experiment-tag", nil,
		map[string]string{"experiment_id": experimentID, "key": key, "value": value}, nil)
}
