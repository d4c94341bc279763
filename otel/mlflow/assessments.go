package mlflow

import (
	"context"
	"net/http"
	"net/url"
)

// PutAssessment makes an assessment of one trace, or changes its feedback. The
// ID must be set; sending the same again changes nothing. An unknown trace
// answers an error for which IsNotFound holds.
//
// MLflow has no upsert for a single assessment: a second create under one ID
// answers 500, so the update comes first.
func (c *Client) PutAssessment(ctx context.Context, a Assessment) error {
	folder := "api/3.0/mlflow/traces/" + url.PathEscape(a.TraceID) + "/assessments"
	err := c.call(ctx, http.MethodPatch, folder+"/"+url.PathEscape(a.ID), nil,
		map[string]any{"assessment": a, "update_mask": "feedback,rationale"}, nil)
	if !IsNotFound(err) {
		return err
	}
	return c.call(ctx, http.MethodPost, folder, nil, map[string]any{"assessment": a}, nil)
}
