package job

import "go.opentelemetry.io/otel/attribute"

// Names of a job's spans, as the package documentation of pipeline draws them.
const (
	SpanJob      = "pipeline.process_job"
	SpanRetrieve = "retrieval.fetch_evidence"
	SpanAnalyse  = "analysis.run"
	SpanValidate = "quality_gates.validate"
	SpanPost     = "slack.post_message"
)

// Attributes of a job's spans. What MLflow shows of them is said in one place, the
// rules of package mlflowview.
const (
	IDKey        = attribute.Key("commentator.job.id")
	AttemptKey   = attribute.Key("commentator.job.attempt")
	OutcomeKey   = attribute.Key("commentator.job.outcome")
	ErrorKey     = attribute.Key("commentator.job.error")
	QueueWaitKey = attribute.Key("commentator.job.queue_wait") // seconds
	URLKey       = attribute.Key("url.full")
	DomainKey    = attribute.Key("url.domain")
	ChannelKey   = attribute.Key("slack.channel.id")
	MessageTSKey = attribute.Key("slack.message.ts")
	UserNameKey  = attribute.Key("commentator.user.name") // content; else the id, as user.id has it
	PermalinkKey = attribute.Key("slack.permalink")
	ResumedKey   = attribute.Key("commentator.resumed") // taken from an earlier attempt's checkpoint

	AdapterKey      = attribute.Key("commentator.evidence.adapter")
	TitleKey        = attribute.Key("commentator.evidence.title") // content: the question, or the page's; else host and path of the link
	CoverageKey     = attribute.Key("commentator.evidence.coverage")
	HasErrorsKey    = attribute.Key("commentator.evidence.has_errors")
	SnippetCountKey = attribute.Key("commentator.evidence.snippet_count")
	SourceCountKey  = attribute.Key("commentator.evidence.source_count")
	ErrorCountKey   = attribute.Key("commentator.evidence.error_count")
	EvidenceJSONKey = attribute.Key("commentator.evidence.json") // content

	AnalystKey        = attribute.Key("commentator.analysis.analyst")
	ModeKey           = attribute.Key("commentator.analysis.mode")
	ModelKey          = attribute.Key("commentator.analysis.model")
	TemperatureKey    = attribute.Key("commentator.analysis.temperature")
	MaxTokensKey      = attribute.Key("commentator.analysis.max_tokens")
	PromptNameKey     = attribute.Key("commentator.analysis.prompt_name")
	PromptVersionKey  = attribute.Key("commentator.analysis.prompt_version")
	PromptKey         = attribute.Key("commentator.analysis.prompt") // NAME/VERSION of MLflow's registry
	PromptAliasKey    = attribute.Key("commentator.analysis.prompt_alias")
	ModelCallCountKey = attribute.Key("commentator.analysis.llm_call_count")
	ToolCallCountKey  = attribute.Key("commentator.analysis.tool_call_count")
	CommentJSONKey    = attribute.Key("commentator.analysis.result") // content

	GateFailureCountKey = attribute.Key("commentator.gates.failures")
	GatePassedKey       = attribute.Key("commentator.gates.passed") // 1 or 0
	GateScoreKey        = attribute.Key("commentator.gates.score")  // 0 to 1
	GateTableKey        = attribute.Key("commentator.gates.table")
	LoggedArtifactsKey  = attribute.Key("commentator.gates.logged_artifacts") // JSON, which artifacts MLflow shows as tables
	FailedGatesKey      = attribute.Key("commentator.gates.failed")           // text, a line each

	PayloadKey      = attribute.Key("commentator.slack.payload")  // content
	PostedKey       = attribute.Key("commentator.slack.posted")   // bool
	MessageCountKey = attribute.Key("commentator.slack.messages") // count
	HTMLKey         = attribute.Key("commentator.comment.html")   // content
	NoteKey         = attribute.Key("commentator.comment.note")   // content; the description of the job's run
	MarkdownKey     = attribute.Key("commentator.comment.markdown")
)
