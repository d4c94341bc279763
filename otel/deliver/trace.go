package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/technoshare/commentator/otel/internal/otlp"
	"github.com/technoshare/commentator/otel/logrecords"
	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/mlflowattr"
)

// plan works out, without any call, what has to be on the server in the end.
func (j *job) plan() error {
	all := j.read.Project()
	if len(all) != 1 {
		return &InvalidTraceError{"its spans cannot be projected as one trace"}
	}
	j.projection = all[0]
	j.result.Notes = append(j.result.Notes, j.projection.Notes...)
	j.resource = resourceOf(j.read.Data())
	j.planned, j.modelID = nil, ""
	if j.d.cfg.tracking {
		for _, r := range j.projection.Runs {
			j.planned = append(j.planned, &plannedRun{Run: r})
		}
		if j.origin.Late {
			j.planned = ownRoots(j.read.Data(), j.planned)
		}
	}
	j.spans, j.attachments = spanSet{}, nil
	if j.d.cfg.tracing {
		td := j.read.Annotated()
		if j.origin.Late {
			logrecords.SetApart(td)
		}
		j.spans = selectSpans(td, j.origin.SampledFlag)
	}
	return nil
}

// ownRoots keeps, of a late part, the run trees whose root span begins a tree of
// its own: no parent, or one in another process. The others hang below runs that
// are delivered already.
func ownRoots(td *tracepb.TracesData, all []*plannedRun) []*plannedRun {
	root := map[trace.SpanID]bool{}
	for _, s := range otlp.Spans(td) {
		if (len(s.GetParentSpanId()) == 0 || otlp.ParentIsRemote(s)) && !logrecords.IsStandIn(s) {
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
	for _, s := range otlp.Spans(j.read.Data()) {
		last = max(last, s.GetEndTimeUnixNano(), s.GetStartTimeUnixNano())
	}
	return time.Unix(0, int64(last)) //nolint:gosec // nanoseconds fit until 2262
}

// deliverTrace brings the trace to the server in the best way that it has, and links
// it to its runs and prompts. What the server will never take is left out.
func (j *job) deliverTrace() error {
	if len(j.spans.send) == 0 {
		return nil
	}
	if j.lookErr != nil {
		return j.lookErr
	}
	err := j.sendTrace()
	if err == nil {
		err = j.linkTrace()
	}
	if err == nil || !IsPermanent(err) || isGone(err) || len(j.planned) == 0 {
		return err
	}
	j.miss(PartTrace, 1, err.Error())
	j.attachments = nil
	return nil
}

// sendTrace sends spans and info over OTLP, or where there is no way for spans as
// MLflow's own clients do.
func (j *job) sendTrace() error {
	if !j.caps.Has(mlflow.FeatureOTLP) {
		return j.storeTrace()
	}
	byFile, err := j.beganAsFile()
	if err != nil {
		return err
	}
	if byFile {
		return j.storeTrace()
	}
	first := j.isInfoFirst()
	if first {
		if _, err := j.writeInfo(j.traceInfo()); err != nil {
			return err
		}
	}
	if err = j.uploadSpans(); err == nil {
		j.nameTrace(j.mlflowTraceID())
		if first {
			err = j.lookForSpansOnceInAWhile()
		} else {
			err = j.describeTrace()
		}
		if !errors.Is(err, errNoSpans) {
			return err
		}
	}
	if !errors.Is(err, errNoSpans) && !j.isRouteClosed(err) {
		return err
	}
	if err := j.contradict(mlflow.FeatureOTLP, err); err != nil {
		return err
	}
	return j.storeTrace()
}

// beganAsFile reports whether what a late part belongs to was stored as a file, when the
// server, or what stands before it, was another. Spans over OTLP would then be all that is
// shown of the trace.
func (j *job) beganAsFile() (byFile bool, err error) {
	if !j.origin.Late {
		return false, nil
	}
	err = j.step("look at the trace", func(ctx context.Context) error {
		byFile, err = j.d.client.HasTraceFile(ctx, j.mlflowTraceID())
		return err
	})
	return byFile, err
}

// isRouteClosed reports whether spans do not get through although all else does. Of
// credentials only the runs that were written show that they are right.
func (j *job) isRouteClosed(err error) bool {
	return mlflow.IsRouteClosed(err) && !isGone(err) && (len(j.planned) > 0 || !mlflow.IsUnauthorized(err))
}

// contradict tells the client that the server refused, with err, what it was found to
// have, and asks anew what it can do.
func (j *job) contradict(f mlflow.Feature, err error) error {
	j.d.client.Contradict(f, err)
	return j.step("look at the server again", func(ctx context.Context) (err error) {
		j.caps, err = j.d.client.Capabilities(ctx)
		return err
	})
}

// linkTrace shows the trace in the Traces tab of its runs, and on its prompts' pages. In that
// of an evaluation are its rows, and nothing else.
func (j *job) linkTrace() error {
	for _, p := range j.planned {
		if p.skipped || p.Evaluation != nil || p.ref.id == j.sourceRun || !j.caps.Has(mlflow.FeatureLinkTraces) {
			continue
		}
		err := j.step("link trace to run "+p.Name, func(ctx context.Context) error {
			err := j.d.client.LinkTraces(ctx, p.ref.id, j.mlflowTraceID())
			if mlflow.IsUniqueViolation(err) { // before MLflow 3.5 linking again is refused
				return nil
			}
			return err
		})
		if mlflow.IsUnsupported(err) && !isGone(err) {
			err = j.contradict(mlflow.FeatureLinkTraces, err)
		}
		if err != nil {
			return err
		}
	}
	return j.linkPrompts()
}

// linkPrompts shows the trace on its prompts' pages. A prompt that is not
// registered on this server has no page.
func (j *job) linkPrompts() error {
	text := j.projection.Trace.Tags[mlflowattr.LinkedPromptsTag]
	for _, p := range j.planned {
		if text == "" {
			text = p.Tags[mlflowattr.LinkedPromptsTag]
		}
	}
	var prompts []mlflow.PromptRef
	if json.Unmarshal([]byte(text), &prompts) != nil || len(prompts) == 0 || !j.caps.Has(mlflow.FeatureLinkPrompts) {
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
