package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// spansAge is for how long spans need not be looked for, once some were found where they
// were sent: what stands in front of a server does not change its routes with each request.
const spansAge = 30 * time.Second

// maxMetadata is MLflow's limit of one value of trace metadata.
const maxMetadata = 250

// Metadata of a trace.
const (
	tokenUsageKey = "mlflow.trace.tokenUsage"
	sourceRunKey  = "mlflow.sourceRun"
	// assessedByKey is in the metadata of an assessment the run that it was made for.
	assessedByKey = "mlflow.assessment.sourceRunId"
)

// isInfoFirst reports whether the trace's info is written before its spans. From 3.17 on the
// server then inserts both, where it otherwise has to merge each value into what it made of
// the spans; and it adds the sums of what it finds in them. An older one would count anew
// what is in the info; and of a trace of which something may be there nothing is known.
func (j *job) isInfoFirst() bool {
	return j.caps.Has(mlflow.FeatureTokensOnce) && !j.origin.SearchFirst && !j.origin.Late
}

// describeTrace writes what OTLP does not carry, after the spans: the server sums
// up on its own what it finds in them, and the info sets that right.
func (j *job) describeTrace() error {
	known, err := j.isInfoKnown()
	if err != nil {
		return err
	}
	if known {
		if n := len(j.projection.Trace.Assessments); n > 0 {
			j.result.Notes = append(j.result.Notes, fmt.Sprintf("%d assessments of a late part left out", n))
		}
		return nil
	}
	info := j.traceInfo()
	if j.origin.SearchFirst {
		// The spans may have been sent before. Up to 3.16 the server counted them again; from
		// 3.17 on it keeps the sums it had when it got the trace's info, whatever comes later
		// (authoritative_token_usage_ids in mlflow/store/tracking/sqlalchemy_store.py).
		j.setSums(&info)
	}
	if !j.caps.Has(mlflow.FeatureInfoUpdate) {
		if err := j.readInfo(&info); err != nil {
			return err
		}
	}
	there, err := j.writeInfo(info)
	if err != nil || there.SpansStored() {
		return err
	}
	return j.lookForSpans() // not every release answers with all that it has
}

// writeInfo gives what the server has of the trace then. From here on the run that the info
// names lists the trace.
func (j *job) writeInfo(info mlflow.TraceInfo) (there mlflow.TraceInfo, err error) {
	err = j.step("write trace info", func(ctx context.Context) (err error) {
		there, err = j.d.client.StartTrace(ctx, info)
		return err
	})
	if err == nil {
		j.sourceRun = info.Metadata[sourceRunKey]
	}
	return there, err
}

// lookForSpans makes sure that the spans which were sent are where the info is.
func (j *job) lookForSpans() error {
	if j.allPoison() {
		return nil
	}
	return j.step("look for the spans", func(ctx context.Context) error {
		there, err := j.d.client.GetTraceInfo(ctx, j.mlflowTraceID())
		if err == nil && !there.SpansStored() {
			err = errNoSpans
		}
		return err
	})
}

// lookForSpansOnceInAWhile is lookForSpans where the answer to the info, which went first, can tell
// of none: one look counts for all such deliveries of the next while, as long as the server is not away.
func (j *job) lookForSpansOnceInAWhile() error {
	now, breaks := j.d.cfg.now(), j.d.client.Interruptions()
	if j.d.memory.spansSeenSince(now.Add(-spansAge), breaks) {
		return nil
	}
	err := j.lookForSpans()
	if err == nil && !j.allPoison() {
		j.d.memory.setSpansSeen(now, breaks)
	}
	return err
}

