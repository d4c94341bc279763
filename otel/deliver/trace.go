package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/mlflow"
)

// plan works out, without any call, what has to be on the server in the end.
func (j *job) plan() error {
	all := j.read.Project()
	if len(all) != 1 {
		return &InvalidTraceError{"its spans cannot be projected as one trace"}
	}
	j.projection = all[0]
	j.result.Notes = append(j.result.Notes, j.projection.Notes...)
	j.resource = resourceOf(j.td)
	j.planned, j.modelID = nil, ""
	if j.d.cfg.tracking {
		for _, r := range j.projection.Runs {
			j.planned = append(j.planned, &plannedRun{Run: r})
		}
		if j.origin.Late {
			j.planned = ownRoots(j.td, j.planned)
		}
	}
	j.spans = spanSet{}
	if j.d.cfg.tracing {
		j.spans = selectSpans(j.read.Annotated(), j.origin.SampledFlag)
	}
	return nil
}

// ownRoots keeps, of a late part, the run trees whose root span begins a tree of
// its own: no parent, or one in another process. The others hang below runs that
// are delivered already.
func ownRoots(td *tracepb.TracesData, all []*plannedRun) []*plannedRun {
	root := map[trace.SpanID]bool{}
	for _, s := range otlp.Spans(td) {
		if len(s.GetParentSpanId()) == 0 || otlp.ParentIsRemote(s) {
			root[otlp.SpanID(s)] = true
		}
	}
	kept := map[trace.SpanID]bool{}
	var out []*plannedRun
	for _, p := range all { // parents come before children
		if p.root() && root[p.SpanID] || kept[p.ParentSpanID] {
			kept[p.SpanID] = true
			out = append(out, p)
		}
	}
	return out
}

// spanHex is a span id as MLflow takes it; "" for none.
func spanHex(id trace.SpanID) string {
	if !id.IsValid() {
		return ""
	}
	return id.String()
}

// end is the latest end of a span.
func (j *job) end() time.Time {
	var last uint64
	for _, s := range otlp.Spans(j.td) {
		last = max(last, s.GetEndTimeUnixNano(), s.GetStartTimeUnixNano())
	}
	return time.Unix(0, int64(last)) //nolint:gosec // nanoseconds fit until 2262
}

// deliverTrace sends the spans, then what OTLP cannot carry, then the links.
func (j *job) deliverTrace() error {
	if len(j.spans.send) == 0 {
		return nil
	}
	if err := j.uploadSpans(); err != nil {
		return err
	}
	if j.origin.Late { // the trace is there, with its info
		if n := len(j.projection.Trace.Assessments); n > 0 {
			j.result.Notes = append(j.result.Notes, fmt.Sprintf("%d assessments of a late part left out", n))
		}
	} else if err := j.putInfo(); err != nil {
		return err
	}
	for _, p := range j.planned {
		if p.skipped {
			continue
		}
		err := j.step("link trace to run "+p.Name, func(ctx context.Context) error {
			return j.d.client.LinkTraces(ctx, p.ref.id, j.mlflowTraceID())
		})
		if err != nil {
			return err
		}
	}
	return j.linkPrompts()
}

// maxMetadata is MLflow's limit of one value of trace metadata.
const maxMetadata = 250

func (j *job) putInfo() error {
	t := j.projection.Trace
	info := mlflow.TraceInfo{
		TraceID: j.mlflowTraceID(), Location: mlflow.InExperiment(j.experimentID),
		RequestTime: mlflow.FormatTime(t.Start), Duration: mlflow.FormatDuration(t.Duration), State: t.State,
		RequestPreview: t.RequestPreview, ResponsePreview: t.ResponsePreview, ClientRequestID: t.ClientRequestID,
		Metadata: map[string]string{}, Tags: map[string]string{},
	}
	maps.Copy(info.Tags, t.Tags)
	if t.Name != "" {
		info.Tags["mlflow.traceName"] = t.Name
	}
	set := func(key, value string) {
		if value != "" {
			info.Metadata[key] = shorten(value, maxMetadata)
		}
	}
	set("mlflow.trace.session", t.SessionID)
	set("mlflow.trace.user", t.UserID)
	set("mlflow.source.name", j.resource.service)
	if j.resource.service != "" {
		set("mlflow.source.type", "JOB")
	}
	set("mlflow.source.git.commit", j.resource.commit)
	set("mlflow.source.git.branch", j.resource.branch)
	set("mlflow.modelId", j.modelID)
	set("mlflow.sourceRun", j.result.ParentRunID)
	for k, v := range t.Metadata {
		set(k, v)
	}
	for _, a := range t.Assessments {
		info.Assessments = append(info.Assessments, mlflow.Assessment{
			ID: a.ID, Name: a.Name, TraceID: info.TraceID, SpanID: spanHex(a.SpanID),
			Source:   mlflow.AssessmentSource{Type: a.SourceType, ID: a.SourceID},
			Feedback: &mlflow.Feedback{Value: a.Value}, Rationale: a.Rationale,
		})
	}
	return j.step("write trace info", func(ctx context.Context) error {
		err := j.d.client.PutTraceInfo(ctx, info)
		if mlflow.IsUnsupported(err) && !mlflow.IsExperimentGone(err) { // MLflow 2
			return nil
		}
		return err
	})
}

// linkPrompts shows the trace on its prompts' pages. A prompt that is not
// registered on this server has no page.
func (j *job) linkPrompts() error {
	text := j.projection.Trace.Tags[tagPrompts]
	for _, p := range j.planned {
		if text == "" {
			text = p.Tags[tagPrompts]
		}
	}
	var prompts []mlflow.PromptRef
	if json.Unmarshal([]byte(text), &prompts) != nil || len(prompts) == 0 {
		return nil
	}
	return j.step("link prompts", func(ctx context.Context) error {
		err := j.d.client.LinkPrompts(ctx, j.mlflowTraceID(), prompts)
		if err != nil && !mlflow.IsRetryable(err) {
			j.result.Notes = append(j.result.Notes, "prompts not linked: "+err.Error())
			return nil
		}
		return err
	})
}
