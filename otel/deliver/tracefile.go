package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/internal/tracepage"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// storeTrace is the way for servers that take no spans: as MLflow's own clients of the
// time do, info and spans apart. On servers that know nothing of MLflow 3's spans, or
// of traces at all, the trace is an artifact of its run as well (traceArtifacts).
func (j *job) storeTrace() error {
	td := &tracepb.TracesData{ResourceSpans: wrap(j.spans.send)}
	info := j.traceInfo()
	known := j.origin.Late
	if known && j.caps.Has(mlflow.FeatureTraceInfo) {
		var err error
		if known, err = j.isInfoKnown(); err != nil {
			return err
		}
	}
	if known { // it stays as it is
		info = mlflow.TraceInfo{TraceID: info.TraceID, Location: info.Location}
	}
	if j.caps.Has(mlflow.FeatureTraceInfo) {
		err := j.step("store trace", func(ctx context.Context) error {
			f, err := j.d.client.PutTraceFile(ctx, info, td)
			return j.stored(f, err)
		})
		if !mlflow.IsUnsupported(err) || isGone(err) || j.caps.Version != "" {
			return err
		}
		// A server that hides its release was taken for the newest.
		j.d.client.Contradict(mlflow.FeatureTraces, err)
		if err := j.contradict(mlflow.FeatureTraceInfo, err); err != nil {
			return err
		}
		if err := j.addTraceArtifacts(); err != nil {
			return err
		}
	}
	asArtifact := j.traceAsArtifact()
	var err error
	switch {
	case j.caps.Has(mlflow.FeatureTraceRequests):
		asked := j.d.cfg.now()
		err = j.step("store trace", func(ctx context.Context) error {
			f, err := j.d.client.PutTraceFileV2(ctx, info, td, !j.caps.Has(mlflow.FeatureTraces))
			return j.stored(f, err)
		})
		if err != nil && !errors.Is(err, errNotBegun) && mlflow.IsAmbiguous(err) { // the server gives the id
			err = &AmbiguousError{Wait: j.d.ambiguousFor(err, asked), Err: err}
		}
	case !asArtifact:
		j.miss(PartTrace, 1, j.caps.Missing(mlflow.FeatureTraceRequests))
	}
	if asArtifact && (IsPermanent(err) || mlflow.IsUnsupported(err)) && !isGone(err) {
		j.result.Notes = append(j.result.Notes, "the trace is an artifact of its run only: "+err.Error())
		return nil
	}
	return err
}

// stored takes note of where the trace is and what it was shortened by.
func (j *job) stored(f mlflow.TraceFile, err error) error {
	if f.TraceID != "" && err == nil {
		j.nameTrace(f.TraceID)
	}
	if f.Dropped > 0 || f.Shortened > 0 {
		text := fmt.Sprintf("%d spans and parts of %d values left out of the stored trace, which is too large", f.Dropped, f.Shortened)
		if f.Dropped > 0 && err == nil && !j.traceAsArtifact() { // else they are in the run's file
			j.miss(PartTrace, 1, text)
		} else {
			j.result.Notes = append(j.result.Notes, text)
		}
	}
	var store *mlflow.ArtifactStoreError
	if errors.As(err, &store) { // the info is there, without spans
		j.nameTrace(j.mlflowTraceID())
	}
	return err
}

// traceAsArtifact reports whether the spans become files of a run too, since the server
// cannot show them in any other way. Where artifacts are left out, so are these.
func (j *job) traceAsArtifact() bool {
	return !j.caps.Has(mlflow.FeatureTraces) && len(j.spans.send) > 0 && len(j.planned) > 0 && j.d.cfg.artifacts
}

// addTraceArtifacts gives the first run the files of the trace: OTLP for programs and
// a page for people. A late part whose spans have no run of their own has none.
func (j *job) addTraceArtifacts() error {
	if !j.traceAsArtifact() {
		return nil
	}
	td := &tracepb.TracesData{ResourceSpans: wrap(j.spans.send)}
	body, err := otlp.JSON(td)
	if err != nil {
		return &InvalidTraceError{"its spans cannot be written as JSON: " + err.Error()}
	}
	root := j.planned[0]
	root.Artifacts = append(slices.Clip(root.Artifacts),
		runs.Artifact{Path: traceJSONFile, Body: body}, runs.Artifact{Path: tracePageFile, Body: tracepage.HTML(td)})
	return nil
}

// The files of a trace on servers without traces of MLflow 3.
const (
	traceJSONFile = "trace.otlp.json"
	tracePageFile = "trace.html"
)

// nameTrace says in the result where the trace is, by the id it has on the server.
func (j *job) nameTrace(id string) {
	switch {
	case len(j.spans.send) == 0:
	case j.caps.Has(mlflow.FeatureTracePages):
		j.result.TraceURL = j.d.ui.Trace(j.experimentID, j.tid)
	default:
		if !j.caps.Has(mlflow.FeatureTraceInfo) && id == j.mlflowTraceID() {
			id = "" // the server gave it another one, by an earlier delivery
		}
		j.result.TraceURL = j.d.ui.TraceInList(j.experimentID, id)
	}
}

// traceLink is where the note of a run sends people, before the trace is stored.
func (j *job) traceLink(root *plannedRun) string {
	var page mlflow.UI
	switch {
	case j.caps.Has(mlflow.FeatureTracePages):
		return page.Trace(j.experimentID, j.tid)
	case j.traceAsArtifact():
		return page.RunArtifacts(j.experimentID, root.ref.id) + "/" + tracePageFile
	}
	id := j.mlflowTraceID()
	if !j.caps.Has(mlflow.FeatureTraceInfo) { // the server will give it one
		id = ""
	}
	return page.TraceInList(j.experimentID, id)
}
