package datasets

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/mlflow"
)

// Bounds of a dataset.
const (
	// MaxEvidence bounds the evidence of a row, in bytes of JSON: as much as is kept for
	// questions about a link.
	MaxEvidence = 1 << 20
	// MaxRows bounds the rows of a dataset.
	MaxRows = 10_000
	// MaxRead bounds what [Read] takes into memory, in bytes of JSON.
	MaxRead = 256 << 20
)

// Keys of expectations that rows made of feedback have. MLflow's own judges know the first.
const (
	// ExpectedResponse is what would have been right, in the words of the person who said so last.
	ExpectedResponse = "expected_response"
	// AlsoExpected is a list of what others would have liked to read, the newest first.
	AlsoExpected = "also_expected"
	// Reasons is why people judged the comment as they did, a list of texts.
	Reasons = "reasons"
)

// ReasonKey is the metadata of a person's assessment that holds why it was given, in the person's
// words alone: the rationale names the person too.
const ReasonKey = "commentator.reason"

// rowTag is the tag of a record that holds the row's id: MLflow's own is another one on each
// server.
const rowTag = "row_id"

// Row is one example.
type Row struct {
	// ID names the row within the dataset; comparisons match rows by it. [Put] derives an empty
	// one from the content.
	ID     string
	Inputs Inputs
	// Expectations is what would be right, by names; see [ExpectedResponse]. Values have JSON.
	Expectations map[string]any
	Tags         map[string]string
	Source       Source
}

// Inputs is what an evaluation works on.
type Inputs struct {
	URL string `json:"url"` // as it may be shown, see job.Job.ShownURL
	// Evidence is what was found behind the link; nil in a row that others wrote.
	Evidence *job.Evidence `json:"evidence,omitempty"`
}

// Source says where a row comes from.
type Source struct {
	TraceID string // MLflow's, of the job; empty for a row of a file
}

// Digest tells rows with different content apart, as hexadecimal digits. When the evidence was
// fetched makes no difference.
func (in Inputs) Digest() string {
	text, err := json.Marshal(in.timeless())
	if err != nil { // texts, numbers and times have JSON
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// timeless is the inputs without the times at which the evidence was fetched: MLflow tells
// records apart by their inputs alone, and the same page is the same example.
func (in Inputs) timeless() Inputs {
	if in.Evidence == nil {
		return in
	}
	ev := *in.Evidence
	ev.Sources = append([]job.Source(nil), ev.Sources...)
	for i := range ev.Sources {
		ev.Sources[i].FetchedAt = time.Time{}
	}
	in.Evidence = &ev
	return in
}

// check says why a row can't be kept; empty if it can.
func (r Row) check() string {
	if r.Inputs.URL == "" {
		return "it has no URL"
	}
	if r.Inputs.Evidence == nil {
		return "there is no evidence for it"
	}
	if text, err := json.Marshal(r.Inputs.Evidence); err != nil || len(text) > MaxEvidence {
		return fmt.Sprintf("its evidence has %d bytes, more than the %d that a row may have", len(text), MaxEvidence)
	}
	return ""
}

// clean is the row as it is kept.
func (r Row) clean() Row {
	r.Inputs = r.Inputs.timeless()
	r.ID = cmp.Or(Scrub(r.ID), r.Inputs.Digest()[:16])
	expectations, _ := scrubbed(r.Expectations).(map[string]any)
	r.Expectations = expectations
	tags := make(map[string]string, len(r.Tags)+1)
	for k, v := range r.Tags {
		tags[k] = Scrub(v)
	}
	r.Tags = tags
	return r
}

// record is the row in MLflow's form.
func (r Row) record() (mlflow.DatasetRecord, error) {
	text, err := json.Marshal(r.Inputs)
	if err != nil {
		return mlflow.DatasetRecord{}, err
	}
	out := mlflow.DatasetRecord{Inputs: text, Expectations: r.Expectations, Tags: maps.Clone(r.Tags)}
	out.Tags[rowTag] = r.ID
	out.Source = &mlflow.RecordSource{Type: "HUMAN", Data: map[string]any{}}
	if r.Source.TraceID != "" {
		out.Source = &mlflow.RecordSource{Type: "TRACE", Data: map[string]any{"trace_id": r.Source.TraceID}}
	}
	return out, nil
}

// rowOf reads a record, and reports whether it is a row: others put records of their own kind
// into datasets.
func rowOf(rec mlflow.DatasetRecord) (Row, bool) {
	r := Row{Expectations: rec.Expectations, Tags: maps.Clone(rec.Tags)}
	if json.Unmarshal(rec.Inputs, &r.Inputs) != nil || r.Inputs.URL == "" {
		return Row{}, false
	}
	r.ID = cmp.Or(rec.Tags[rowTag], r.Inputs.Digest()[:16])
	delete(r.Tags, rowTag)
	if rec.Source != nil && rec.Source.Type == "TRACE" {
		r.Source.TraceID, _ = rec.Source.Data["trace_id"].(string)
	}
	return r, true
}
