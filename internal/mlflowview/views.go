package mlflowview

import (
	"encoding/json"
	"net/url"

	"github.com/technoshare/commentator/internal/job"
	"github.com/technoshare/commentator/otel/deliver"
)

// Note describes the experiment on each of its pages, with links to the views: their menu
// opens every view as a list, a link charts too. It begins with words, as the list of
// experiments shows its beginning as it is written. A link to a list of traces has the filter
// of its view too, for MLflow takes none from the view that a link names.
func Note() string {
	const page = "#/experiments/{experiment.id}/"
	return "One run a link, one nested run a stage. Views: [Jobs](" + page + "runs?viewStateShareKey=jobs), " +
		"[Gate failed](" + page + "runs?viewStateShareKey=gate-failed), " +
		"[By outcome](" + page + "runs?viewStateShareKey=by-outcome), " +
		"[By version](" + page + "runs?viewStateShareKey=by-version), " +
		"[Charts](" + page + "runs?viewStateShareKey=charts&compareRunsMode=CHART), " +
		"[failed traces](" + page + "traces?traceViewShareKey=gate-failed&startTimeLabel=ALL&pageSize=50&tag=" +
		url.QueryEscape(gateFailed) + ")."
}

// gateFailed is the filter of traces whose comment the gates stopped, as MLflow writes it.
const gateFailed = "outcome=gate_failed"

// Views are the saved views that the experiment gets: without them no list in
// MLflow shows a tag or metric of a job. MLflow keeps them as tags of the
// experiment. The ids are part of links to them and name a view across versions
// of the program.
func Views() []deliver.View {
	// In MLflow's own notation of columns, which quotes names with backquotes.
	columns := []string{
		"tags.`outcome`", "tags.`title`", "tags.`target_url`", "params.`model`", "metrics.`total_tokens`", "metrics.`total_cost_usd`",
		"tags.`attempt`", "metrics.`gate_failures`", "tags.`domain`", "tags.`adapter_name`",
	}
	// A window of 1400 pixels has room for the columns up to the cost.
	widths := map[string]int{
		"attributes.`Run Name`": 175, "tags.`outcome`": 90, "tags.`title`": 190, "tags.`target_url`": 170,
		"params.`model`": 95, "metrics.`total_tokens`": 95, "metrics.`total_cost_usd`": 110, "tags.`attempt`": 70,
	}
	// What two versions of the program are compared by: averages over all of their jobs.
	quality := []string{
		"metrics.`gate_score`", "metrics.`gate_failures`", "metrics.`latency_seconds`", "metrics.`total_tokens`", "metrics.`total_cost_usd`",
	}
	return []deliver.View{
		deliver.RunsView{ID: "jobs", Name: "Jobs", Columns: columns, Widths: widths},
		deliver.RunsView{ID: "gate-failed", Name: "Gate failed", Filter: "tags.outcome = 'gate_failed'", Columns: columns, Widths: widths},
		deliver.RunsView{ID: "by-outcome", Name: "By outcome", Filter: JobsOnly, Columns: columns, Widths: widths, GroupByTag: OutcomeTag},
		deliver.RunsView{
			ID: "by-version", Name: "By version", Filter: JobsOnly, Columns: quality,
			// The name of a group is cut where its column ends, and two groups must not look alike.
			GroupByParams: []string{"version", "model", "prompt_version"},
			Widths: map[string]int{
				"attributes.`Run Name`": 660, "metrics.`gate_score`": 130, "metrics.`gate_failures`": 130, "metrics.`latency_seconds`": 140,
				"metrics.`total_tokens`": 140, "metrics.`total_cost_usd`": 140,
			},
		},
		deliver.RunsView{ID: "charts", Name: "Charts", Filter: JobsOnly, Columns: columns, Widths: widths, Charts: []deliver.Chart{
			{Kind: "SCATTER", X: "total_tokens", Y: "latency_seconds"},
			{Kind: "BAR", Y: "latency_seconds"},
			{Kind: "BAR", Y: "gate_failures"},
		}},
		deliver.TracesView{
			ID: "gate-failed", Name: "Gate failed", Columns: "start_time,input,output,user,duration,state,run_name,tokens,cost,tags",
			Tags: []string{gateFailed},
		},
		deliver.TraceView{
			ID: "commentary", Name: "Commentary", Label: "Commentary", Instruction: "One job at a glance",
			Components: commentaryPage(),
		},
	}
}

// commentaryPage is one trace as a person wants it: how it went, the comment,
// the gates' verdicts, and two buttons for an opinion. It is a list of
// components that name each other by id, from root down; texts are taken out of
// the trace by the name of a span and a path within its outputs, or from what
// MLflow knows of the trace.
func commentaryPage() json.RawMessage {
	// source takes a value that MLflow keeps of the trace, output one of a
	// span's outputs.
	type m = map[string]any
	source := func(what string) m { return m{"$source": what} }
	output := func(span string, path ...any) m {
		return m{"$source": "spanField", "spanRef": m{"name": span}, "field": "outputs", "path": path}
	}
	// renderIfSpan hides a part in traces of jobs that ended before that stage.
	components := []m{
		{"id": "root", "component": "Column", "children": []string{"numbers", "comment", "gates", "verdicts", "opinion"}},
		{"id": "numbers", "component": "Row", "children": []string{"status", "latency", "tokens"}},
		{"id": "status", "component": "StatCard", "value": source("metrics.status"), "label": "Status"},
		{"id": "latency", "component": "StatCard", "value": source("metrics.latency"), "label": "Latency"},
		{"id": "tokens", "component": "StatCard", "value": source("metrics.totalTokens"), "label": "Tokens"},
		{"id": "comment", "component": "Markdown", "title": "Comment", "text": output(job.SpanJob, "choices", 0, "message", "content")},
		{
			"id": "gates", "component": "Markdown", "title": "Quality gates", "text": output(job.SpanValidate, "report"),
			"renderIfSpan": m{"name": job.SpanValidate},
		},
		{"id": "verdicts", "component": "AssessmentBoard", "children": source("assessments")},
		{"id": "opinion", "component": "FeedbackThumbsUpDownButtons", "name": "helpful"},
	}
	// Only texts and numbers: this cannot fail.
	b, err := json.Marshal(components)
	if err != nil {
		return json.RawMessage("[]")
	}
	return b
}
