package deliver

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"

	"github.com/technoshare/commentator/otel/mlflow"
)

// tagSetUp lists the experiment tags set up before. A listed tag that is gone
// was deleted by somebody, and stays so.
const tagSetUp = "otel.seeded"

// experiment gives the experiment's id, and sets it up the first time.
//
// The lock is held during the calls: deliveries that begin together must not each
// make an experiment, and with an error the next one tries again.
func (d *Deliverer) experiment(ctx context.Context) (string, error) {
	d.expMu.Lock()
	defer d.expMu.Unlock()
	if d.expID != "" {
		return d.expID, nil
	}
	e, err := d.resolveExperiment(ctx)
	if err != nil {
		return "", err
	}
	if err := d.setUp(ctx, e); err != nil {
		return "", err
	}
	d.expID = e.ID
	return e.ID, nil
}

// resolveExperiment finds the configured experiment: by its id, else by its name,
// under which it is made when there is none.
func (d *Deliverer) resolveExperiment(ctx context.Context) (mlflow.Experiment, error) {
	if d.cfg.experimentID == "" {
		e, _, err := d.client.EnsureExperiment(ctx, cmp.Or(d.cfg.experiment, mlflow.DefaultExperiment), nil)
		return e, err
	}
	e, err := d.client.ExperimentByID(ctx, d.cfg.experimentID)
	if err == nil && d.cfg.experiment != "" && d.cfg.experiment != e.Name {
		otel.Handle(fmt.Errorf("experiment id %s is that of experiment %q, not of %q as its name says: the id counts",
			e.ID, e.Name, d.cfg.experiment))
	}
	return e, err
}

// invalidateExperiment makes the next delivery resolve the name again.
func (d *Deliverer) invalidateExperiment(id string) {
	d.expMu.Lock()
	defer d.expMu.Unlock()
	if d.expID == id {
		d.expID = ""
	}
	d.modelMu.Lock() // waits for a look-up in the experiment that is no more
	defer d.modelMu.Unlock()
	d.models.Purge()
}

// setUp gives an experiment the tags and views that it never had.
func (d *Deliverer) setUp(ctx context.Context, e mlflow.Experiment) error {
	want := map[string]string{}
	maps.Copy(want, d.cfg.experimentTags)
	for _, v := range d.cfg.views {
		t, err := v.tag(d.cfg.now())
		if err != nil {
			return err
		}
		want[t.Key] = t.Value
	}
	have := mlflow.TagMap(e.Tags)
	done := map[string]bool{}
	for key := range strings.SplitSeq(have[tagSetUp], ",") {
		done[key] = true
	}
	delete(done, "")
	changed := false
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if done[key] {
			continue
		}
		if _, there := have[key]; !there {
			if err := d.client.SetExperimentTag(ctx, e.ID, key, want[key]); err != nil {
				return fmt.Errorf("set up experiment %q, tag %s: %w", e.Name, key, err)
			}
		}
		done[key], changed = true, true
	}
	if !changed {
		return nil
	}
	// Last: if a call before fails, the tags are set once more, to the same values.
	if err := d.client.SetExperimentTag(ctx, e.ID, tagSetUp, strings.Join(slices.Sorted(maps.Keys(done)), ",")); err != nil {
		return fmt.Errorf("set up experiment %q: %w", e.Name, err)
	}
	return nil
}
