package mlflow

import (
	"context"
	"fmt"
	"net/http"
)

// maxLinkedTraces is the server's limit of one link-to-run.
const maxLinkedTraces = 100

// LinkTraces shows traces in the Traces tab of a run, whether they exist yet or
// not. Linking again changes nothing.
func (c *Client) LinkTraces(ctx context.Context, runID string, traceIDs ...string) error {
	for len(traceIDs) > 0 {
		var part []string
		part, traceIDs = cut(traceIDs, maxLinkedTraces)
		if err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces/link-to-run", nil, struct {
			TraceIDs []string `json:"trace_ids"`
			RunID    string   `json:"run_id"`
		}{part, runID}, nil); err != nil {
			return fmt.Errorf("link traces to run %s: %w", runID, err)
		}
	}
	return nil
}

// PromptRef names one version of a registered prompt.
type PromptRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// LinkPrompts shows a trace on the pages of the prompts it used. The trace must
// exist. Linking again changes nothing.
func (c *Client) LinkPrompts(ctx context.Context, traceID string, prompts []PromptRef) error {
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces/link-prompts", nil, struct {
		TraceID string      `json:"trace_id"`
		Prompts []PromptRef `json:"prompt_versions"`
	}{traceID, prompts}, nil)
}
