package mlflowattr

import (
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"
)

// An evaluation is a root span, and each of its rows a trace of its own, whose root has a
// link to the evaluation's root. These attributes are written by programs in any language;
// otel/eval/README.md shows how.
const (
	// MemberOfKey (string) is an attribute of a link, on the root of a row's trace, to the
	// root of the evaluation: the trace is shown as a row of that root's run and is no run of
	// its own. The value is the run's name, under which it is shown until its root comes.
	MemberOfKey = attribute.Key("mlflow.run.member_of")

	// RunTypeKey (string) on a root is the type of its run: RunTypeEvaluation.
	RunTypeKey = attribute.Key("mlflow.run.type")

	// RowsExpectedKey (int) on an evaluation's root is how many rows it has, a trial each, also
	// those that were not run: fewer on the server are seen by RowsMissingTag.
	RowsExpectedKey = attribute.Key("mlflow.run.rows")

	// DatasetNameKey and DatasetDigestKey (string) on an evaluation's root name what its rows
	// were taken from; the digest changes when a row does. DatasetIDKey is the id of a dataset
	// of MLflow's own, if it is one.
	DatasetNameKey   = attribute.Key("mlflow.run.dataset.name")
	DatasetDigestKey = attribute.Key("mlflow.run.dataset.digest")
	DatasetIDKey     = attribute.Key("mlflow.run.dataset.id")

	// RowIDKey (string) on a row's root names the row, the same in every run of the dataset:
	// comparisons match rows by it. Of several trials of a row each has a name of its own.
	RowIDKey = attribute.Key("mlflow.run.row.id")

	// ExpectationsKey (string) on a row's root is a JSON object of what would be right. Each
	// of its keys is shown as an expectation of the trace.
	ExpectationsKey = attribute.Key("mlflow.run.row.expectations") // content
)

// RunTypeEvaluation is the value of RunTypeKey for an evaluation: MLflow lists the run on
// its page of evaluation runs (mlflow.utils.mlflow_tags, MLFLOW_RUN_TYPE_GENAI_EVALUATE).
const RunTypeEvaluation = "genai_evaluate"

// Tags of an evaluation's run and of its rows' traces.
const (
	// RunTypeTag has the value of RunTypeKey.
	RunTypeTag = "mlflow.runType"
	// LinkedPromptsTag of a run or trace is a JSON list of prompts and their versions, see
	// LinkedPrompts.
	LinkedPromptsTag = "mlflow.linkedPrompts"
	// RowsMissingTag of an evaluation's run says how many of its rows the server does not
	// have. It goes when the last has come.
	RowsMissingTag = "otel.rows_missing"
	// RowIDTag of a row's trace has the value of RowIDKey.
	RowIDTag = "mlflow.eval.requestId"
)

// MemberOf gives the attribute of a link that makes a trace a row of the evaluation that it
// leads to. name is that of the evaluation's root span.
func MemberOf(name string) attribute.KeyValue { return MemberOfKey.String(name) }

// Prompt is a version of a prompt in MLflow's prompt registry.
type Prompt struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// LinkedPrompts links the run of the span with the prompts that it used.
func LinkedPrompts(prompts ...Prompt) attribute.KeyValue {
	text, err := json.Marshal(prompts)
	if err != nil { // texts always have JSON
		panic(err)
	}
	return Tag(LinkedPromptsTag, string(text))
}
