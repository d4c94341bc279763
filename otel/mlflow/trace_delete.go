package mlflow

import (
	"context"
	"net/http"
)

// DeleteTrace removes a trace of an experiment for good, with its spans. One that is not
// there is no error.
func (c *Client) DeleteTrace(ctx context.Context, experimentID, traceID string) error {
	var out struct {
		Deleted int `json:"traces_deleted"`
	}
	return c.call(ctx, http.MethodPost, "api/2.0/mlflow/traces/delete-traces", nil, struct {
		ExperimentID string   `json:"experiment_id"`
		IDs          []string `json:"request_ids"`
	}{experimentID, []string{traceID}}, &out)
}
