package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// InstructionsJudge is a judge that is registered in an experiment (mlflow.genai.make_judge,
// MLflow 3.4 and newer).
type InstructionsJudge struct {
	Name         string
	Version      int
	Instructions string // with variables such as {{ inputs }}
	Model        string // such as openai:/gpt-4o-mini; empty where MLflow has a default
	// ValueType is a JSON schema of the verdict; empty for text.
	ValueType json.RawMessage
}

// ErrNoInstructions says that a registered scorer is one that only MLflow can run: its own
// ones, and Python functions.
var ErrNoInstructions = errors.New("the scorer has no instructions: only MLflow itself can run it")

// GetInstructionsJudge returns the newest version of a registered judge. [IsNotFound] holds
// for an unknown one, [ErrNoInstructions] for a scorer of another kind.
func (c *Client) GetInstructionsJudge(ctx context.Context, experimentID, name string) (InstructionsJudge, error) {
	var out struct {
		Scorer struct {
			Name       string `json:"scorer_name"`
			Version    int    `json:"scorer_version"`
			Serialized string `json:"serialized_scorer"`
		} `json:"scorer"`
	}
	err := c.call(ctx, http.MethodGet, "api/3.0/mlflow/scorers/get", url.Values{"experiment_id": {experimentID}, "name": {name}}, nil, &out)
	if err != nil {
		return InstructionsJudge{}, err
	}
	var serialized struct {
		Judge *struct {
			Instructions string          `json:"instructions"`
			Model        string          `json:"model"`
			ValueType    json.RawMessage `json:"feedback_value_type"`
		} `json:"instructions_judge_pydantic_data"`
	}
	if err := json.Unmarshal([]byte(out.Scorer.Serialized), &serialized); err != nil {
		return InstructionsJudge{}, fmt.Errorf("read scorer %q: %w", name, err)
	}
	if serialized.Judge == nil {
		return InstructionsJudge{}, fmt.Errorf("read scorer %q: %w", name, ErrNoInstructions)
	}
	j := serialized.Judge
	return InstructionsJudge{
		Name: name, Version: out.Scorer.Version, Instructions: j.Instructions, Model: j.Model, ValueType: j.ValueType,
	}, nil
}
