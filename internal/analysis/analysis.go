package analysis

// Modes of an answer, as in job.Analysis.Mode: how its form was asked for. They
// are recorded in MLflow and do not change.
const (
	ModeJSONSchema = "json_schema"
	ModeJSONObject = "json_object"
	ModeText       = "text"
	ModeOffline    = "offline"
)
