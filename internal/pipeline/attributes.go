package pipeline

import "go.opentelemetry.io/otel/attribute"

// Names of the spans, as in the seed's picture.
const (
	spanJob      = "pipeline.process_job"
	spanRetrieve = "retrieval.fetch_evidence"
	spanAnalyse  = "analysis.run"
	spanValidate = "quality_gates.validate"
	spanPost     = "slack.post_message"
)

// Attributes of the job's spans that no convention names. Rules says what
// MLflow makes of them.
const (
	keyJobID     = attribute.Key("commentator.job.id")
	keyAttempt   = attribute.Key("commentator.job.attempt")
	keyOutcome   = attribute.Key("commentator.job.outcome")
	keyError     = attribute.Key("commentator.job.error")
	keyQueueWait = attribute.Key("commentator.job.queue_wait") // seconds
	keyURL       = attribute.Key("url.full")
	keyDomain    = attribute.Key("url.domain")
	keyChannel   = attribute.Key("slack.channel.id")
	keyMessageTS = attribute.Key("slack.message.ts")
	keyPermalink = attribute.Key("slack.permalink")
	keyResumed   = attribute.Key("commentator.resumed") // taken from an earlier attempt's checkpoint

	keyAdapter      = attribute.Key("commentator.evidence.adapter")
	keyCoverage     = attribute.Key("commentator.evidence.coverage")
	keyHasErrors    = attribute.Key("commentator.evidence.has_errors")
	keySnippets     = attribute.Key("commentator.evidence.snippet_count")
	keySources      = attribute.Key("commentator.evidence.source_count")
	keyErrors       = attribute.Key("commentator.evidence.error_count")
	keyEvidenceJSON = attribute.Key("commentator.evidence.json") // content

	keyAnalyst    = attribute.Key("commentator.analysis.analyst")
	keyMode       = attribute.Key("commentator.analysis.mode")
	keyModel      = attribute.Key("commentator.analysis.model")
	keyTemp       = attribute.Key("commentator.analysis.temperature")
	keyMaxTokens  = attribute.Key("commentator.analysis.max_tokens")
	keyPrompt     = attribute.Key("commentator.analysis.prompt_name")
	keyPromptVer  = attribute.Key("commentator.analysis.prompt_version")
	keyModelCalls = attribute.Key("commentator.analysis.llm_call_count")
	keyToolCalls  = attribute.Key("commentator.analysis.tool_call_count")
	keyResultJSON = attribute.Key("commentator.analysis.result") // content

	keyGateFailures = attribute.Key("commentator.gates.failures")
	keyGatePassed   = attribute.Key("commentator.gates.passed") // 1 or 0
	keyGateScore    = attribute.Key("commentator.gates.score")  // 0 to 1
	keyGatesJSON    = attribute.Key("commentator.gates.table")
	keyGateTables   = attribute.Key("commentator.gates.logged_artifacts") // JSON, which artifacts MLflow shows as tables
	keyGateList     = attribute.Key("commentator.gates.failed")           // text, a line each

	keyPayload  = attribute.Key("commentator.slack.payload")  // content
	keyPosted   = attribute.Key("commentator.slack.posted")   // bool
	keyReplies  = attribute.Key("commentator.slack.messages") // count
	keyHTML     = attribute.Key("commentator.comment.html")   // content
	keyMarkdown = attribute.Key("commentator.comment.markdown")
)
