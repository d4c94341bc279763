package mlflow

import (
	"context"
	"net/http"
	"net/url"
)

// Assessment is a judgement. With an ID of the caller's (see [FeedbackID]) sending
// it again updates it; without one it doubles.
type Assessment struct {
	ID        string            `json:"assessment_id,omitempty"`
	Name      string            `json:"assessment_name"`
	TraceID   string            `json:"trace_id"`
	SpanID    string            `json:"span_id,omitempty"`
	Source    AssessmentSource  `json:"source"`
	Feedback  *Feedback         `json:"feedback,omitempty"`
	Rationale string            `json:"rationale,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// AssessmentSource says who judged.
type AssessmentSource struct {
	Type string `json:"source_type"` // CODE, LLM_JUDGE or HUMAN
	ID   string `json:"source_id"`
}

// Feedback holds a bool, number or text.
type Feedback struct {
	Value any `json:"value"`
}

// PutAssessment makes an assessment of one trace, or changes its feedback. The
// ID must be set; sending the same again changes nothing. An unknown trace
// answers an error for which IsNotFound holds.
//
// MLflow has no upsert for a single assessment: a second create under one ID
// answers 500, so the update comes first.
func (c *Client) PutAssessment(ctx context.Context, a Assessment) error {
	folder := assessments(a.TraceID)
	put := func(method, path string, in map[string]any) error {
		var out struct {
			Assessment Assessment `json:"assessment"`
		}
		err := c.call(ctx, method, path, nil, in, &out)
		if err == nil && out.Assessment.ID != a.ID {
			err = c.other(method, path, "assessment", out.Assessment.ID, a.ID)
		}
		return err
	}
	err := put(http.MethodPatch, folder+"/"+url.PathEscape(a.ID), map[string]any{"assessment": a, "update_mask": "feedback,rationale"})
	if !IsNotFound(err) {
		return err
	}
	return put(http.MethodPost, folder, map[string]any{"assessment": a})
}

// DeleteAssessment removes an assessment of a trace. One that is not there, as on a
// trace that is unknown or on a server without assessments, is no error.
func (c *Client) DeleteAssessment(ctx context.Context, traceID, id string) error {
	var out struct{}
	err := c.call(ctx, http.MethodDelete, assessments(traceID)+"/"+url.PathEscape(id), nil, nil, &out)
	if IsNotFound(err) || IsUnsupported(err) {
		return nil
	}
	return err
}

// assessments is the path of those of a trace.
func assessments(traceID string) string {
	return "api/3.0/mlflow/traces/" + url.PathEscape(traceID) + "/assessments"
}
