package deliver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"

	"github.com/technoshare/commentator/otel/mlflowattr"
)

// Tags that delivery owns.
const (
	tagInstance = "otel.instance_id"
	tagParent   = "mlflow.parentRunId"
	tagNote     = "mlflow.note.content"
	tagPrompts  = "mlflow.linkedPrompts"
)

// runRef is a run on the server.
type runRef struct {
	id, artifactURI string
	params          map[string]string // known to be there; nil: none known
	hasModel        bool
}

// plannedRun is a run of the projection on its way to the server.
type plannedRun struct {
	runs.Run
	ref     runRef
	fresh   bool // created by this attempt: the create carried its tags
	skipped bool // somebody deleted it on the server, or its parent
}

func (p *plannedRun) root() bool { return p.ParentSpanID == "" }

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
	t[mlflowattr.TraceIDTag], t[mlflowattr.SpanIDTag] = j.traceID(), p.SpanID
	if j.d.cfg.instanceID != "" {
		t[tagInstance] = j.d.cfg.instanceID
	}
	if parent := j.plannedFor(p.ParentSpanID); parent != nil {
		t[tagParent] = parent.ref.id
	}
	if p.root() {
		if end {
			t[tagNote] = j.note(p)
		} else {
			for _, k := range j.d.cfg.endTags {
				delete(t, k)
			}
		}
	}
	return t
}

func (j *job) plannedFor(spanID string) *plannedRun {
	if spanID == "" {
		return nil
	}
	for _, p := range j.planned {
		if p.SpanID == spanID {
			return p
		}
	}
	return nil
}

func tagList(m map[string]string) []mlflow.Tag {
	out := make([]mlflow.Tag, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, mlflow.Tag{Key: k, Value: m[k]})
	}
	return out
}

