// Package mlflowview says what MLflow shows of a job: which spans become runs, what
// of them becomes tag, param, metric or artifact, and which saved views the
// experiment gets. In go the names of package job, out come data for the library:
// [Rules] and [Views].
package mlflowview

import (
	"maps"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/runs"
)

// Rules says what MLflow shows of a job: a run for the job, a nested one for each
// stage, and their tags, params, metrics and artifacts. It is the one place to
// change when that shall change.
//
// Keys of the maps are the names in MLflow, values the attributes of the spans.
// The names are seen by people, in saved views and in filters; changing one
// parts old runs from new ones.
func Rules() runs.Rules {
	// The settings of the analyst are params of both the job and its analysis:
	// MLflow compares runs by params, and lists show those of the parent.
	settings := map[string]string{
		"analyst": string(job.AnalystKey), "model": string(job.ModelKey),
		"temperature": string(job.TemperatureKey), "max_tokens": string(job.MaxTokensKey),
		"prompt_name": string(job.PromptNameKey), "prompt_version": string(job.PromptVersionKey), "prompt_alias": string(job.PromptAliasKey),
	}
	// Another build of the program is another one to compare with.
	versions := maps.Clone(settings)
	versions["version"] = "service.version"
	// Only the spans below become runs. Nested runs repeat the four tags of
	// Inherit, so that a list of runs can be filtered without asking for
	// parents; Collect copies their artifacts to the parent, in a folder a
	// stage.
	return runs.Rules{
		OnlyListed: true,
		Inherit:    []string{JobIDTag, DomainTag, "adapter_name", OutcomeTag},
		Collect:    true,
		TraceTags:  []string{OutcomeTag, DomainTag, "adapter_name", "attempt", PromptTag, "mlflow.linkedPrompts"},
		// Two prompts, or two models, are compared on MLflow's page of agent versions.
		VersionParams: []string{"model", "analyst", "temperature", "max_tokens", "prompt_name", "prompt_version"},
		// The run has ended well, and people look for such traces in MLflow's list.
		TraceErrors: map[string][]string{OutcomeTag: {string(job.OutcomeGateFailed)}},
		ColorBy:     OutcomeTag,
		Colors: map[string]string{
			string(job.OutcomeSuccess): "#3BA65E", string(job.OutcomeGateFailed): "#DE7921",
			string(job.OutcomeError): "#C82D4C", string(job.OutcomeNoURLs): "#8A8F98",
		},
		Runs: []runs.RunRule{
			{
				// The run of the job: what people look for, filter and compare
				// by. Its name is as long as the id of a job of the command line: more
				// of a link's is cut in MLflow's lists. The tag has the whole.
				Span: job.SpanJob, Name: "job_{" + string(job.IDKey) + ":12}", NoDefaults: true,
				Tags: map[string]string{
					JobIDTag: string(job.IDKey), "channel_id": string(job.ChannelKey), "message_ts": string(job.MessageTSKey),
					"target_url": string(job.URLKey), DomainTag: string(job.DomainKey), "adapter_name": string(job.AdapterKey),
					OutcomeTag: string(job.OutcomeKey), "attempt": string(job.AttemptKey), "error": string(job.ErrorKey),
					PromptTag: string(job.PromptKey), "title": string(job.TitleKey), "mlflow.note.content": string(job.NoteKey),
					"mlflow.user": string(job.UserNameKey), "user_id": "user.id",
					"mlflow.loggedArtifacts": string(job.LoggedArtifactsKey),
				},
				Params: versions,
				Metrics: map[string]string{
					"snippet_count": string(job.SnippetCountKey), "gate_failures": string(job.GateFailureCountKey), "gate_score": string(job.GateScoreKey),
					"tool_call_count": string(job.ToolCallCountKey), "llm_call_count": string(job.ModelCallCountKey),
					"queue_wait_seconds": string(job.QueueWaitKey),
				},
				Artifacts: map[string]string{"commentary.md": string(job.MarkdownKey)},
			},
			{
				// Tags can be searched, params compared; what both are for is
				// in both.
				Span: job.SpanRetrieve, Name: "retrieval", NoDefaults: true, Set: map[string]string{"stage": "retrieval"},
				Tags: map[string]string{
					"adapter_name": string(job.AdapterKey), "coverage": string(job.CoverageKey),
					"has_errors": string(job.HasErrorsKey), "error": string(job.ErrorKey),
				},
				Params: map[string]string{
					"adapter_name": string(job.AdapterKey), "coverage": string(job.CoverageKey), "has_errors": string(job.HasErrorsKey),
				},
				Metrics: map[string]string{
					"snippet_count": string(job.SnippetCountKey), "source_count": string(job.SourceCountKey), "error_count": string(job.ErrorCountKey),
				},
				Artifacts: map[string]string{"evidence.json": string(job.EvidenceJSONKey)},
			},
			{
				Span: job.SpanAnalyse, Name: "analysis", NoDefaults: true, Set: map[string]string{"stage": "analysis"},
				Tags:      map[string]string{"mode": string(job.ModeKey), "error": string(job.ErrorKey), PromptTag: string(job.PromptKey)},
				Params:    settings,
				Metrics:   map[string]string{"tool_call_count": string(job.ToolCallCountKey), "llm_call_count": string(job.ModelCallCountKey)},
				Artifacts: map[string]string{"analysis_result.json": string(job.CommentJSONKey)},
			},
			{
				// The gates never fail as a stage, hence no tag for an error.
				Span: job.SpanValidate, Name: "quality_gates", NoDefaults: true, Set: map[string]string{"stage": "quality_gates"},
				Tags: map[string]string{"mlflow.loggedArtifacts": string(job.LoggedArtifactsKey)},
				Metrics: map[string]string{
					"gate_failures": string(job.GateFailureCountKey), "gate_passed": string(job.GatePassedKey), "gate_score": string(job.GateScoreKey),
				},
				Artifacts: map[string]string{"gates.json": string(job.GateTableKey), "gate_failures.txt": string(job.FailedGatesKey)},
			},
			{
				Span: job.SpanPost, Name: "slack_post", NoDefaults: true, Set: map[string]string{"stage": "slack_post"},
				Tags:      map[string]string{"permalink": string(job.PermalinkKey), "posted": string(job.PostedKey), "error": string(job.ErrorKey)},
				Metrics:   map[string]string{"message_count": string(job.MessageCountKey), "tool_call_count": string(job.ToolCallCountKey)},
				Artifacts: map[string]string{"slack_payload.json": string(job.PayloadKey), "message.html": string(job.HTMLKey)},
			},
		},
	}
}