// isInfoKnown reports whether the server has what is to be said of the trace, so that a late
// part adds nothing. It has not where the part that came before had no root, such as what an
// attempt left that was cut: then it is this part's root that tells what the trace is.
func (j *job) isInfoKnown() (bool, error) {
	switch {
	case !j.origin.Late, j.hasTraceRoot():
		return false, nil
	case j.result.ParentRunID == "": // no run to lead to
		return true, nil
	}
	var there mlflow.TraceInfo
	err := j.step("look whose the trace is", func(ctx context.Context) (err error) {
		there, err = j.d.client.GetTraceInfo(ctx, j.mlflowTraceID())
		return err
	})
	if mlflow.IsNotFound(err) && !mlflow.IsExperimentGone(err) {
		return false, nil
	}
	run := there.Metadata[sourceRunKey]
	return run != "" && run != j.result.ParentRunID, err
}

// hasTraceRoot reports whether the first span of the whole trace is in this delivery.
func (j *job) hasTraceRoot() bool {
	for _, s := range otlp.Spans(j.td) {
		if len(s.GetParentSpanId()) == 0 && !logrecords.IsStandIn(s) {
			return true
		}
	}
	return false
}

// errNoSpans says that something answered the spans as a server does that has taken them,
// and the server has none.
var errNoSpans = errors.New("spans were sent, and the server has none of the trace: " +
	"let what stands in front of it forward /v1/traces to the same server as /api")

// allPoison reports whether every span that was sent was refused.
func (j *job) allPoison() bool { return len(j.result.Poison) == len(j.spans.send) }

// readInfo adds to the info what the server made of the spans.
func (j *job) readInfo(info *mlflow.TraceInfo) error {
	return j.step("read trace info", func(ctx context.Context) error {
		there, err := j.d.client.GetTraceInfo(ctx, info.TraceID)
		*info = info.Merged(there)
		if info.Metadata[tokenUsageKey] == "" { // 3.6 does not read the sums of spans that say them in MLflow's words
			j.setSums(info)
		}
		if mlflow.IsNotFound(err) && !mlflow.IsExperimentGone(err) {
			if !j.allPoison() {
				return errNoSpans
			}
			return nil
		}
		return err
	})
}

// setSums gives the trace's tokens and cost as this module counts them. They are those
// of the spans at hand: other services may have more in the same trace, so that the
// server's own sums are better wherever they are right.
func (j *job) setSums(info *mlflow.TraceInfo) {
	if u := j.projection.Trace.TokenUsage; u != "" {
		info.Metadata[tokenUsageKey] = u
	}
	if c := j.projection.Trace.Cost; c != "" {
		info.Metadata["mlflow.trace.cost"] = c
	}
}

// traceInfo is what MLflow shows of the trace beside its spans.
func (j *job) traceInfo() mlflow.TraceInfo {
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
	if len(j.planned) == 0 || j.planned[0].Evaluation == nil {
		set(sourceRunKey, j.result.ParentRunID)
	}
	for k, v := range t.Metadata {
		set(k, v)
	}
	for _, a := range t.Assessments {
		if out, err := j.assessment(a); err != nil {
			j.result.Notes = append(j.result.Notes, fmt.Sprintf("assessment %q left out: %v", a.Name, err))
		} else {
			info.Assessments = append(info.Assessments, out)
		}
	}
	return info
}

// assessment gives a judgement the form that the server takes.
func (j *job) assessment(a runs.Assessment) (mlflow.Assessment, error) {
	out := mlflow.Assessment{
		ID: a.ID, Name: a.Name, TraceID: j.mlflowTraceID(), SpanID: spanHex(a.SpanID),
		Source: mlflow.AssessmentSource{Type: a.SourceType, ID: a.SourceID}, Rationale: a.Rationale,
	}
	if j.evaluation != "" {
		out.Metadata = map[string]string{assessedByKey: j.evaluation}
	}
	switch {
	case a.Expectation:
		e, err := mlflow.NewExpectation(a.Value)
		out.Expectation = &e
		return out, err
	case a.Error != "":
		out.Feedback = &mlflow.Feedback{Error: &mlflow.AssessmentError{Code: a.Error, Message: a.Rationale}}
	default:
		out.Feedback = &mlflow.Feedback{Value: a.Value}
	}
	return out, nil
}
