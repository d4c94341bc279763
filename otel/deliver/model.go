package deliver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/technoshare/commentator/otel/mlflow"
	"github.com/technoshare/commentator/otel/runs"
)

// maxModels bounds the versions of programs whose logged model is remembered.
const maxModels = 256

// logModel makes the run one of the program's version. Without a model output on one of
// the newest runs MLflow's GenAI menu has no page for runs at all, so a program without a
// name has one too. Where no spans are sent nobody asks what the server can do, and its
// answer to the look-up tells.
//
// A run that is under way waits with it where params make the version: they come with its end.
func (j *job) logModel(p *plannedRun) error {
	if j.projection.Version != nil && p.Status == runs.Running {
		return nil
	}
	if len(j.spans.send) > 0 && !j.caps.Has(mlflow.FeatureLoggedModels) {
		return nil
	}
	err := j.step("look up logged model", func(ctx context.Context) (err error) {
		j.modelID, err = j.d.model(ctx, j.experimentID, j.resource, j.projection.Version)
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
// the server has no such thing. Beside the program's own version the params in version tell
// it from others.
func (d *Deliverer) model(ctx context.Context, experimentID string, r resource, version map[string]string) (string, error) {
	name := modelName(r, version)
	// Held during the call: deliveries that begin together must not each make one.
	d.modelMu.Lock()
	defer d.modelMu.Unlock()
	if id, ok := d.models.Get(name); ok {
		return id, nil
	}
	tags := map[string]string{"mlflow.source.name": r.program, "mlflow.source.type": "JOB"}
	if commit := cmp.Or(r.commit, d.cfg.runTags["mlflow.source.git.commit"]); commit != "" {
		tags["mlflow.source.git.commit"] = commit
	}
	spec := mlflow.ModelSpec{Name: name, Type: "agent", Tags: tagList(tags), Params: tagList(version)}
	if r.version != "" {
		spec.Params = append(spec.Params, mlflow.Tag{Key: "service.version", Value: r.version})
	}
	m, err := d.client.EnsureLoggedModel(ctx, experimentID, spec)
	if err != nil && !mlflow.IsUnsupported(err) {
		return "", err
	}
	d.models.Add(name, m.ID)
	return m.ID, nil
}

// modelName follows from what the version is, so that every process finds the same. What tells
// params apart is eight digits of their hash: the page of agent versions shows them all.
func modelName(r resource, version map[string]string) string {
	parts := []string{r.program}
	if r.version != "" {
		parts = append(parts, r.version)
	}
	if len(version) > 0 {
		h := sha256.New()
		for _, t := range tagList(version) {
			_, _ = io.WriteString(h, t.Key+"\x00"+t.Value+"\x00") // never fails
		}
		parts = append(parts, hex.EncodeToString(h.Sum(nil)[:4]))
	}
	return mlflow.ModelName(parts...)
}