// createRuns finds or makes all runs, parents first, and says on the first which
// version of the program made it.
func (j *job) createRuns() error {
	if len(j.planned) == 0 {
		return nil
	}
	if err := j.resume(); err != nil {
		return err
	}
	for i, p := range j.planned {
		parent := j.plannedFor(p.ParentSpanID)
		if parent != nil && parent.skipped {
			p.skipped = true
		}
		if p.skipped {
			continue
		}
		if p.ref.id == "" {
			if err := j.create(p); err != nil {
				return err
			}
		}
		j.result.Runs[p.SpanID] = p.ref.id
		if i == 0 {
			j.result.ParentRunID, j.result.RunURL = p.ref.id, j.d.ui.Run(j.experimentID, p.ref.id)
			if err := j.logModel(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *job) create(p *plannedRun) error {
	asked := j.d.cfg.now()
	err := j.step("create run "+p.Name, func(ctx context.Context) error {
		run, err := j.d.client.CreateRun(ctx, mlflow.RunSpec{
			ExperimentID: j.experimentID, Name: p.Name, Start: p.Start, Tags: tagList(j.tags(p, false)),
		})
		p.ref = runRef{id: run.Info.RunID, artifactURI: run.Info.ArtifactURI}
		return err
	})
	if err != nil {
		if !errors.Is(err, errNotBegun) && mlflow.IsAmbiguous(err) {
			return &AmbiguousError{Wait: j.d.settleTime(err, asked), Err: err}
		}
		return err
	}
	p.fresh = true
	return nil
}

// settleTime is how long an unanswered create may still be under way. An answer
// of the server's own means it is through.
func (d *Deliverer) settleTime(err error, asked time.Time) time.Duration {
	if e := apiError(err); e != nil && e.Status != 502 && e.Status != 504 {
		return 0
	}
	return max(d.cfg.settle-d.cfg.now().Sub(asked), d.cfg.settle/10)
}

// logModel makes the run one of the program's version. Without a model output
// MLflow's GenAI menu has no page for runs at all.
func (j *job) logModel(p *plannedRun) error {
	if j.resource.service == "" {
		return nil
	}
	err := j.step("look up logged model", func(ctx context.Context) (err error) {
		j.modelID, err = j.d.model(ctx, j.experimentID, j.resource)
		return err
	})
	if err != nil || j.modelID == "" || p.ref.hasModel {
		return err
	}
	return j.step("name logged model of run "+p.Name, func(ctx context.Context) error {
		err := j.d.client.LogOutputs(ctx, p.ref.id, j.modelID)
		if mlflow.IsUniqueViolation(err) { // an earlier attempt did
			return nil
		}
		return err
	})
}

// model gives the id of the logged model for a version of a program; "" when
// the server has no such thing.
func (d *Deliverer) model(ctx context.Context, experimentID string, r resource) (string, error) {
	name := mlflow.ModelName(r.service)
	if r.version != "" {
		name = mlflow.ModelName(r.service, r.version)
	}
	d.modelMu.Lock()
	defer d.modelMu.Unlock()
	if id, ok := d.models[name]; ok {
		return id, nil
	}
	tags := map[string]string{"mlflow.source.name": r.service, "mlflow.source.type": "JOB"}
	if r.commit != "" {
		tags["mlflow.source.git.commit"] = r.commit
	}
	spec := mlflow.ModelSpec{Name: name, Type: "agent", Tags: tagList(tags)}
	if r.version != "" {
		spec.Params = []mlflow.Tag{{Key: "service.version", Value: r.version}}
	}
	m, err := d.client.EnsureLoggedModel(ctx, experimentID, spec)
	if err != nil && !mlflow.IsUnsupported(err) {
		return "", err
	}
	if len(d.models) >= 256 {
		clear(d.models)
	}
	d.models[name] = m.ID
	return m.ID, nil
}

// fillRuns writes what the runs hold. Artifacts out of reach do not keep the
// rest back: they are reported at the end.
func (j *job) fillRuns() (artifactsErr, err error) {
	var missing ArtifactsError
	for _, p := range slices.Backward(j.planned) { // the root's outcome last
		if p.skipped {
			continue
		}
		if err := j.logBatch(p); err != nil {
			return nil, err
		}
		for _, a := range p.Artifacts {
			err := j.step("write artifact "+a.Path+" of run "+p.Name, func(ctx context.Context) error {
				return j.d.client.PutArtifact(ctx, p.ref.artifactURI, a.Path, a.Body)
			})
			switch {
			case err == nil:
			case IsPermanent(err):
				missing.Missing++
				missing.Err = cmpErr(missing.Err, err)
			default:
				return nil, err
			}
		}
	}
	if missing.Missing > 0 {
		return &missing, nil
	}
	return nil, nil
}

func cmpErr(first, err error) error {
	if first != nil {
		return first
	}
	return err
}

func (j *job) logBatch(p *plannedRun) error {
	b := mlflow.Batch{Params: tagList(p.Params)}
	for _, m := range p.Metrics {
		b.Metrics = append(b.Metrics, mlflow.Metric{Key: m.Key, Value: m.Value, Timestamp: m.Time.UnixMilli(), Step: m.Step})
	}
	tags := j.tags(p, true)
	if p.fresh {
		maps.DeleteFunc(tags, func(k, _ string) bool { return !p.root() || k != tagNote && !slices.Contains(j.d.cfg.endTags, k) })
	}
	b.Tags = tagList(tags)
	if p.ref.params != nil {
		j.dropConflicts(p, &b)
	}
	write := func(ctx context.Context) error { return j.d.client.LogBatch(ctx, p.ref.id, b) }
	err := j.step("write run "+p.Name, write)
	if !mlflow.IsParamConflict(err) {
		return err
	}
	// A live run, or another version of the rules, wrote other values before.
	err = j.step("read run "+p.Name, func(ctx context.Context) error {
		run, err := j.d.client.GetRun(ctx, p.ref.id)
		p.ref.params = mlflow.TagMap(run.Data.Params)
		return err
	})
	if err != nil {
		return err
	}
	j.dropConflicts(p, &b)
	return j.step("write run "+p.Name, write)
}

// dropConflicts leaves out params that have another value already: MLflow never
// changes a param.
func (j *job) dropConflicts(p *plannedRun, b *mlflow.Batch) {
	b.Params = slices.DeleteFunc(b.Params, func(t mlflow.Tag) bool {
		old, there := p.ref.params[t.Key]
		if there && old != t.Value {
			j.result.Notes = append(j.result.Notes, fmt.Sprintf("param %s of run %s keeps the value it has on the server", t.Key, p.Name))
		}
		return there && old != t.Value
	})
}

// finishRuns gives each run its status and end, children first.
func (j *job) finishRuns() error {
	for _, p := range slices.Backward(j.planned) {
		if p.skipped || p.Status == runs.Running {
			continue
		}
		name := ""
		if !p.fresh {
			name = p.Name // a live run may have begun under another
		}
		err := j.step("finish run "+p.Name, func(ctx context.Context) error {
			return j.d.client.UpdateRun(ctx, p.ref.id, string(p.Status), p.End, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// note is the description of a root run: the outcome first, since the page folds
// it after four lines, then where to go.
func (j *job) note(p *plannedRun) string {
	outcome := p.Tags["outcome"]
	if outcome == "" {
		outcome = strings.ToLower(string(p.Status))
	}
	parts := []string{"**" + markdownText(outcome) + "**"}
	if len(j.spans.send) > 0 {
		parts = append(parts, "[trace]("+mlflow.UI{}.Trace(j.experimentID, j.tid)+")")
	}
	if len(p.Artifacts) > 0 {
		parts = append(parts, "[artifacts]("+mlflow.UI{}.RunArtifacts(j.experimentID, p.ref.id)+")")
	}
	note := strings.Join(parts, " · ")
	if e := p.Tags["error"]; e != "" {
		note += "\n\n" + markdownText(shorten(e, 500))
	}
	if own := p.Tags[tagNote]; own != "" {
		note += "\n\n" + own
	}
	return note
}

// markdownText escapes text from outside for one line of Markdown.
func markdownText(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]()<>#+!|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
