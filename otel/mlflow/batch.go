package mlflow

import (
	"context"
	"net/http"
)

// Batch is what LogBatch writes.
type Batch struct {
	Metrics []Metric `json:"metrics,omitempty"`
	Params  []Tag    `json:"params,omitempty"`
	Tags    []Tag    `json:"tags,omitempty"`
}

// What one log-batch may hold (MLflow REST API, "Request Limits"): 1000 items
// in all, of them 100 params and 100 tags.
const (
	maxBatchItems  = 1000
	maxBatchParams = 100
	maxBatchTags   = 100
)

// LogBatch writes metrics, params and tags in as few requests as the server's
// limits allow. Each request is atomic, the whole is not; sending it again is
// safe.
func (c *Client) LogBatch(ctx context.Context, runID string, b Batch) error {
	for len(b.Metrics)+len(b.Params)+len(b.Tags) > 0 {
		part := struct {
			RunID string `json:"run_id"`
			Batch
		}{RunID: runID}
		part.Params, b.Params = cut(b.Params, maxBatchParams)
		part.Tags, b.Tags = cut(b.Tags, maxBatchTags)
		part.Metrics, b.Metrics = cut(b.Metrics, maxBatchItems-len(part.Params)-len(part.Tags))
		if err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/log-batch", nil, part, nil); err != nil {
			return err
		}
	}
	return nil
}

func cut[T any](s []T, n int) (head, rest []T) {
	n = min(n, len(s))
	return s[:n], s[n:]
}
