package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Assessment is a judgement. With an ID of the caller's (see [FeedbackID]) sending
// it again updates it; without one it doubles.
type Assessment struct {
	ID      string           `json:"assessment_id,omitempty"`
	Name    string           `json:"assessment_name"`
	TraceID string           `json:"trace_id"`
	SpanID  string           `json:"span_id,omitempty"`
	Source  AssessmentSource `json:"source"`
	// Feedback is what was found, or Expectation what would be right: one of the two.
	Feedback    *Feedback         `json:"feedback,omitempty"`
	Expectation *Expectation      `json:"expectation,omitempty"`
	Rationale   string            `json:"rationale,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Updated     time.Time         `json:"last_update_time,omitzero"` // as the server says; it sets that of what is put
}

// AssessmentSource says who judged.
type AssessmentSource struct {
	Type string `json:"source_type"` // CODE, LLM_JUDGE or HUMAN
	ID   string `json:"source_id"`
}

// Feedback holds a bool, number or text, or says why there is none.
type Feedback struct {
	Value any              `json:"value,omitempty"`
	Error *AssessmentError `json:"error,omitempty"`
}

// MarshalJSON writes NaN and infinities, for which JSON has no numbers, as text.
func (f Feedback) MarshalJSON() ([]byte, error) {
	type plain Feedback
	f.Value = writable(f.Value)
	return json.Marshal(plain(f)) //nolint:wrapcheck // of encoding/json
}

// writable gives a value that JSON can carry in place of a number that it cannot.
func writable(value any) any {
	if x, ok := value.(float64); ok {
		return jsonNumber(x)
	}
	return value
}

// AssessmentError says why a judgement could not be made.
type AssessmentError struct {
	Code    string `json:"error_code"`
	Message string `json:"error_message,omitempty"`
}

// Expectation holds what would be right: a bool, number or text, or a list or object as
// JSON, see [NewExpectation].
type Expectation struct {
	Value      any              `json:"value,omitempty"`
	Serialized *SerializedValue `json:"serialized_value,omitempty"`
}

// SerializedValue is a value as text.
type SerializedValue struct {
	Format string `json:"serialization_format"` // JSON_FORMAT
	Value  string `json:"value"`
}

// NewExpectation returns an expectation of any value that has JSON, lists and objects as
// MLflow keeps them (mlflow.entities.assessment, ExpectationValue).
func NewExpectation(value any) (Expectation, error) {
	switch value.(type) {
	case bool, string, int, int64, float64:
		return Expectation{Value: writable(value)}, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return Expectation{}, fmt.Errorf("write expectation: %w", err)
	}
	return Expectation{Serialized: &SerializedValue{Format: "JSON_FORMAT", Value: string(text)}}, nil
}

// PutAssessment makes an assessment of one trace, or changes its feedback or expectation, and
// its metadata, of which keys that are not named stay. The ID must be set; sending the same again changes nothing. An unknown trace
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
	mask := "feedback,rationale,metadata"
	if a.Expectation != nil {
		mask = "expectation,metadata"
	}
	err := put(http.MethodPatch, folder+"/"+url.PathEscape(a.ID), map[string]any{"assessment": a, "update_mask": mask})
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
