package deliver

import (
	"context"

	"github.com/technoshare/commentator/otel/mlflow"
)

// maxModels bounds the versions of programs whose logged model is remembered.
const maxModels = 256

// logModel makes the run one of the program's version. Without a model output on one of
// the newest runs MLflow's GenAI menu has no page for runs at all, so a program without a
// name has one too. Where no spans are sent nobody asks what the server can do, and its
// answer to the look-up tells.
func (j *job) logModel(p *plannedRun) error {
	if len(j.spans.send) > 0 && !j.caps.Has(mlflow.FeatureLoggedModels) {
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
	name := mlflow.ModelName(r.program)
	if r.version != "" {
		name = mlflow.ModelName(r.program, r.version)
	}
	// Held during the call: deliveries that begin together must not each make one.
	d.modelMu.Lock()
	defer d.modelMu.Unlock()
	if id, ok := d.models.Get(name); ok {
		return id, nil
	}
	tags := map[string]string{"mlflow.source.name": r.program, "mlflow.source.type": "JOB"}
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
	d.models.Add(name, m.ID)
	return m.ID, nil
}
