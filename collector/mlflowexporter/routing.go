package mlflowexporter

import (
	"regexp"
	"strings"
	"unicode/utf8"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// maxExperimentName is MLflow's limit.
const maxExperimentName = 500

// workspaceName is what MLflow's WorkspaceNameValidator takes, but for reserved names
// (mlflow/store/workspace/abstract_store.py of 3.17.2).
var workspaceName = regexp.MustCompile(`^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$`)

// experiment names the experiment of a trace.
func (o *outlets) experiment(td *tracepb.TracesData) string {
	name := fromResource(td, o.cfg.Experiment.FromAttribute)
	if name == "" || len(name) > maxExperimentName || !utf8.ValidString(name) {
		return o.cfg.Experiment.Name
	}
	return name
}

// workspace names the workspace of a trace.
func (o *outlets) workspace(td *tracepb.TracesData) string {
	name := fromResource(td, o.cfg.Workspace.FromAttribute)
	if !workspaceName.MatchString(name) {
		return o.cfg.Workspace.Name
	}
	return name
}

// fromResource gives a resource attribute of a trace: that of the root's resource,
// else of the first one that has it. Without a key it is empty.
func fromResource(td *tracepb.TracesData, key string) (value string) {
	if key == "" {
		return ""
	}
	for _, rs := range td.GetResourceSpans() {
		v := attributeText(rs.GetResource().GetAttributes(), key)
		if v == "" {
			continue
		}
		if hasRoot(rs) {
			return v
		}
		if value == "" {
			value = v
		}
	}
	return value
}

func hasRoot(rs *tracepb.ResourceSpans) bool {
	for _, ss := range rs.GetScopeSpans() {
		for _, s := range ss.GetSpans() {
			if len(s.GetParentSpanId()) == 0 {
				return true
			}
		}
	}
	return false
}

func attributeText(attrs []*commonpb.KeyValue, key string) string {
	for _, kv := range attrs {
		if kv.GetKey() == key {
			return strings.TrimSpace(kv.GetValue().GetStringValue())
		}
	}
	return ""
}
