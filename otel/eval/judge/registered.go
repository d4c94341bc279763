package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/eval"
	"github.com/technoshare/commentator/otel/mlflow"
)

// Registered makes a scorer of a judge that is registered in an experiment of MLflow, by its
// instructions as they are there now. c says which server judges: its Model may be empty,
// as the registered one is asked then; Name, Rubric and Points are the judge's own. A judge
// that reads a whole trace or conversation is an error, and so is one whose verdict is
// neither yes or no nor a number.
func Registered[In, Exp, Out any](
	ctx context.Context, client *mlflow.Client, experimentID, name string, c Config,
) (eval.Scorer[In, Exp, Out], error) {
	j, err := client.GetInstructionsJudge(ctx, experimentID, name)
	if err != nil {
		return eval.Scorer[In, Exp, Out]{}, fmt.Errorf("find registered judge: %w", err)
	}
	for _, variable := range []string{"trace", "conversation"} {
		if asksFor(j.Instructions, variable) {
			return eval.Scorer[In, Exp, Out]{}, fmt.Errorf("registered judge %q reads a %s, "+
				"which is there only after the evaluation: run it in MLflow", name, variable)
		}
	}
	c.Name, c.Rubric = name, j.Instructions
	c.Points = 0
	if c.number, err = isNumber(j.ValueType); err != nil {
		return eval.Scorer[In, Exp, Out]{}, fmt.Errorf("registered judge %q: %w", name, err)
	}
	if c.Model == "" {
		_, model, _ := strings.Cut(j.Model, ":/")
		c.Model = strings.TrimPrefix(model, "/")
	}
	if c.Model == "" {
		return eval.Scorer[In, Exp, Out]{}, fmt.Errorf("registered judge %q names no model: say which", name)
	}
	return New[In, Exp, Out](c), nil
}

// asksFor reports whether instructions have a variable, as {{ name }}.
func asksFor(instructions, name string) bool {
	for part := range strings.SplitSeq(instructions, "{{") {
		if inside, _, closed := strings.Cut(part, "}}"); closed && strings.TrimSpace(inside) == name {
			return true
		}
	}
	return false
}

// isNumber reads a JSON schema of a verdict: a number, or else yes or no.
func isNumber(schema json.RawMessage) (bool, error) {
	var s struct {
		Type string   `json:"type"`
		Enum []string `json:"enum"`
	}
	if len(schema) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(schema, &s); err != nil {
		return false, fmt.Errorf("read type of its verdict: %w", err)
	}
	switch {
	case s.Type == "integer" || s.Type == "number":
		return true, nil
	case s.Type == "boolean" || s.Type == "string" && (len(s.Enum) == 0 || isYesNo(s.Enum)):
		return false, nil
	}
	return false, fmt.Errorf("its verdict is neither yes or no nor a number: %s", schema)
}

func isYesNo(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool {
		return !slices.Contains([]string{"yes", "no", "pass", "fail", "true", "false"}, strings.ToLower(w))
	})
}
