package deliver

import (
	"maps"
	"slices"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
	"github.com/technoshare/commentator/otel/runs"
)

// Tags that delivery owns.
const (
	tagInstance = "otel.instance_id"
	tagParent   = "mlflow.parentRunId"
	tagNote     = "mlflow.note.content"
)

// endTags are what a root run gets only when it is complete: a filter on them must
// not find half a job.
var endTags = []string{"outcome", "error", tagNote, "mlflow.runColor", "mlflow.loggedArtifacts"}

// tags are all tags of the run; end adds those that say the run is complete.
func (j *job) tags(p *plannedRun, end bool) map[string]string {
	t := map[string]string{}
	maps.Copy(t, j.d.cfg.runTags)
	if j.resource.service != "" {
		t["mlflow.source.name"], t["mlflow.source.type"] = j.resource.service, "JOB"
	}
	if j.resource.commit != "" {
		t["mlflow.source.git.commit"] = j.resource.commit
	}
	if j.resource.branch != "" {
		t["mlflow.source.git.branch"] = j.resource.branch
	}
	if u := j.projection.Trace.UserID; u != "" && p.root() {
		t["mlflow.user"] = u
	}
	maps.Copy(t, p.Tags)
	if j.origin.Unfinished != "" {
		t[mlflowattr.UnfinishedTag] = shorten(j.origin.Unfinished, maxIncomplete)
	}
	t[mlflowattr.TraceIDTag], t[mlflowattr.SpanIDTag] = j.tid.String(), p.SpanID.String()
	if j.d.cfg.instanceID != "" {
		t[tagInstance] = j.d.cfg.instanceID
	}
	if parent := j.plannedFor(p.ParentSpanID); parent != nil {
		t[tagParent] = parent.ref.id
	} else if j.evaluation != "" {
		t[tagParent] = j.evaluation
	} else if j.d.cfg.parentRunID != "" {
		t[tagParent] = j.d.cfg.parentRunID
	}
	if p.root() { // children have no outcome that a filter could find too early
		if !end || p.Status == runs.Running {
			for _, k := range endTags {
				delete(t, k)
			}
		}
		if end {
			t[tagNote] = j.note(p)
		}
	}
	return t
}

func tagList(m map[string]string) []mlflow.Tag {
	out := make([]mlflow.Tag, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, mlflow.Tag{Key: k, Value: m[k]})
	}
	return out
}
