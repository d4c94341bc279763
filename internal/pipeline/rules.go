package pipeline

import "github.com/technoshare/commentator/otel/runs"

// Rules says what MLflow shows of a job: the seed's run tree, and design's
// table of tags, params, metrics and artifacts. It is the one place to change
// when that table changes.
func Rules() runs.Rules {
	settings := map[string]string{
		"analyst": string(keyAnalyst), "model": string(keyModel), "temperature": string(keyTemp), "max_tokens": string(keyMaxTokens),
		"prompt_name": string(keyPrompt), "prompt_version": string(keyPromptVer),
	}
	return runs.Rules{
		OnlyListed: true,
		Inherit:    []string{"job_id", "domain", "adapter_name", "outcome"},
		Collect:    true,
		ColorBy:    "outcome",
		Colors: map[string]string{
			string(Success): "#3BA65E", string(GateFailed): "#DE7921", string(Error): "#C82D4C", string(NoURLs): "#8A8F98",
		},
		Runs: []runs.RunRule{
			{
				Span: spanJob, Name: "job_{" + string(keyJobID) + "}", NoDefaults: true,
				Tags: map[string]string{
					"job_id": string(keyJobID), "channel_id": string(keyChannel), "message_ts": string(keyMessageTS),
					"target_url": string(keyURL), "domain": string(keyDomain), "adapter_name": string(keyAdapter),
					"outcome": string(keyOutcome), "attempt": string(keyAttempt), "error": string(keyError),
					"mlflow.user": "user.id", "mlflow.loggedArtifacts": string(keyGateTables),
				},
				Params: settings,
				Metrics: map[string]string{
					"snippet_count": string(keySnippets), "gate_failures": string(keyGateFailures), "gate_score": string(keyGateScore),
					"tool_call_count": string(keyToolCalls), "llm_call_count": string(keyModelCalls), "queue_wait_seconds": string(keyQueueWait),
				},
				Artifacts: map[string]string{"commentary.md": string(keyMarkdown)},
			},
			{
				Span: spanRetrieve, Name: "retrieval", NoDefaults: true, Set: map[string]string{"stage": "retrieval"},
				Tags:   map[string]string{"adapter_name": string(keyAdapter), "coverage": string(keyCoverage), "has_errors": string(keyHasErrors), "error": string(keyError)},
				Params: map[string]string{"adapter_name": string(keyAdapter), "coverage": string(keyCoverage), "has_errors": string(keyHasErrors)},
				Metrics: map[string]string{
					"snippet_count": string(keySnippets), "source_count": string(keySources), "error_count": string(keyErrors),
				},
				Artifacts: map[string]string{"evidence.json": string(keyEvidenceJSON)},
			},
			{
				Span: spanAnalyse, Name: "analysis", NoDefaults: true, Set: map[string]string{"stage": "analysis"},
				Tags:      map[string]string{"mode": string(keyMode), "error": string(keyError)},
				Params:    settings,
				Metrics:   map[string]string{"tool_call_count": string(keyToolCalls), "llm_call_count": string(keyModelCalls)},
				Artifacts: map[string]string{"analysis_result.json": string(keyResultJSON)},
			},
			{
				Span: spanValidate, Name: "quality_gates", NoDefaults: true, Set: map[string]string{"stage": "quality_gates"},
				Tags: map[string]string{"mlflow.loggedArtifacts": string(keyGateTables)},
				Metrics: map[string]string{
					"gate_failures": string(keyGateFailures), "gate_passed": string(keyGatePassed), "gate_score": string(keyGateScore),
				},
				Artifacts: map[string]string{"gates.json": string(keyGatesJSON), "gate_failures.txt": string(keyGateList)},
			},
			{
				Span: spanPost, Name: "slack_post", NoDefaults: true, Set: map[string]string{"stage": "slack_post"},
				Tags:      map[string]string{"permalink": string(keyPermalink), "posted": string(keyPosted), "error": string(keyError)},
				Metrics:   map[string]string{"message_count": string(keyReplies), "tool_call_count": string(keyToolCalls)},
				Artifacts: map[string]string{"slack_payload.json": string(keyPayload), "message.html": string(keyHTML)},
			},
		},
	}
}
