package analysis

// Modes of an answer, as in Outcome.Mode.
const (
	ModeJSONSchema = "json_schema"
	ModeJSONObject = "json_object"
	ModeText       = "text"
	ModeOffline    = "offline"
)
