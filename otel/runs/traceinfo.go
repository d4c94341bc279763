package runs

import (
	"slices"
	"strings"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/runs/internal/annotate"
	"github.com/technoshare/commentator/otel/runs/internal/chat"
	"github.com/technoshare/commentator/otel/runs/internal/draft"
	"github.com/technoshare/commentator/otel/runs/internal/naming"
	"github.com/technoshare/commentator/otel/runs/internal/notes"
	"github.com/technoshare/commentator/otel/runs/internal/rule"
	"github.com/technoshare/commentator/otel/runs/internal/summary"
	"github.com/technoshare/commentator/otel/runs/internal/tree"
	"github.com/technoshare/commentator/otel/runs/internal/value"
)

// States of a trace in MLflow's own words (mlflow.entities.TraceState).
const (
	stateOK    = "OK"
	stateError = "ERROR"

	stateInProgress = "IN_PROGRESS"
)

// Attributes of a root that speak of its trace.
const (
	traceTagPrefix     = "mlflow.traceTag."
	traceNameTag       = "mlflow.traceName" // is TraceInfo.Name
	clientRequestIDKey = "mlflow.clientRequestId"
)

// traceInfo describes the trace itself, from its first local root.
func traceInfo(t counted, drafts *draft.Drafts, n *notes.Notes) TraceInfo {
	root := summary.Root(t.Tree)
	asked, answered := summary.Conversation(root, t.tally)
	info := TraceInfo{
		Name: summary.Name(root, t.tally), State: stateOK,
		RequestPreview: chat.Preview(asked), ResponsePreview: chat.Preview(answered),
		SessionID: summary.Session(root), UserID: summary.User(root),
		Tags: map[string]string{}, Metadata: map[string]string{},
	}
	start, end := tree.Time(root.Start), t.tally.End(root)
	for _, r := range t.Roots {
		if r.Failed || r.Unfinished { // a trace left IN_PROGRESS would stay so for ever
			info.State = stateError
		}
		if e := t.tally.End(r); e.After(end) {
			end = e
		}
		if s := tree.Time(r.Start); s.Before(start) {
			start = s
		}
	}
	info.Start, info.Duration = start, end.Sub(start)
	for _, kv := range root.PB.GetAttributes() {
		if key, ok := strings.CutPrefix(otlp.ValidText(kv.GetKey()), traceTagPrefix); ok && key != traceNameTag {
			info.Tags[key] = value.Word(value.Decode(kv.GetValue()))
		}
	}
	if v, ok := root.Attribute(clientRequestIDKey); ok {
		info.ClientRequestID = value.Word(v)
	}
	for _, key := range []string{"service.version", "deployment.environment.name"} {
		if v, ok := root.Resource[key]; ok {
			info.Metadata[key], _ = value.Cut(value.Word(v), naming.MaxKey)
		}
	}
	info.TokenUsage, info.Cost = annotate.Sums(t.Tree, t.tally)
	for _, s := range t.Ordered {
		info.Assessments = append(info.Assessments, assessments(t, s, drafts.Title(s), maxAssessments-len(info.Assessments), n)...)
	}
	return info
}

// follow takes over what the rules say that the trace has of its parent run. A tag that
// the program gave the trace stays.
func (i *TraceInfo) follow(parent Run, rules *rule.Set) {
	for _, key := range rules.TraceTags {
		if _, own := i.Tags[key]; !own && parent.Tags[key] != "" {
			i.Tags[key] = parent.Tags[key]
		}
	}
	for key, values := range rules.TraceErrors {
		if slices.Contains(values, parent.Tags[key]) {
			i.State = stateError
		}
	}
}

// versionOf takes those params of a parent run that make it one of another version of the program.
func versionOf(parent Run, rules *rule.Set) []Param {
	if len(rules.VersionParams) == 0 {
		return nil
	}
	version := []Param{}
	for _, key := range rules.VersionParams {
		p := Param{key, parent.Params[key]}
		if p.Value != "" && !slices.Contains(version, p) { // MLflow takes each once
			version = append(version, p)
		}
	}
	return version
}
