package mlflow

import (
	"context"
	"net/http"
)

// RunSearch is a query. View ALL finds deleted runs too; empty is active only.
type RunSearch struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	View          string   `json:"run_view_type,omitempty"` // ACTIVE_ONLY, DELETED_ONLY or ALL
	OrderBy       []string `json:"order_by,omitempty"`
	MaxResults    int      `json:"max_results,omitempty"` // of a page
	PageToken     string   `json:"page_token,omitempty"`
}

// SearchRuns gives one page and the token of the next, empty at the end.
func (c *Client) SearchRuns(ctx context.Context, q RunSearch) ([]Run, string, error) {
	var out struct {
		Runs []Run  `json:"runs"`
		Next string `json:"next_page_token"`
	}
	err := c.call(ctx, http.MethodPost, "api/2.0/mlflow/runs/search", nil, q, &out)
	return out.Runs, out.Next, err
}
