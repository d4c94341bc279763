package job

// Names of the two analysts, as in [Analysis.Analyst].
const (
	AnalystOpenAI  = "openai"
	AnalystOffline = "offline"
)

// Comment is what a reply says of a link. An analyst returns it only after the schema has
// accepted it; its lists are never nil. The tags are the property names of the schema that the
// model is given, and of what is stored as a checkpoint: to rename one makes stored comments
// unreadable.
type Comment struct {
	TLDR        []string `json:"tldr"`         // 3 sentences without a line break
	Summary     string   `json:"summary"`      // one paragraph, at least 100 characters
	Projects    []string `json:"projects"`     // 3 to 8 ideas; none from the offline analyst
	SimilarTech []string `json:"similar_tech"` // 0 to 8
	// Answer is the answer to a question; all else is then empty.
	Answer string `json:"answer,omitempty"`
}

// Analysis is a comment and how it came about. Analyze returns one even beside an error, with
// whatever was known by then: a failed call has its tokens too. It is stored as a checkpoint
// too, so that an attempt after a crash does not pay for the model again; its fields must
// survive a round trip through JSON.
type Analysis struct {
	Result   *Comment // nil beside an error
	Question string   // that the result answers; empty for a comment

	Analyst, Model string // the model as asked for
	Language       string // asked for, ISO 639-1; empty: not told
	Mode           string // the form that was answered: json_schema, json_object, text, offline
	Raw            string // the last answer as it arrived

	PromptName, PromptVersion string
	Temperature               float64
	TemperatureSent           bool // false: none set, or the model refuses it and its own default applied
	MaxTokens                 int

	ResponseModel string // the model that the server says has answered
	FinishReason  string
	Calls         int  // HTTP calls, those that failed included
	Repaired      bool // the first answer broke the schema, the second did not

	InputTokens, OutputTokens, CachedTokens int // summed over the calls
	HasUsage                                bool
	CostUSD                                 *float64 // nil: no price known, or no usage

	Messages       []ChatMessage // of the last call
	EvidenceTokens int           // estimate of what was sent of the page
	Shortened      bool          // the page was too long for the context: it was sent in extracts
}

// Offline reports whether no model was asked.
func (a *Analysis) Offline() bool { return a.Analyst == AnalystOffline }

// ChatMessage is one message to the model, or an earlier answer of it.
type ChatMessage struct {
	Role    string // system, user or assistant
	Content string
}

// AnalystSettings says what an analyst is, for the params of a run. They are of the analyst,
// not of one call: what a call really used, such as a temperature that the model refused, is
// in [Analysis].
type AnalystSettings struct {
	Analyst       string // openai or offline
	Provider      string // gen_ai.provider.name
	Model         string
	BaseURL       string // without user, password and query
	Temperature   *float64
	MaxTokens     int
	PromptName    string
	PromptVersion string
	ContextName   string
	Language      string // ISO 639-1; empty: the page's own
}
