package dialect

// Meaning is what an attribute says, whatever the dialect calls it.
type Meaning int

// What attributes can mean. Token numbers are as their dialect counts them, with
// cached tokens in the input or beside it: see Usage.normalized.
const (
	None             Meaning = iota
	SpanKind                 // what sort of work the span is
	Operation                // the same, but a value nobody knows is a step of a chain
	Model                    // requested model
	AnsweringModel           // model that answered
	Provider                 // who serves the model
	ResponseID               // the provider's id of the answer: the same call has the same id
	Param                    // a setting of the request
	ParamObject              // JSON object of such settings
	InputTokens              //
	OutputTokens             //
	TotalTokens              //
	CachedTokens             // read from the provider's cache
	CacheWriteTokens         // written to it
	ReasoningTokens          //
	UncachedTokens           // the input without what was read from the cache or written to it
	UsageObject              // JSON object with any of the seven
	UsageDetails             // JSON object with parts of the input, or of the output
	Rollup                   // a sum over other spans: never counted
	Cost                     // US dollars
	CostShare                // a share of the cost; the sum of shares stands in for a missing total
	CostObject               // JSON object with a total or shares
	Input                    // what went in
	Output                   // what came out
	InputPayload             // the provider's request as JSON text; may hide settings
	OutputPayload            // the provider's answer as JSON text; may hide usage
	System                   // system instructions
	PromptVariable           // what was filled into a prompt's template
	Tools                    // definitions of tools
	Documents                // retrieved documents
	ToolName                 //
	ToolCallID               //
	ToolArguments            //
	ToolResult               //
	FinishReason             //
	Session                  //
	User                     //
	TraceName                //
	AgentName                //
	Vector                   // embedding vectors and their texts
	TypedObject              // JSON object with a "type"
	ErrorText                // message of an error that the status may lack
	Steering                 // mlflow.run.*: the program's own word about its run
	Hidden                   // of no interest on a run; still in the trace
)

// onlyShown reports whether a meaning is only shown, and never needed to know what
// the span is or what it used. Rules may hide it without changing any count.
func (m Meaning) onlyShown() bool {
	switch m {
	case Param, ParamObject, Input, Output, InputPayload, OutputPayload, System, PromptVariable, Tools, Documents, ToolArguments,
		ToolResult, Session, User, TraceName, FinishReason, ErrorText, Vector:
		return true
	}
	return false
}
