package deliver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"

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
func (d *Deliverer) model(ctx context.Context, experimentID string, r resource, version []runs.Param) (string, error) {
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
	spec := mlflow.ModelSpec{Name: name, Type: "agent", Tags: tagList(tags)}
	for _, p := range version {
		spec.Params = append(spec.Params, mlflow.Tag(p))
	}
	named := slices.ContainsFunc(version, func(p runs.Param) bool { return p.Key == versionKey })
	if r.version != "" && !named {
		spec.Params = append(spec.Params, mlflow.Tag{Key: versionKey, Value: r.version})
	}
	m, err := d.client.EnsureLoggedModel(ctx, experimentID, spec)
	if err != nil && !mlflow.IsUnsupported(err) {
		return "", err
	}
	d.models.Add(name, m.ID)
	return m.ID, nil
}

// versionKey names the program's own version among the params of a logged model.
const versionKey = "service.version"

// maxModelPart bounds what a model's name has of the first param, in characters.
const maxModelPart = 40

// modelName follows from what the version is, so that every process finds the same. The page of
// agent versions shows some 25 characters of it: the first param and a hash that tells it from
// others stand before the program's own version. All params are on the version's page.
func modelName(r resource, version []runs.Param) string {
	parts := []string{r.program}
	if len(version) > 0 {
		h := sha256.New()
		for _, p := range append(slices.Clone(version), runs.Param{Key: versionKey, Value: r.version}) {
			_, _ = io.WriteString(h, p.Key+"\x00"+p.Value+"\x00") // never fails
		}
		first := strings.Join(strings.Fields(version[0].Value), " ")
		parts = append(parts, shorten(first, maxModelPart), hex.EncodeToString(h.Sum(nil)[:4]))
	}
	if r.version != "" {
		parts = append(parts, r.version)
	}
	return mlflow.ModelName(parts...)
}
